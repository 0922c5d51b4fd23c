import { assertEquals } from "@std/assert";
import { traceParentIn } from "../../lib/audit/trace.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";
const GOOD = `00-${TRACE}-${PARENT}-01`;

function found(...values: string[]): string | null {
  return traceParentIn(
    "A: b\r\n" + values.map((value) => `TraceParent: ${value}\r\n`).join(""),
  );
}

Deno.test("a traceparent that keeps to W3C's grammar is found, whatever its case of name", () => {
  assertEquals(found(GOOD), GOOD);
  assertEquals(found(`  ${GOOD}\t`), GOOD);
  assertEquals(traceParentIn(`traceparent:${GOOD}\r\n`), GOOD);
});

Deno.test("of a later version the parts that are known are taken", () => {
  assertEquals(
    found(`01-${TRACE}-${PARENT}-01-more`),
    GOOD.replace("00", "01"),
  );
  assertEquals(found(`01-${TRACE}-${PARENT}-01more`), null);
});

Deno.test("what does not keep to the grammar is none", () => {
  for (
    const value of [
      "",
      "x",
      GOOD.toUpperCase(),
      `${GOOD}-more`,
      `ff-${TRACE}-${PARENT}-01`,
      `00-${"0".repeat(32)}-${PARENT}-01`,
      `00-${TRACE}-${"0".repeat(16)}-01`,
      `00-${TRACE}-${PARENT}-1`,
      `00-${TRACE}-${PARENT}-01 x`,
    ]
  ) assertEquals(found(value), null, value);
  assertEquals(found(), null);
  assertEquals(found(GOOD, GOOD), null);
  assertEquals(traceParentIn(`X-Traceparent: ${GOOD}\r\n`), null);
});

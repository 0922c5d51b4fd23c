import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { DECISIONS } from "../../lib/admin/api.ts";
import { NO_FILTER } from "../../web/decisions.ts";
import { readRoute, writeRoute } from "../../web/route.ts";

Deno.test("what is written is read again", () => {
  fc.assert(
    fc.property(
      fc.record({
        client: fc.string(),
        operation: fc.string(),
        text: fc.string(),
        decision: fc.constantFrom(...DECISIONS, "" as const),
      }),
      (filter) => {
        const route = { view: "decisions", filter } as const;
        assertEquals(readRoute(writeRoute(route)), route);
      },
    ),
  );
});

Deno.test("what is not known is left out", () => {
  const start = { view: "decisions", filter: NO_FILTER } as const;
  assertEquals(readRoute(""), start);
  assertEquals(readRoute("#toString?decision=no"), start);
  assertEquals(readRoute("#streams").view, "streams");
  assertEquals(
    writeRoute({ view: "streams", filter: { ...NO_FILTER, text: "x" } }),
    "#streams",
  );
});

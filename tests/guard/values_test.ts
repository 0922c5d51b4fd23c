import { assertEquals } from "@std/assert";
import { withValues } from "../../lib/guard/values.ts";

Deno.test("values of any type are replaced, and the rest stays as it was written", () => {
  const text =
    '{ "A" : {"B":[1,{"A":2}]}, "B":"x\\"}","C": -1.50,"D":[],"n":12345678901234567890}';
  for (const key of ["A", "B", "C", "D"]) {
    const replaced = withValues(text, new Map([[key, '"new"']]));
    assertEquals(JSON.parse(replaced), {
      ...JSON.parse(text),
      [key]: "new",
    });
    assertEquals(replaced.includes("12345678901234567890"), true);
  }
  assertEquals(
    withValues('{"A":null,"B":true}', new Map([["A", "1"], ["B", "2"]])),
    '{"A":1,"B":2}',
  );
});

Deno.test("a key that is not there, or is further in, is not added", () => {
  for (const text of ['{"B":{"A":1}}', '{"B":"A"}', '{"B":["A",1]}', "{}"]) {
    assertEquals(withValues(text, new Map([["A", "2"]])), text);
  }
});

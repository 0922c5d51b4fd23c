import { assertEquals } from "@std/assert";
import { rewriteCanonical } from "../../../lib/guard/hide/canonical.ts";
import { MAX_DEPTH, MAX_KEYS } from "../../../lib/guard/json.ts";

/** What comes of a text whose field `a` becomes 2; `false` where it is left to others. */
function rewritten(text: string) {
  const result = rewriteCanonical(text, (value) => {
    (value as { a: number }).a = 2;
    return null;
  });
  return result ?? false;
}

Deno.test("an object in the runtime's own form is rewritten", () => {
  assertEquals(
    rewritten('{"b":1.5,"a":1,"c":[null,"é<\\n"]}'),
    '{"b":1.5,"a":2,"c":[null,"é<\\n"]}',
  );
  assertEquals(
    rewritten('{"\\u003cb":"\\u0026\\u003e","a":1}'),
    '{"\\u003cb":"\\u0026\\u003e","a":2}',
  );
  assertEquals(rewritten('{"b":"\\\\u0026","a":1}'), '{"b":"\\\\u0026","a":2}');
  assertEquals(rewritten('{"a":1}\n'), '{"a":2}\n');
  assertEquals(rewriteCanonical('{"a":1}', () => "is odd"), {
    problem: "is odd",
  });
});

Deno.test("a text of another form is left to others", () => {
  for (
    const text of [
      "",
      "s",
      '{"a":1',
      '{"a":1}{}',
      '{"a":1}\n\n',
      ' {"a":1}',
      '{"a": 1}',
      '{"a":1.0}',
      '{"a":12345678901234567890}',
      '{"a":1,"a":1}',
      '{"\\u0061":1}',
      '{"a":"&\\u0026"}',
      '{"a":"\\u003C"}',
      '{"&":1,"\\u0026":1}',
      '{"\\u0026":1,"\\u0026":1}',
      '{"2":1,"1":1}',
      '{"a":1,"b":"\\ud800"}',
      '{"a":1,"\\udfff":1}',
      '{"a":1,"b":"\\uD83D\\uDE00"}',
      '[{"a":1}]',
      '"s"',
      "null",
    ]
  ) assertEquals(rewritten(text), false, text);
});

Deno.test("the number of keys is bounded before they are hashed", () => {
  const keys = (count: number) =>
    `{"a":1,${
      Array.from({ length: count - 1 }, (_, i) => `"k${i}":1`).join()
    }}`;
  assertEquals(typeof rewritten(keys(MAX_KEYS)), "string");
  assertEquals(rewritten(keys(MAX_KEYS + 1)), false);
});

Deno.test("a text is rewritten as deep as the exact walk goes, and no deeper", () => {
  const objects = (levels: number) =>
    `{"a":1,"b":${'{"c":'.repeat(levels - 1)}1${"}".repeat(levels)}`;
  const lists = (levels: number) =>
    `{"a":1,"b":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`;
  for (const nested of [objects, lists]) {
    assertEquals(typeof rewritten(nested(MAX_DEPTH)), "string");
    assertEquals(rewritten(nested(MAX_DEPTH + 1)), false);
  }
});

import { assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { jsonList, jsonText } from "../../lib/audit/json_text.ts";

Deno.test("any text is read back as it was, from one line of printable characters", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const json = jsonText(text);
    assertEquals(JSON.parse(json), text);
    // deno-lint-ignore no-control-regex -- control characters are what it is about
    assertMatch(json, /^[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufffd]*$/);
  }));
});

Deno.test("half of a pair of code units does not spoil the line", () => {
  assertEquals(jsonText("\ud800"), '"\\ud800"');
});

Deno.test("a long text is cut, and shows it", () => {
  assertEquals(jsonText("abcd", 4), '"abcd"');
  assertEquals(jsonText("abcde", 4), '"abc…"');
  assertEquals(jsonList(["abcde", "f"], 4), '["abc…","f"]');
});

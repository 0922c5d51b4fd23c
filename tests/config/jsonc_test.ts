import { assertEquals } from "@std/assert";
import { replaceComments } from "../../lib/config/jsonc.ts";

Deno.test("replaceComments() puts spaces in place of comments and keeps the lines", () => {
  const text = '// a\n{ /* b\r\n c */ "d": 1 } // e';
  assertEquals(replaceComments(text), {
    text: '    \n{     \r\n      "d": 1 }     ',
    json: true,
  });
});

Deno.test("replaceComments() keeps comment signs within strings", () => {
  const text = '{ "a//b": "/* c */", "d": "\\"// e" }';
  assertEquals(replaceComments(text), { text, json: true });
});

for (
  const text of [
    "a: b // c",
    "{ a: unix:///run/x }",
    '{ "a": GET /*/x */ }',
    "",
    '"a"',
    "[1, 2]",
    "{ 'a': 1 }",
    '{ "a": 1x }',
  ]
) {
  Deno.test(`replaceComments() leaves ${JSON.stringify(text)}, which is not JSON with a mapping`, () => {
    assertEquals(replaceComments(text), { text, json: false });
  });
}

for (
  const [text, offset] of [
    ["// a\nb: c", 5],
    ['/* a */ { "b": c }', 15],
    ['{ "a": 1 } /* open', -1],
    ['{ // a\n "b": "open\n" }', 13],
  ] as const
) {
  Deno.test(`replaceComments() tells where ${JSON.stringify(text)} stops being JSON`, () => {
    const read = replaceComments(text);
    // An open comment does not count as one, so that the text may still be YAML.
    assertEquals("problem" in read ? read.offset : -1, offset);
  });
}

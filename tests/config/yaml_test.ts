import { assertEquals, assertMatch } from "@std/assert";
import { mark } from "../../lib/config/marks.ts";
import { parseMarked, parseYaml } from "../../lib/config/yaml.ts";

Deno.test("parseYaml() reads the core schema: no dates, no yes and no", () => {
  assertEquals(parseYaml("a: yes\nb: 2026-01-01\nc: 0x10\nd: ~\ne: True\n"), {
    value: { a: "yes", b: "2026-01-01", c: 16, d: null, e: true },
  });
});

Deno.test("parseYaml() takes a closing bracket left of its key's column", () => {
  assertEquals(parseYaml("a:\n  b: [\n  c\n]\n"), {
    value: { a: { b: ["c"] } },
  });
});

for (
  const [what, text, expected] of [
    [
      "an alias without a name",
      "a: [ * ]",
      /; put a value that begins with \*/,
    ],
    ["an unknown alias", "a: *b", /; put a value that begins with \*/],
    ["two colons", "a: b: c", /; put a value that holds ': ' in quotes$/],
    ["bad indentation", "a:\n  b: c\n   d: e", /; write 'key: value'/],
    ["an open single quote", "a: 'b", /; close the quotes$/],
    ["an open double quote", 'a: "b', /; close the quotes$/],
    ["an open bracket", "a: [b", /; close the bracket$/],
    ["a missing comma", "a: [ [b] c ]", /; put a comma between the entries/],
    ["an unknown escape", 'a: "\\q"', /; write \\\\ for a backslash/],
    ["a bad number of an escape", 'a: "\\xZZ"', /; write \\\\ for a backslash/],
    ["a reserved sign", "a: `b", /; put a value that begins with @, % or `/],
    ["two documents", "a: b\n---\nc: d\n", /; keep one, and remove the line/],
    ["an unknown tag", "a: !b c", /; write the value without it$/],
    [
      "an unknown directive",
      "%A b\n---\nc: d",
      /; write the value without it$/,
    ],
  ] as const
) {
  Deno.test(`parseYaml() says what to do about ${what}, on one line and without the parser's own place`, () => {
    const read = parseYaml(text);
    const problem = "problem" in read ? read.problem : "";
    assertMatch(problem, expected);
    assertMatch(problem, /^[a-z'"]/);
    assertMatch(problem, /^(?!.*at line)[^\n]*$/);
  });
}

Deno.test("parseYaml() gives the place of the second of two equal keys", () => {
  assertEquals(parseYaml("a: b\nc: { d: e,  d: f }\n"), {
    offset: 17,
    problem: "the key 'd' is given twice: keep one of them",
  });
});

Deno.test("parseYaml() reports a text that is nested too deeply for the parser", () => {
  assertEquals(parseYaml("[".repeat(100_000)), {
    offset: 0,
    problem:
      "the file is nested too deeply: a policy file needs about five levels",
  });
});

Deno.test("parseMarked() returns undefined for a text that its marks have broken", () => {
  assertEquals(parseMarked(mark("a: b")), {
    "\uE0000\uE001a": "\uE0001\uE001b",
  });
  assertEquals(parseMarked({ text: "a: [", offsets: [] }), undefined);
});

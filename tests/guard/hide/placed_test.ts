import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type HideMark, hideRows } from "../../../lib/guard/hide/rows.ts";
import { editPlaced, linesOf } from "../../../lib/guard/hide/placed.ts";
import {
  addPath,
  type Branch,
  emptyTree,
} from "../../../lib/guard/hide/tree.ts";
import { editPaths, type Problem } from "../../../lib/guard/hide/walk.ts";
import { findProblem, MAX_KEYS } from "../../../lib/guard/json.ts";

const MARK = "HIDDEN";

/** What each leaf does: all that is not null is hidden, and a number is a problem. */
const edit = (value: unknown) =>
  value === null
    ? null
    : typeof value === "number"
    ? { problem: "is odd" }
    : { value: MARK };

/** The same by the exact walk, piece by piece. */
function walked(text: string, tree: Branch<HideMark>): string | Problem {
  try {
    const problem = findProblem(text, Infinity);
    if (problem !== null) return { problem };
    if (!JSON.parse(text) || !/^\s*\{/.test(text)) return { problem: "" };
  } catch {
    return { problem: "is not valid JSON" };
  }
  return editPaths(text, tree, (raw) => {
    const edited = edit(JSON.parse(raw));
    if (edited === null || edited.problem !== undefined) return edited;
    return JSON.stringify(edited.value);
  });
}

function treeOf(paths: readonly (readonly string[])[]): Branch<HideMark> {
  const tree = emptyTree<HideMark>();
  for (const path of paths) {
    addPath(tree, path.map((step) => step.toLowerCase()), () => "-");
  }
  return tree;
}

const TREE = treeOf([
  ["a"],
  ["b", "a"],
  ["b", "c", "[]", "a"],
  ["d", "*", "a"],
]);

const placed = (text: string, tree = TREE) =>
  editPlaced(text, linesOf(tree), edit);

/** Whether a text was edited here; what came of it is what the exact walk gives, character for character. */
function isEdited(text: string, tree = TREE): boolean {
  const edited = placed(text, tree);
  if (edited === null) return false;
  assertEquals(edited, walked(text, tree), text);
  return true;
}

Deno.test("values are edited in place, and all else stays as it was written", () => {
  for (
    const [text, edited] of [
      ['{"x":1.0,"a":"s","y":1e400}\n', '{"x":1.0,"a":"HIDDEN","y":1e400}\n'],
      ['{"A":["s"],"a":{"k":{"k":"s"}}}', '{"A":"HIDDEN","a":"HIDDEN"}'],
      [
        '{"x":"q\\":","b":{"x":{"a":"\\":"},"a":"\\":s\\":","z":0}}',
        '{"x":"q\\":","b":{"x":{"a":"\\":"},"a":"HIDDEN","z":0}}',
      ],
      [
        '{"b":{"c":[{"a":"s"},null,{"x":{"y":1}},{"a":"t"}]}}',
        '{"b":{"c":[{"a":"HIDDEN"},null,{"x":{"y":1}},{"a":"HIDDEN"}]}}',
      ],
      [
        '{"d":{"8080/tcp":{"a":"s"},"1":{"a":"t"}}}',
        '{"d":{"8080/tcp":{"a":"HIDDEN"},"1":{"a":"HIDDEN"}}}',
      ],
      [
        '{"__proto__":{"a":"t"},"a":"\\u0026s"}',
        '{"__proto__":{"a":"t"},"a":"HIDDEN"}',
      ],
      ['{"d":{"__proto__":{"a":"t"}}}', '{"d":{"__proto__":{"a":"HIDDEN"}}}'],
      ['{"a":null,"b":null}', '{"a":null,"b":null}'],
      ["{}", "{}"],
      [
        ' {"a" :\r"s","x":":",\t"x\\b":[ ] } \n',
        null,
      ],
      [
        ' {"a" :\r["s", "t"],"x":":",\t"7":[ ] } \n',
        ' {"a" :\r"HIDDEN","x":":",\t"7":[ ] } \n',
      ],
      ['{"x":"\\\\\\":","a":"\\u0073"}', '{"x":"\\\\\\":","a":"HIDDEN"}'],
      ['{"x":"\u00e9","a":"\u00e9"}', '{"x":"\u00e9","a":"HIDDEN"}'],
      ['{"x":{"\u00e9":1},"a":"s"}', '{"x":{"\u00e9":1},"a":"HIDDEN"}'],
    ] as const
  ) assertEquals(placed(text), edited, text);
});

Deno.test("a text that parsers could read in different ways is left to others", () => {
  const nested = (levels: number) =>
    `{"a":"s","x":${'{"a":'.repeat(levels - 1)}1${"}".repeat(levels)}`;
  const keys = (count: number) =>
    `{"a":"s",${
      Array.from({ length: count - 1 }, (_, i) => `"k${i}":1`).join()
    }}`;
  for (
    const text of [
      "",
      "null",
      '["a"]',
      '{"a":"s"',
      '{"a":"s"}{}',
      '{"a":"s",}',
      '{"a":"s"}\u00a0',
      '{"a":"s","x":[1,]}',
      '{"a":"s","x":[,1]}',
      '{"a":"s","x" 1}',
      '{"a":"s",x:1}',
      ...["01", "1.", ".5", "1e", "-", "+1", "tru", "nul", "NaN", "'s'", ""]
        .map((value) => `{"a":"s","x":${value}}`),
      ...["\\x", "\\u00g0", "\\u00", "\\u", "\\", "\n", "\0", "\x1f"]
        .map((value) => `{"a":"s","x":"${value}"}`),
      '{"a":"s","x":"',
      '{"a":"s","x',
      // A key twice, at any level, and in any spelling.
      '{"a":"s","a":"t"}',
      '{"a":"s","\\u0061":"t"}',
      '{"b":{"x":1},"b":{"a":"s"}}',
      '{"x":{"y":1,"y":2},"a":"s"}',
      '{"x":[{"y":1,"z":[{"z":1}],"y":2}],"a":"s"}',
      '{"__proto__":1,"__proto__":{"a":"s"},"a":"t"}',
      // Two keys that may be the same, by their numbers.
      '{"x":{"Aa":1,"BB":2},"a":"s"}',
      // A key with an escape, or on a path with what Go could take for a letter.
      '{"k\\":":1,"a":"s"}',
      '{"\\u0061":"s"}',
      '{"\u00e9":1,"a":"s"}',
      '{"b":{"\u00c5\u00bf":1}}',
      '{"a":"\\ud800"}',
      '{"a":"s","x":"\\uDC00"}',
      '{"a":"s","x":"\\ud83d\\ude00"}',
      '{"a":"s","x":"\u0100"}',
      // What cannot be judged.
      '{"a":1}',
      '{"b":[]}',
      '{"b":"s"}',
      '{"b":{"c":{"a":"s"}}}',
      '{"b":{"c":["s"]}}',
      nested(65),
      keys(MAX_KEYS + 1),
    ]
  ) assertEquals(placed(text), null, text);
  assert(isEdited(nested(64)));
  assert(isEdited(keys(MAX_KEYS)));
});

const KEYS = ["a", "A", "b", "c", "d", "x", "1", "80/tcp", "__proto__", ""];
const ODD = [
  ...KEYS,
  ":",
  '":',
  '\\":',
  'k"',
  "k\\",
  "é",
  "ſ",
  "&",
  " :",
  "\n",
];

/** A string as it may be written: with escapes that need not be. */
const written = (words: readonly string[]) =>
  fc.tuple(
    fc.constantFrom(...words),
    fc.constantFrom("", "", "", "a", ":", '":', "\\"),
    fc.nat(30),
  ).map(([first, second, form]) => {
    const text = JSON.stringify(first + second);
    if (form === 0) return text.replaceAll('\\"', "\\u0022");
    if (form === 1) return text.replaceAll("a", "\\u0061");
    if (form === 2) return text.replaceAll(":", "\\u003a");
    if (form === 3) return text.replaceAll("/", "\\/");
    return text;
  });
const space = fc.nat(60).map((n) => ["", "", " ", "\t", "\n"][n] ?? "");

/** JSON as texts, of objects in which keys may stand twice. */
const { value: json } = fc.letrec<{ value: string; object: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(
      written(ODD),
      fc.constantFrom("null", "true", "1", "1.0", "12345678901234567890"),
    ),
    tie("object"),
    fc.array(tie("value"), { maxLength: 3 }).map((all) => `[${all.join()}]`),
  ),
  object: fc.array(
    fc.tuple(
      fc.oneof({
        weight: 12,
        arbitrary: fc.constantFrom(...KEYS).map((key) => `"${key}"`),
      }, {
        weight: 1,
        arbitrary: written(ODD),
      }),
      space,
      space,
      tie("value"),
    ),
    { maxLength: 5 },
  ).map((members) =>
    `{${
      members.map(([key, before, after, value]) =>
        `${key}${before}:${after}${value}`
      ).join()
    }}`
  ),
}));

Deno.test("whatever the text, what is edited here is what the exact walk gives", () => {
  let edited = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...KEYS), json), { maxLength: 5 }),
      (members) => {
        const text = `{${
          members.map(([key, value]) => `"${key}":${value}`).join()
        }}`;
        if (isEdited(text)) edited++;
      },
    ),
    { numRuns: 5000 },
  );
  assert(edited > 500, `only ${edited} were edited here`);
});

/** Real answers of one object, with the tree of all that can be hidden in them. */
function realAnswers(): { text: string; tree: Branch<HideMark> }[] {
  const releases: Record<string, Record<string, string>> = JSON.parse(
    Deno.readTextFileSync(new URL("answers.json", import.meta.url)),
  );
  return Object.values(releases).flatMap((answers) =>
    Object.entries(answers).flatMap(([operation, text]) => {
      const row = hideRows().get(operation);
      if (row?.kind !== "one" || row.places.length === 0) return [];
      return [{ text, tree: treeOf(row.places.map(({ path }) => path)) }];
    })
  );
}

Deno.test("real answers are edited here, and when they are mutated too or not at all", () => {
  const answers = realAnswers();
  const form = answers.filter(({ text, tree }) => isEdited(text, tree));
  assert(form.length > 0 && form.some(({ text }) => text.includes("Env")));
  const parts = ['"', "\\", ":", '":', '\\":', ",", "{", "}", "[", "]", " "];
  let edited = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...answers),
      fc.array(
        fc.record({
          at: fc.double({ min: 0, max: 1, noNaN: true }),
          length: fc.nat(40),
          part: fc.constantFrom("", "", "again", '"Env":["A=s"],', ...parts),
        }),
        { minLength: 1, maxLength: 3 },
      ),
      ({ text, tree }, mutations) => {
        for (const { at, length, part } of mutations) {
          // At a comma more often than not, so that some stay JSON.
          const from = text.indexOf(",", Math.floor(at * text.length)) + 1;
          const cut = text.slice(from, from + length);
          const to = from + (part === "" ? length : 0);
          text = text.slice(0, from) + (part === "again" ? cut : part) +
            text.slice(to);
        }
        if (isEdited(text, tree)) edited++;
      },
    ),
    { numRuns: 3000 },
  );
  assert(edited > 20, `only ${edited} were edited here`);
});

Deno.test("a text of any length, in ASCII or not, is edited where it stands", () => {
  for (const filler of ["x", "\u00e9"]) {
    for (const length of [10, 65_500, 65_530, 65_536, 200_000]) {
      const text = `{"x":"${filler.repeat(length)}","a":"s","y":["t"]}`;
      assertEquals(placed(text), text.replace('"s"', `"${MARK}"`));
      // What was there of the text before is no part of this one.
      assertEquals(placed('{"a":"s"'), null);
      assertEquals(placed('{"a":"s"}'), `{"a":"${MARK}"}`);
    }
  }
});

import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "@std/yaml";
import fc from "fast-check";
import {
  type Document,
  type Node,
  readDocument,
} from "../../lib/config/document.ts";

function read(text: string): Document {
  const document = readDocument(text, "f");
  if ("problems" in document) throw new Error(document.problems.join("\n"));
  return document;
}

/** A document's keys and values with their places, in the order of the file. */
function places(text: string, withCollections = false): string[] {
  const document = read(text);
  const lines: string[] = [];
  const note = (offset: number, what: string) =>
    lines.push(`${document.place(offset).slice(2)} ${what}`);
  const visit = (node: Node, path: string): void => {
    if (node.kind === "scalar") {
      note(node.offset, `${path} ${JSON.stringify(node.value)}`);
    } else if (node.kind === "sequence") {
      if (withCollections) note(node.offset, `${path} []`);
      node.items.forEach((item, i) => visit(item, `${path}/${i}`));
    } else {
      if (withCollections) note(node.offset, `${path} {}`);
      for (const { key, keyOffset, value } of node.entries) {
        note(keyOffset, `${path}/${key}`);
        visit(value, `${path}/${key}`);
      }
    }
  };
  visit(document.root, "");
  return lines;
}

function value(node: Node): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "sequence") return node.items.map(value);
  return Object.fromEntries(
    node.entries.map((entry) => [entry.key, value(entry.value)]),
  );
}

function problems(text: string): string[] {
  const document = readDocument(text, "f");
  return "problems" in document ? document.problems : [];
}

// ----------------------------------------------------------------- places

Deno.test("readDocument() reports the place of every key and value", () => {
  assertEquals(
    places("a:\n  b: { c: d, 'e' : \"f\" }\n  g: [ h, 2, null ]\n  i:\n", true),
    [
      "1:1  {}",
      "1:1 /a",
      "2:3 /a {}",
      "2:3 /a/b",
      "2:8 /a/b {}",
      "2:8 /a/b/c",
      '2:11 /a/b/c "d"',
      "2:14 /a/b/e",
      '2:20 /a/b/e "f"',
      "3:3 /a/g",
      "3:8 /a/g []",
      '3:8 /a/g/0 "h"',
      "3:11 /a/g/1 2",
      "3:14 /a/g/2 null",
      "4:3 /a/i",
      "4:3 /a/i null",
    ],
  );
});

for (
  const [what, text, expected] of [
    [
      "quoted text with quotes in it",
      "a: ['it''s', \"\\\"x\\\"\", '', \" \", b]",
      [
        "1:1 /a",
        '1:5 /a/0 "it\'s"',
        '1:14 /a/1 "\\"x\\""',
        '1:23 /a/2 ""',
        '1:27 /a/3 " "',
        '1:32 /a/4 "b"',
      ],
    ],
    ["text that looks like YAML", "a: 'b: [c'\nd: \"e, 'f' # g: {\"\nh: i", [
      "1:1 /a",
      '1:4 /a "b: [c"',
      "2:1 /d",
      "2:4 /d \"e, 'f' # g: {\"",
      "3:1 /h",
      '3:4 /h "i"',
    ]],
    [
      "text of several words, colons and signs",
      "a: GET /x/*/y\nb: ::1\nc: -5\nd: --e\nf: container.*:read",
      [
        "1:1 /a",
        '1:4 /a "GET /x/*/y"',
        "2:1 /b",
        '2:4 /b "::1"',
        "3:1 /c",
        "3:4 /c -5",
        "4:1 /d",
        '4:4 /d "--e"',
        "5:1 /f",
        '5:4 /f "container.*:read"',
      ],
    ],
    [
      "comments that look like keys",
      "# a: 'b\na: b # c: d, [\n#e: f\ng:\n  # it's: x\n  h: i\n",
      [
        "2:1 /a",
        '2:4 /a "b"',
        "4:1 /g",
        "6:3 /g/h",
        '6:6 /g/h "i"',
      ],
    ],
    ["lists in lists", "a:\n- - b\n  - c\n-   d: e\n    f: [[g], []]\n", [
      "1:1 /a",
      '2:5 /a/0/0 "b"',
      '3:5 /a/0/1 "c"',
      "4:5 /a/1/d",
      '4:8 /a/1/d "e"',
      "5:5 /a/1/f",
      '5:10 /a/1/f/0/0 "g"',
    ]],
    ["CRLF, CR and LF", "a: b\r\nc:\r\n  - d\re: f\n", [
      "1:1 /a",
      '1:4 /a "b"',
      "2:1 /c",
      '3:5 /c/0 "d"',
      "4:1 /e",
      '4:4 /e "f"',
    ]],
    ["a byte order mark", "\uFEFFa: b", ["1:1 /a", '1:4 /a "b"']],
    ["letters outside ASCII, in UTF-16 units", "é: [ü, 😀: ☃]", [
      "1:1 /é",
      '1:5 /é/0 "ü"',
      "1:8 /é/1/😀",
      '1:12 /é/1/😀 "☃"',
    ]],
    ["explicit keys", "? a\n: b\n? 'c'\n: - d\n", [
      "1:3 /a",
      '2:3 /a "b"',
      "3:3 /c",
      '4:5 /c/0 "d"',
    ]],
    ["a document between marks", "%YAML 1.2\n--- # a\na: b\n...\n", [
      "3:1 /a",
      '3:4 /a "b"',
    ]],
    [
      "keys that are numbers, in the order of the file",
      "b: 1\n10: 2\n'9': 3\n",
      [
        "1:1 /b",
        "1:4 /b 1",
        "2:1 /10",
        "2:5 /10 2",
        "3:1 /9",
        "3:6 /9 3",
      ],
    ],
    [
      "keys that objects inherit",
      "__proto__: { constructor: a }\ntoString: b",
      [
        "1:1 /__proto__",
        "1:14 /__proto__/constructor",
        '1:27 /__proto__/constructor "a"',
        "2:1 /toString",
        '2:11 /toString "b"',
      ],
    ],
    [
      "aliases, where the anchor's text stands",
      "a: &x b\nc: [ *x, &y { d: e } ]\nf: *y\n",
      [
        "1:1 /a",
        '1:7 /a "b"',
        "2:1 /c",
        '1:7 /c/0 "b"',
        "2:15 /c/1/d",
        '2:18 /c/1/d "e"',
        "3:1 /f",
        "2:15 /f/d",
        '2:18 /f/d "e"',
      ],
    ],
    [
      "merge keys, the mapping's own winning",
      "a: &a { x: 1, y: 2 }\nb: &b { y: 3, z: 4 }\nc:\n  x: 5\n  <<: [ *a, *b ]\n  z: 6\n",
      [
        "1:1 /a",
        "1:9 /a/x",
        "1:12 /a/x 1",
        "1:15 /a/y",
        "1:18 /a/y 2",
        "2:1 /b",
        "2:9 /b/y",
        "2:12 /b/y 3",
        "2:15 /b/z",
        "2:18 /b/z 4",
        "3:1 /c",
        "4:3 /c/x",
        "4:6 /c/x 5",
        "1:15 /c/y",
        "1:18 /c/y 2",
        "6:3 /c/z",
        "6:6 /c/z 6",
      ],
    ],
    [
      "block scalars, where their text begins",
      "a: |\n  b: c\n\n  d\ne: >-\n  f\n  g\nh: i\n",
      [
        "1:1 /a",
        '2:3 /a "b: c\\n\\nd\\n"',
        "5:1 /e",
        '6:3 /e "f g"',
        "8:1 /h",
        '8:4 /h "i"',
      ],
    ],
    ["text over several lines", 'a: b\n  c\nd: "e\n  f"\n', [
      "1:1 /a",
      '1:4 /a "b c"',
      "3:1 /d",
      '3:4 /d "e f"',
    ]],
  ] as const
) {
  Deno.test(`readDocument() finds the places in ${what}`, () => {
    assertEquals(places(text), [...expected]);
  });
}

for (
  const [what, text, expected] of [
    ["a tagged value", "a: !!str 5\nb: 6\n", [
      "1:1 /a",
      '1:1 /a "5"',
      "2:1 /b",
      "2:4 /b 6",
    ]],
    [
      "text with the marks of places as escapes",
      'a: !!str "\\uE0001\\uE001b"\n"\\uE0000\\uE001c": d\n',
      [
        "1:1 /a",
        '1:1 /a "\uE0001\uE001b"',
        "1:1 /\uE0000\uE001c",
        '1:1 /\uE0000\uE001c "d"',
      ],
    ],
    ["a key in another notation", "a: { 0x10: b }\nc: d\n", [
      "1:1 /a",
      "1:1 /a/16",
      '1:1 /a/16 "b"',
      "2:1 /c",
      '2:4 /c "d"',
    ]],
    [
      "a block scalar with a lone quote, and what is behind it",
      "a:\n  b: |\n    'tis\n  c: it's\n  d: 'e'\n",
      [
        "1:1 /a",
        "2:3 /a/b",
        '2:3 /a/b "\'tis\\n"',
        "1:1 /a/c",
        '1:1 /a/c "it\'s"',
        "5:3 /a/d",
        '5:6 /a/d "e"',
      ],
    ],
  ] as const
) {
  Deno.test(`readDocument() gives the place of what is around ${what}`, () => {
    assertEquals(places(text), [...expected]);
  });
}

// ------------------------------------------------------- documents at random

type Tree = string | number | boolean | null | Tree[] | { pairs: Pair[] };
type Pair = [key: string, value: Tree];

const WORDS = fc.oneof(
  fc.string({ maxLength: 8, unit: "grapheme" }),
  fc.stringMatching(/^[a-z.*:/'"#, {}[\]-]{0,8}$/),
  fc.constantFrom("10", "9", "true", "null", "~", "<<x", "- a", "b: c"),
).filter((word) => !/[\uE000\uE001]|^<<$/.test(word));

const { pairs: DOCUMENTS } = fc.letrec<{ tree: Tree; pairs: Tree }>((
  again,
) => ({
  tree: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    WORDS,
    fc.integer({ min: -99, max: 99 }),
    fc.boolean(),
    fc.constant(null),
    fc.array(again("tree"), { maxLength: 4 }),
    again("pairs"),
  ),
  pairs: fc.uniqueArray(fc.tuple(WORDS, again("tree")), {
    maxLength: 4,
    selector: ([key]) => key,
  }).map((pairs) => ({ pairs })),
}));

/** Writes a tree as YAML, in styles that numbers choose, and notes where. */
class Writer {
  text = "";
  readonly noted: string[] = [];
  #next = 0;

  constructor(
    readonly choices: readonly number[],
    readonly end: string,
  ) {}

  #choose(count: number): number {
    return this.choices[this.#next++ % this.choices.length]! % count;
  }

  #place(): string {
    const lines = this.text.split(this.end);
    return `${lines.length}:${lines.at(-1)!.length + 1}`;
  }

  #newLine(indent: number): void {
    const comment = ["", " # it's: [a", ' #"b, {c', ""][this.#choose(4)]!;
    this.text += comment + this.end + " ".repeat(indent);
  }

  #word(word: string): string {
    const plain = /^[A-Za-z](?:[A-Za-z0-9.*/]|:(?=[A-Za-z]))*$/.test(word) &&
      !/^(?:true|false|null)$/i.test(word);
    const single = !/\p{Cc}/u.test(word) && word.isWellFormed();
    const style = this.#choose(3);
    return style === 0 && plain
      ? word
      : style === 1 && single
      ? `'${word.replaceAll("'", "''")}'`
      : JSON.stringify(word);
  }

  #key(key: string, path: string): void {
    this.noted.push(`${this.#place()} ${path}`);
    this.text += `${this.#word(key)}:`;
  }

  flow(tree: Tree, path: string): void {
    if (tree === null || typeof tree !== "object") {
      this.noted.push(`${this.#place()} ${path} ${JSON.stringify(tree)}`);
      this.text += typeof tree === "string" ? this.#word(tree) : String(tree);
      return;
    }
    const isList = Array.isArray(tree);
    const space = ["", " ", `${this.end}    `][this.#choose(3)]!;
    this.text += (isList ? "[" : "{") + space;
    const entries = isList ? [...tree.entries()] : tree.pairs;
    for (const [i, [key, value]] of entries.entries()) {
      if (i > 0) this.text += `,${space}`;
      if (!isList) {
        this.#key(String(key), `${path}/${key}`);
        this.text += " ";
      }
      this.flow(value, `${path}/${key}`);
    }
    this.text += space + (isList ? "]" : "}");
  }

  block(tree: Tree, path: string, indent: number): void {
    const isEmpty = typeof tree === "object" && tree !== null &&
      (Array.isArray(tree) ? tree : tree.pairs).length === 0;
    if (
      tree === null || typeof tree !== "object" || isEmpty ||
      this.#choose(4) === 0
    ) {
      this.text += " ";
      return this.flow(tree, path);
    }
    const entries = Array.isArray(tree) ? tree.entries() : tree.pairs;
    for (const [key, value] of entries) {
      this.#newLine(indent);
      if (Array.isArray(tree)) this.text += "-";
      else this.#key(String(key), `${path}/${key}`);
      this.block(value, `${path}/${key}`, indent + 2);
    }
  }
}

Deno.test("readDocument() finds every key and value of a document in any style", () => {
  fc.assert(
    fc.property(
      DOCUMENTS,
      fc.array(fc.nat(), { minLength: 8, maxLength: 32 }),
      fc.constantFrom("\n", "\r\n"),
      (tree, choices, end) => {
        const writer = new Writer(choices, end);
        writer.block(tree, "", 0);
        assertEquals(places(writer.text), writer.noted);
      },
    ),
    { numRuns: 2000 },
  );
});

Deno.test("readDocument() never reports a wrong place, whatever the text", () => {
  const unit = fc.constantFrom(
    ..."ab1:,-[]{}'\"#&*!|>?%@~. \n\n",
    "a: ",
    "- ",
    "\n  ",
    "\n- ",
    ", ",
    "<<: ",
    "!!str ",
    "'a'",
  );
  let count = 0;
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 24 }), (text) => {
      const document = readDocument(text, "f");
      if ("problems" in document) return;
      count++;
      const visit = (node: Node, around: number): void => {
        if (node.kind === "scalar") {
          check(String(node.value), node.offset, around);
        } else if (node.kind === "sequence") {
          for (const item of node.items) visit(item, around);
        } else {
          for (const { key, keyOffset, value } of node.entries) {
            check(key, keyOffset, around);
            visit(value, keyOffset);
          }
        }
      };
      // What has no place has that of what is around it; all else
      // stands where it says.
      const check = (value: string, offset: number, around: number) => {
        const [word] = /^[ab1]*/.exec(value)!;
        assert(
          offset === around ||
            text.slice(offset).replace(/^["']/, "").startsWith(word),
          `${JSON.stringify(value)} at ${offset} of ${JSON.stringify(text)}`,
        );
      };
      visit(document.root, document.root.offset);
      if (!text.includes("<<")) {
        assertEquals(value(document.root), parse(text, { schema: "core" }));
      }
    }),
    { numRuns: 5000 },
  );
  assert(count > 500, `only ${count} of the texts were YAML`);
});

// ------------------------------------------------------------------- JSON

Deno.test("readDocument() reads JSON with comments, tabs and trailing commas", () => {
  assertEquals(
    places(
      '// {"a": 1}\n{\n\t/* "b": 2,\n\t*/ "c": [\n\t\t"// d", // e\n\t\ttrue,\n\t],\t"f":{"g/*":-1.5e3}, "h": "*/",\n}\n',
    ),
    [
      "4:5 /c",
      '5:3 /c/0 "// d"',
      "6:3 /c/1 true",
      "7:5 /f",
      "7:10 /f/g/*",
      "7:16 /f/g/* -1500",
      "7:25 /h",
      '7:30 /h "*/"',
    ],
  );
});

Deno.test("readDocument() reads what JSON.stringify() writes, with comments in it", () => {
  fc.assert(
    fc.property(
      fc.dictionary(WORDS, fc.jsonValue({ maxDepth: 3 })),
      fc.constantFrom("", "\t", "  "),
      (data, indent) => {
        const json = JSON.stringify(data, null, indent);
        fc.pre(!/[\uE000\uE001]|"<<":/.test(json));
        const text = json.replaceAll("\n", " // it's \"x: {\n/* y\n */");
        assertEquals(value(read(text).root), JSON.parse(json));
      },
    ),
  );
});

Deno.test("readDocument() reads // and /* in YAML as text", () => {
  const text = "{ a: [ GET /*/x, GET /y/*/z ], b: unix:///c }";
  assertEquals(places(text), [
    "1:3 /a",
    '1:8 /a/0 "GET /*/x"',
    '1:18 /a/1 "GET /y/*/z"',
    "1:32 /b",
    '1:35 /b "unix:///c"',
  ]);
});

// --------------------------------------------------------------- problems

for (
  const [what, text, expected] of [
    [
      "a key twice",
      "a: b\nc: d\na:\n  e: f\n",
      "f:3:1: the key 'a' is given twice: keep one of them",
    ],
    [
      "the first of two keys that are given twice",
      "a: b\na: c\nd: e\nd: f\n",
      "f:2:1: the key 'a' is given twice: keep one of them",
    ],
    [
      "a key twice beside an alias of itself",
      "a: &a [ *a ]\nb: c\nb: d\n",
      "f:3:1: the key 'b' is given twice: keep one of them",
    ],
    [
      "a key twice in JSON",
      '{"a": 1, "b": {"a": 2},\n "\\u0061": {"c": 3}}',
      "f:2:2: the key 'a' is given twice: keep one of them",
    ],
    [
      "a number twice as a key",
      "a:\n  1: b\n  '1': c\n",
      "f:3:3: the key '1' is given twice: keep one of them",
    ],
    [
      "a key with a line's end twice",
      '"a\\nb": 1\n"a\\nb": 2\n',
      "f:2:1: the key 'a\\x0ab' is given twice: keep one of them",
    ],
    [
      "a rule without quotes",
      "a: [ * ]",
      "f:1:7: alias name must contain at least one character; put a value that begins with * in quotes",
    ],
    ["an alias of nothing", "a: *b", /^f:1:6: unidentified alias "b"; put/],
    [
      "two colons",
      "a: b: c",
      /^f:1:5: .*; put a value that holds ': ' in quotes$/,
    ],
    [
      "bad indentation",
      "a:\n  b: c\n   d: e",
      /^f:3:5: bad indentation of a mapping entry; write 'key: value'/,
    ],
    ["a value without a key", "a: b\nc\n", /^f:3:1: .*; write 'key: value'/],
    [
      "an open quote",
      "a: 'b",
      /^f:1:6: unexpected end .*; close the quotes$/,
    ],
    [
      "an open bracket",
      "a: [b",
      /^f:\d:\d: unexpected end .*; close the bracket$/,
    ],
    [
      "a missing comma",
      "a: [ [b] c ]",
      /^f:1:10: missing comma .*; put a comma between the entries/,
    ],
    [
      "an escape",
      'a: "\\q"',
      /^f:1:6: unknown escape sequence; write \\\\ for a backslash/,
    ],
    [
      "a reserved sign",
      "a: @b",
      /^f:1:4: .*; put a value that begins with @, % or ` in quotes$/,
    ],
    [
      "a second document",
      "a: b\n---\nc: d\n",
      /^f:2:1: .*; keep one, and remove the line ---$/,
    ],
    [
      "an unknown tag",
      "a: !b c",
      /^f:1:8: .*unknown tag.*; write the value without it$/,
    ],
    ["a date's tag", "a: !!timestamp 2026-01-01", /^f:1:\d+: .*unknown tag/],
    [
      "an unknown directive",
      "%A b\n---\nc: d",
      /^f:2:1: unknown document directive "A"; write/,
    ],
    [
      "a merge of no mapping",
      "a: &a [ b ]\nc: { <<: *a }",
      "f:1:9: '<<' is not followed by a mapping: expected a mapping or a list of mappings",
    ],
    [
      "a tab",
      "a:\n  b: c\n \td: e",
      "f:3:2: a tab indents this line: use spaces, as YAML requires",
    ],
    [
      "the marks of places",
      "a: b\nc: \uE0005\uE001",
      "f:2:4: the characters U+E000 and U+E001 are not allowed: remove them",
    ],
    [
      "comments of JSON in YAML",
      "// a\nb: c",
      "f:2:1: found unquoted text after a comment of JSON (// or /*): write JSON in double quotes, or begin comments of YAML with #",
    ],
    [
      "keys of an order that is not known",
      "a: { b: c, !!str 1: d }",
      "f:1:1: the order of these keys is not known, since one of them is a number: begin each with a letter",
    ],
    [
      "an alias of itself",
      "a: &a [ *a ]",
      "f:1:1: the file is nested more than 64 levels deep: a policy file needs about five",
    ],
    [
      "many levels",
      "[".repeat(65) + "]".repeat(65),
      "f:1:1: the file is nested more than 64 levels deep: a policy file needs about five",
    ],
    [
      "brackets without end",
      "[".repeat(100_000),
      "f:1:1: the file is nested too deeply: a policy file needs about five levels",
    ],
    [
      "lists without end",
      "- ".repeat(100_000),
      "f:1:1: the file is nested too deeply: a policy file needs about five levels",
    ],
    [
      "a file without end",
      `a: ${"b".repeat(1 << 20)}`,
      "f:1:1: the file has 1048579 characters: expected at most 1048576",
    ],
    [
      "aliases that multiply",
      laughs(),
      "f:1:1: the file has more than 10000 values, counting the values behind an alias each time: use fewer",
    ],
  ] as const
) {
  Deno.test(`readDocument() refuses ${what} and says where`, () => {
    const [problem, ...more] = problems(text);
    assertEquals(more, []);
    if (typeof expected === "string") assertEquals(problem, expected);
    else assertMatch(problem ?? "", expected);
  });
}

/** Nine lists, each of nine times the one before. */
function laughs(): string {
  const names = [..."abcdefghi"];
  return names.map((name, i) =>
    `${name}: &${name} [${
      Array(9).fill(i === 0 ? "x" : `*${names[i - 1]}`).join(", ")
    }]\n`
  ).join("");
}

Deno.test("readDocument() reads 64 levels, and no more", () => {
  const levels = (count: number) => "[".repeat(count) + "]".repeat(count);
  assertEquals(problems(levels(64)), []);
  assertEquals(problems(levels(65)).length, 1);
});

Deno.test("readDocument() reads 1048576 characters, and no more", () => {
  const text = (length: number) => `a: ${"b".repeat(length - 3)}`;
  assertEquals(problems(text(1 << 20)), []);
  assertEquals(problems(text((1 << 20) + 1)).length, 1);
});

Deno.test("readDocument() reads 10000 values, and no more", () => {
  const list = (count: number) => `[${"a,".repeat(count)}]`;
  assertEquals(problems(list(9_999)), []);
  assertEquals(problems(list(10_000)).length, 1);
});

Deno.test("readDocument() reads an empty file as nothing", () => {
  for (const text of ["", "\n", "# a\n", "---\n"]) {
    assertEquals(places(text), ["1:1  null"]);
  }
});

Deno.test("readDocument() counts what stands beside a key before it reads any", () => {
  const keys = (count: number) =>
    `# ${":".repeat(count % 2)}\n${"a:\n".repeat(count)}`;
  const [problem] = problems(keys(20_000));
  assertEquals(/key|duplicate/i.test(problem!), true);
  assertEquals(/colons/.test(problems(keys(20_001))[0]!), true);
  assertEquals(/colons/.test(problems("[a, ".repeat(20_001))[0]!), true);
});

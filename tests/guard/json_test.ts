import { assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import {
  fields,
  type JsonValue,
  MAX_DEPTH,
  MAX_KEYS,
  MAX_TOKENS,
  parseStrictJson,
  readEntries,
  readFields,
  readStrings,
  shown,
} from "../../lib/guard/json.ts";
import { misread } from "../support/misread.ts";

function parse(text: string) {
  return parseStrictJson(new TextEncoder().encode(text));
}

function value(text: string): JsonValue {
  const parsed = parse(text);
  if ("problem" in parsed) throw new Error(`${text}: ${parsed.problem}`);
  return parsed.value;
}

function problem(text: string | Uint8Array): string {
  const parsed = typeof text === "string" ? parse(text) : parseStrictJson(text);
  if (!("problem" in parsed)) throw new Error(`accepted: ${text}`);
  return parsed.problem;
}

/** A string of JSON, its characters escaped where the bits say so. */
function spell(text: string, bits: number): string {
  const escape = (character: string) =>
    [...Array(character.length).keys()].map((i) =>
      `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`
    ).join("");
  return `"${
    [...text].map((character, i) =>
      bits >> (i % 30) & 1 || character < " " || '"\\'.includes(character)
        ? escape(character)
        : character
    ).join("")
  }"`;
}

Deno.test("parseStrictJson() gives what JSON.parse() gives, of whatever can be read in one way", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6, stringUnit: "binary" }), (text) => {
      assertEquals(value(text), JSON.parse(text));
    }),
    { numRuns: 500 },
  );
});

Deno.test("parseStrictJson() refuses a key twice in an object, however it is spelled", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 4 }),
      fc.nat(),
      fc.nat(),
      fc.constantFrom("", '"x":{"y":[]},', '"]{":"}[",'),
      (key, one, other, between) => {
        if (key === "x" || key === "]{") return;
        const text = `[{${spell(key, one)}:{},${between}${
          spell(key, other)
        }:1}]`;
        JSON.parse(text);
        assertStringIncludes(problem(text), "twice");
      },
    ),
  );
  assertStringIncludes(problem('{"a":1,"\\u0061":2}'), "'a' twice");
  assertStringIncludes(problem('{"a" : 1, "b":2, "a"\n:3}'), "'a' twice");
  assertStringIncludes(problem('{"x":{"Labels":{},"Labels":{}}}'), "'Labels'");
});

Deno.test("parseStrictJson() lets a key stand in several objects, and a value be like a key", () => {
  assertEquals(value('{"a":{"a":"a"},"b":[{"a":1},{"a":2}],"c":"a"}'), {
    a: { a: "a" },
    b: [{ a: 1 }, { a: 2 }],
    c: "a",
  });
  assertEquals(value(String.raw`{"a\\":1,"a\"":2,"{":3,"}":4}`), {
    "a\\": 1,
    'a"': 2,
    "{": 3,
    "}": 4,
  });
});

Deno.test("parseStrictJson() takes __proto__ and constructor for keys like others", () => {
  const parsed = value('{"__proto__":{"a":1},"b":{"constructor":2}}');
  assertEquals(Object.keys(parsed as object), ["__proto__", "b"]);
  assertEquals(Object.getPrototypeOf(parsed), null);
  assertEquals((parsed as Record<string, JsonValue>).toString, undefined);
  assertStringIncludes(problem('{"__proto__":1,"__proto__":2}'), "twice");
});

Deno.test("parseStrictJson() refuses invalid UTF-8 and a byte order mark", () => {
  const quoted = (...bytes: number[]) =>
    Uint8Array.from([0x22, ...bytes, 0x22]);
  for (
    const bytes of [
      quoted(0xff),
      quoted(0xc0, 0xaf),
      quoted(0xed, 0xa0, 0x80),
      // As long as the mark that replaces it.
      quoted(0xf0, 0x9f, 0x98),
      quoted(0xe2, 0x82),
      quoted(0xef, 0xbf, 0xbd, 0x80),
    ]
  ) assertEquals(problem(bytes), "the body is not valid UTF-8");
  assertEquals(value('"\ufffd"'), "\ufffd");
  assertEquals(value('"a\ufeff\u00e9\u{1f600}"'), "a\ufeff\u00e9\u{1f600}");
  assertStringIncludes(problem("\ufeff{}"), "byte order mark");
});

Deno.test("parseStrictJson() refuses halves of surrogate pairs, in keys and values", () => {
  for (
    const text of [
      String.raw`"\ud800"`,
      String.raw`["\uDFFF"]`,
      String.raw`{"\ud83d":1}`,
      String.raw`"\ude00\ud83d"`,
      String.raw`"\\\ud83d\\ude00"`,
    ]
  ) assertStringIncludes(problem(text), "surrogate");
  assertEquals(value(String.raw`"\ud83d\ude00"`), "\u{1f600}");
  assertEquals(value(String.raw`"\\ud800"`), "\\ud800");
});

Deno.test("parseStrictJson() refuses what is nested too deep, and what follows the value", () => {
  const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  assertEquals(MAX_DEPTH, 64);
  value(nested(MAX_DEPTH));
  assertStringIncludes(problem(nested(MAX_DEPTH + 1)), "deeper");
  assertStringIncludes(
    problem('{"a":'.repeat(MAX_DEPTH + 1) + "1" + "}".repeat(MAX_DEPTH + 1)),
    "deeper",
  );
  problem("[".repeat(200_000));
  problem(nested(200_000));
  value(' \t\r\n{"a":1} \t\r\n');
  for (
    const text of ["", "{}{}", "{}]", '{"a":1}x', "{} //", "{,}", "\u00a0{}"]
  ) assertStringIncludes(problem(text), "not valid JSON");
});

Deno.test("parseStrictJson() gives objects without a prototype, at every depth", () => {
  const parsed = value('{"a":[{"b":{}}]}') as { a: [{ b: JsonValue }] };
  for (const object of [parsed, parsed.a[0], parsed.a[0].b]) {
    assertEquals(Object.getPrototypeOf(object), null);
  }
  assertEquals(Object.getPrototypeOf(parsed.a), Array.prototype);
});

Deno.test("shown() cuts what is longer than 80 characters", () => {
  assertEquals(shown("x".repeat(80)), "x".repeat(80));
  assertEquals(shown("x".repeat(81)), `${"x".repeat(80)}…`);
  assertEquals(shown(""), "");
});

Deno.test("readFields() refuses each spelling that the engine takes for a field but does not stand in the list", () => {
  const known = fields(["HostConfig", "NetworkMode", "Links"], ["links"]);
  const read = (text: string) => {
    const problems: string[] = [];
    const found = readFields(
      value(text),
      "the body",
      known,
      (problem) => problems.push(problem),
    );
    return { found, problems };
  };
  for (
    const key of [
      "hostconfig",
      "HOSTCONFIG",
      "HoſtConfig",
      "Hoſtconfig",
      "Networ\u212aMode",
      "networKMode",
      "Lin\u212aſ",
    ]
  ) {
    const { problems } = read(JSON.stringify({ [key]: {} }));
    assertEquals(problems.length, 1, key);
    assertStringIncludes(problems[0]!, key);
  }
  const { found, problems } = read(
    '{"links":["a"],"HostConfig":{"x":1},"Other":1,"HostConfigs":2,"Ho\u0073tConfıg":3}',
  );
  assertEquals(problems, []);
  assertEquals(found, {
    HostConfig: { x: 1 },
    NetworkMode: null,
    Links: ["a"],
  });
  assertStringIncludes(read('{"links":[],"Links":[]}').problems[0]!, "twice");
});

Deno.test("readFields() and readStrings() complain of other types, and read null as nothing", () => {
  const known = fields(["A"]);
  for (const text of ["[]", "1", '"a"', "true"]) {
    const problems: string[] = [];
    readFields(value(text), "X", known, (problem) => problems.push(problem));
    assertEquals(problems, ["X is not an object"]);
  }
  const none = () => {
    throw new Error("complained");
  };
  assertEquals(readFields(null, "X", known, none), { A: null });
  assertEquals(readStrings(null, "X", none), []);
  assertEquals(readStrings(["a", null, "", "b"], "X", none), ["a", "b"]);
  for (const wrong of ["a", { 0: "a" }, [1], [["a"]], true]) {
    const problems: string[] = [];
    readStrings(wrong, "X", (problem) => problems.push(problem));
    assertEquals(problems.length, 1, JSON.stringify(wrong));
  }
});

const keysOf = (count: number) =>
  [...Array(count).keys()].map((i) => `"k${i}":0`).join();

Deno.test("parseStrictJson() takes as many different keys as it may, in one object or several", () => {
  assertEquals(Object.keys(value(`{${keysOf(MAX_KEYS)}}`)!).length, MAX_KEYS);
  assertStringIncludes(
    problem(`{${keysOf(MAX_KEYS + 1)}}`),
    "more than 2000 different keys",
  );
  assertStringIncludes(
    problem(`[{${keysOf(MAX_KEYS)}},{"other":1}]`),
    "more than 2000 different keys",
  );
  const all = [`{${keysOf(MAX_KEYS)}}`, `{${keysOf(MAX_KEYS)}}`];
  assertEquals("problem" in parse(`[${all}]`), false);
});

Deno.test("parseStrictJson() counts strings, objects and lists, and not what stands in a string", () => {
  const strings = (count: number) => `[${Array(count).fill('""')}]`;
  assertEquals("problem" in parse(strings(MAX_TOKENS - 2)), false);
  for (
    const text of [
      strings(MAX_TOKENS - 1),
      `[${Array(MAX_TOKENS / 2).fill("{}")}]`,
      `[${Array(MAX_TOKENS / 2).fill("[]")}]`,
    ]
  ) assertStringIncludes(problem(text), "strings and brackets");
  assertEquals(value(`"${'[{:,\\"'.repeat(20_000)}"`) !== null, true);
});

Deno.test("parseStrictJson() counts before a text is parsed, valid or not", () => {
  assertStringIncludes(problem(`{${keysOf(MAX_KEYS + 1)}`), "different keys");
  // A string without an end stops the count, and the parser comes that far.
  assertStringIncludes(
    problem(`{${keysOf(MAX_KEYS + 1)},"`),
    "different keys",
  );
  assertStringIncludes(problem("[".repeat(MAX_DEPTH + 1)), "deeper");
  for (const text of ['"', '"\\', '{"a', '["a\\', '"\\x":', "]", '"a":1}']) {
    assertStringIncludes(problem(text), "not valid JSON");
  }
});

Deno.test("readEntries() gives texts of its own, so that no key stays in the runtime's table", () => {
  const entries = readEntries({ "": 1, a: 2 }, "x", () => {});
  assertEquals(entries, [["", 1], ["a", 2]]);
});

Deno.test("parseStrictJson() reads a text in the runtime's own form as it reads every other", () => {
  const outcome = (text: string) => {
    const parsed = parse(text);
    return "problem" in parsed ? "refused" : parsed.value;
  };
  fc.assert(fc.property(
    fc.dictionary(
      fc.oneof(
        fc.string({ unit: "grapheme" }),
        fc.constantFrom("&", "a<\\u003e"),
      ),
      fc.oneof(fc.jsonValue(), fc.constantFrom("a && b", "<", "\\u0026", ">&")),
      { maxKeys: 8 },
    ),
    (object) => {
      const text = JSON.stringify(object);
      const read = outcome(text);
      assertEquals(read, outcome(` ${text}`));
      assertEquals(read, outcome(`${text}\n`));
      const asGo = text.replaceAll("&", "\\u0026").replaceAll("<", "\\u003c")
        .replaceAll(">", "\\u003e");
      assertEquals(read, outcome(asGo));
    },
  ));
  for (
    const text of [
      '{"a":1,"a":1}',
      '{"&":1,"\\u0026":1}',
      '{"\\u0026":1,"\\u0026":1}',
      '{"a":{"b":1,"b":1}}',
      '{"a":"\\ud800"}',
      '{"a":1}{}',
      `{"a":${"[".repeat(MAX_DEPTH)}${"]".repeat(MAX_DEPTH)}}`,
      JSON.stringify(
        Object.fromEntries(
          Array.from({ length: MAX_KEYS + 1 }, (_, i) => [`k${i}`, i]),
        ),
      ),
      JSON.stringify({ a: Array(MAX_TOKENS + 1).fill("") }),
    ]
  ) assertEquals(outcome(text), "refused", text.slice(0, 60));
});

Deno.test("parseStrictJson() never takes a key with an escape for another key", () => {
  for (const key of ["Privileged", "com.docker.compose.project", "Env", '"']) {
    const [before, text] = misread(key);
    // Objects of requests before may live on; or one stands in the same body.
    const first: JsonValue = JSON.parse(before);
    for (const body of [text, `{"first":${before},"then":${text}}`]) {
      const parsed = parse(body);
      if ("problem" in parsed) throw new Error(parsed.problem);
      const { then = parsed.value } = parsed.value as { then?: JsonValue };
      assertEquals(Object.keys(then as object), ["b", key], body);
      assertEquals(Object.getPrototypeOf(then), null);
    }
    assertEquals(Object.keys(first as object).length, 2);
  }
});

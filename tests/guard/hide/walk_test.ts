import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { editParsed } from "../../../lib/guard/hide/parsed.ts";
import { editPlaced, linesOf } from "../../../lib/guard/hide/placed.ts";
import { addPath, emptyTree } from "../../../lib/guard/hide/tree.ts";
import {
  editPaths,
  entriesOf,
  keepPaths,
} from "../../../lib/guard/hide/walk.ts";
import { parseFieldPath } from "../../../lib/guard/hide/words.ts";
import { decodeLatin1, encodeUtf8 } from "../../../lib/host.ts";

function tree(...paths: string[]) {
  const tree = emptyTree<true>();
  for (const path of paths) addPath(tree, parseFieldPath(path)!, () => true);
  return tree;
}

function edit(text: string, ...paths: string[]) {
  return editPaths(text, tree(...paths), () => '"new"');
}

Deno.test("values at paths are edited, and the rest stays as it was written", () => {
  assertEquals(
    edit(
      ' { "A" : {"b" :1.50, "X":[1]},\n"n":12345678901234567890, "C":[ {"d":"\\"}"} , {"d":null,"e":"}"}] } \n',
      "a.b",
      "c[].d",
    ),
    ' { "A" : {"b" :"new", "X":[1]},\n"n":12345678901234567890, "C":[ {"d":"new"} , {"d":"new","e":"}"}] } \n',
  );
  assertEquals(
    edit('{"m":{"x":{"y":1},"z":{}}}', "m.*.y"),
    '{"m":{"x":{"y":"new"},"z":{}}}',
  );
  assertEquals(
    edit('{"m":[[1,2],[],[3]]}', "m[][]"),
    '{"m":[["new","new"],[],["new"]]}',
  );
  assertEquals(edit('{"\\u0061":1,"A":2}', "a"), '{"\\u0061":"new","A":"new"}');
  for (
    const text of [
      "{}",
      "{ }",
      '{"a":{}}',
      '{"b":{"a":1}}',
      '{"a":null}',
      "null",
    ]
  ) {
    assertEquals(edit(text, "a.b"), text);
  }
});

Deno.test("a field is edited in every spelling that Go takes for it", () => {
  const asBytes = (text: string) => decodeLatin1(encodeUtf8(text));
  for (const key of ["sKs", "SkS", "\u017fk\u017f", "s\u212as"]) {
    const text = `{"x":{"${key}":1},"y":{"é":2}}`;
    const edited = '{"x":{"' + key + '":"new"},"y":{"é":2}}';
    assertEquals(edit(text, "x.sks"), edited);
    assertEquals(edit(asBytes(text), "x.sks"), asBytes(edited));
    const escaped = text.replace(
      /[\u017f\u212a]/g,
      (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
    assertEquals(edit(escaped, "x.sks"), escaped.replace(":1", ':"new"'));
    for (const one of [text, asBytes(text)]) {
      const value = JSON.parse(one);
      assertEquals(
        editParsed(value, tree("x.sks"), () => ({ value: "new" })),
        null,
      );
      assertEquals(Object.values(value.x), ["new"]);
      const placed = editPlaced(
        one,
        linesOf(tree("x.sks")),
        () => ({ value: "new" }),
      );
      assertEquals(
        placed,
        /sKs|SkS/.test(one) ? one.replace(":1", ':"new"') : null,
      );
    }
  }
});

Deno.test("a value of another type on the way is a problem", () => {
  for (const value of ['"x"', "1", "true", "false", "[]", "[1]", "-1"]) {
    assertEquals(edit(`{"a":${value}}`, "a.b"), {
      problem: "has a value of another type at a",
    });
  }
  for (const value of ['"x"', "1", "true", "{}", '{"b":1}']) {
    assertEquals(edit(`{"a":{"c":${value}}}`, "a.*[].b"), {
      problem: "has a value of another type at a.*",
    });
    assertEquals(keepPaths(`{"a":{"c":${value}}}`, tree("a.*[].b")), {
      problem: "has a value of another type at a.*",
    });
  }
  assertEquals(edit("[1]", "a"), {
    problem: "has a value of another type at its root",
  });
});

Deno.test("an edit may keep a value or have a problem", () => {
  const some = (text: string) =>
    editPaths(
      text,
      tree("a[]"),
      (raw, _, path) =>
        raw === "1" ? null : raw === "2" ? '"two"' : { problem: path },
    );
  assertEquals(some('{"a":[1,2,1]}'), '{"a":[1,"two",1]}');
  assertEquals(some('{"a":[1,3,2]}'), { problem: "a[]" });
});

Deno.test("only values at paths are kept, as they were written", () => {
  assertEquals(
    keepPaths(
      ' { "Id" : "x", "id":1, "N":{"w":{"IP":"1", "k":2},"v":null} ,"P":[{"a":1.0,"b":[{}]}, {"b":1}],"L":{"a.b":"}"} }\n',
      tree("Id", "N.*.IP", "P[].a", "L"),
    ),
    '{"Id":"x","N":{"w":{"IP":"1"},"v":null},"P":[{"a":1.0},{}],"L":{"a.b":"}"}}',
  );
  assertEquals(
    keepPaths('{"A":{"B":1},"C":2}', tree("A", "A.B")),
    '{"A":{"B":1}}',
  );
  assertEquals(keepPaths('{"A":{"B":1},"C":2}', tree("D")), "{}");
  assertEquals(keepPaths('{"A":[]}', tree("A[].B")), '{"A":[]}');
});

Deno.test("the entries of a list are found as they are written", () => {
  assertEquals(entriesOf('[ 1 ,"a,]",{"b":[2,3]} , null]'), [
    "1",
    '"a,]"',
    '{"b":[2,3]}',
    "null",
  ]);
  assertEquals(entriesOf("[]"), []);
  assertEquals(entriesOf("[ ]"), []);
  for (const text of ["{}", '"[]"', "1", "null"]) {
    assertEquals(entriesOf(text), null);
  }
});

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The same as `keepPaths`, on parsed values. */
function keepParsed(value: Json, paths: string[][]): Json {
  if (value === null || paths.some((path) => path.length === 0)) return value;
  if (Array.isArray(value)) throw new Error("a list");
  if (typeof value !== "object") throw new Error("no object");
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      const exact = paths.filter(([step]) => step === key);
      const below = exact.length > 0
        ? exact
        : paths.filter(([step]) => step === "*");
      return below.length === 0
        ? []
        : [[key, keepParsed(inner, below.map(([, ...rest]) => rest))]];
    }),
  );
}

Deno.test("keeping agrees with keeping of parsed values", () => {
  const key = fc.constantFrom("a", "b", "c");
  const leaf = fc.oneof(
    fc.constantFrom<Json>(null, 1.5, "}", [], [{}], {}),
    fc.string(),
  );
  const inner = fc.oneof(leaf, fc.dictionary(key, leaf, { maxKeys: 3 }));
  const value = fc.oneof(inner, fc.dictionary(key, inner, { maxKeys: 3 }));
  const path = fc.array(fc.constantFrom("a", "b", "c", "*"), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(
      fc.dictionary(key, value),
      fc.array(path, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(0, 1, 2),
      (answer, paths, indent) => {
        let expected: Json | { problem: true };
        try {
          expected = keepParsed(answer as Json, paths);
        } catch {
          expected = { problem: true };
        }
        const kept = keepPaths(
          JSON.stringify(answer, null, indent),
          tree(...paths.map((steps) => steps.join("."))),
        );
        assertEquals(
          typeof kept === "string" ? JSON.parse(kept) : { problem: true },
          JSON.parse(JSON.stringify(expected)),
        );
      },
    ),
    { numRuns: 1000 },
  );
});

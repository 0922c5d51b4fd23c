import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseJson } from "../../lib/host.ts";
import { misread } from "../support/misread.ts";

Deno.test("parseJson() never takes a key with an escape for another key", () => {
  for (const key of ["Privileged", "a&b", "Env", '"', "\\", "__proto__"]) {
    const [before, text] = misread(key);
    // Objects that were read before live on; or one stands in the same text.
    const first = parseJson(before);
    assertEquals(Object.keys(parseJson(text)), ["b", key], text);
    const both = parseJson(`[${before},{"c":[${text}]}]`);
    assertEquals(Object.keys(both[0]), Object.keys(first));
    assertEquals(Object.keys(both[1].c[0]), ["b", key]);
    assertEquals(Object.values(both[1].c[0]), ["", "x"]);
  }
});

/** A text as a JSON string, in which characters are escapes as `escaped` says. */
function written(text: string, escaped: readonly boolean[]): string {
  const units = Array.from({ length: text.length }, (_, i) => text[i]!);
  return `"${
    units.map((unit, i) =>
      escaped[i % escaped.length]
        ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`
        : JSON.stringify(unit).slice(1, -1)
    ).join("")
  }"`;
}

Deno.test("parseJson() reads objects whose keys look like parts of others' escapes", () => {
  const key = fc.string({
    maxLength: 7,
    unit: fc.constantFrom("a", "\\", "u", "0", "6", "1", '"', "é", "{", ":"),
  });
  const keys = fc.uniqueArray(key, { minLength: 1, maxLength: 4 });
  const escapes = fc.array(fc.boolean(), { minLength: 1, maxLength: 5 });
  const all = fc.array(fc.tuple(keys, escapes), { minLength: 2, maxLength: 8 });
  const check = fc.property(all, (objects) => {
    const texts = objects.map(([names, escaped]) =>
      `{${
        names.map((name, i) =>
          `${written(name, escaped)} :[${i},${written(name, escaped)}]`
        ).join()
      }}`
    );
    const read: Record<string, unknown>[] = parseJson(`[${texts.join()}]`);
    assertEquals(
      read.map((one) => new Map(Object.entries(one))),
      objects.map(([names]) =>
        new Map(names.map((name, i) => [name, [i, name]]))
      ),
    );
  });
  fc.assert(check, { numRuns: 3000 });
});

Deno.test("parseJson() reads as JSON.parse() does what it reads piece by piece", () => {
  for (
    const text of [
      '{"a\\\\":1,"b":{"c":[{},[],null,true,-0,1.5e3,"\\u0041{\\"x\\":"]}}',
      '{"\\\\":1,"a":2,"\\\\":{"a":3,"a":[4]}}',
      '{"\\\\":{"__proto__":{"a":1},"1":0,"":{}}}',
      ' [ { "\\\\" : { } } ] ',
    ]
  ) {
    assertEquals(parseJson(text), JSON.parse(text));
    assertEquals(
      JSON.stringify(parseJson(text)),
      JSON.stringify(JSON.parse(text)),
    );
  }
  const { "\\": inner } = parseJson('{"\\\\":{"__proto__":{"a":1}}}');
  assertEquals(Object.keys(inner), ["__proto__"]);
  assertEquals(inner.a, undefined);
  for (const text of ["", "{", '{"\\\\":1}{}', '{"\\\\":1,}', '{"\\\\" 1}']) {
    assertThrows(() => parseJson(text), SyntaxError);
  }
});

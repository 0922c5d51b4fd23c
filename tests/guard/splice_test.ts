/** Entries that are written into a body: where they go, and that the rest stays as it was. */

import { assertEquals } from "@std/assert";
import { withEntries } from "../../lib/guard/splice.ts";

const SERVICE = ["TaskTemplate", "ContainerSpec", "Labels"];

function spliced(
  text: string,
  path: readonly string[] = ["Labels"],
  entries: readonly (readonly [string, string])[] = [["role", ""]],
): string {
  const bytes = withEntries(new TextEncoder().encode(text), path, entries);
  return new TextDecoder().decode(bytes);
}

for (
  const [what, before, after] of [
    ["an object", '{"Labels":{"a":"1"}}', '{"Labels":{"role":"","a":"1"}}'],
    ["an empty object", '{"Labels":{ }}', '{"Labels":{"role":"" }}'],
    ["null", '{"Labels": null ,"a":1}', '{"Labels":{"role":""} ,"a":1}'],
    ["nothing", '{"a":1}', '{"Labels":{"role":""},"a":1}'],
    ["nothing in an empty body", " {\n} ", ' {"Labels":{"role":""}\n} '],
    [
      "an object after spaces",
      '{"Labels" : \r\n\t{ "a": "1" }}',
      '{"Labels" : \r\n\t{"role":"", "a": "1" }}',
    ],
    [
      "an object whose key is escaped",
      '{"\\u004cabels":{}}',
      '{"\\u004cabels":{"role":""}}',
    ],
    [
      "the right object of several",
      '{"x":{"Labels":{}},"y":[{"Labels":{}},[]],"Labels":{},"z":{"Labels":{}}}',
      '{"x":{"Labels":{}},"y":[{"Labels":{}},[]],"Labels":{"role":""},"z":{"Labels":{}}}',
    ],
    [
      "a body with such words and brackets in its strings",
      '{"a":"{\\"Labels\\":{","b":["Labels"],"c{":"]","é":"😀"}',
      '{"Labels":{"role":""},"a":"{\\"Labels\\":{","b":["Labels"],"c{":"]","é":"😀"}',
    ],
    [
      "a body with the field as a value",
      '{"a":"Labels"}',
      '{"Labels":{"role":""},"a":"Labels"}',
    ],
    [
      "a body with numbers that JavaScript would change",
      '{"n":9007199254740993,"m":1.0e2,"Labels":{}}',
      '{"n":9007199254740993,"m":1.0e2,"Labels":{"role":""}}',
    ],
  ] as const
) {
  Deno.test(`withEntries() writes into ${what}`, () => {
    assertEquals(spliced(before), after);
    JSON.parse(after);
  });
}

for (
  const [before, after] of [
    [
      '{"TaskTemplate":{"ContainerSpec":{"Labels":{}}}}',
      '{"TaskTemplate":{"ContainerSpec":{"Labels":{"role":""}}}}',
    ],
    [
      '{"TaskTemplate":{"ContainerSpec":{}}}',
      '{"TaskTemplate":{"ContainerSpec":{"Labels":{"role":""}}}}',
    ],
    [
      '{"TaskTemplate":{"ContainerSpec":{},"x":{"Labels":{}}},"y":{"z":{"Labels":{}}}}',
      '{"TaskTemplate":{"ContainerSpec":{"Labels":{"role":""}},"x":{"Labels":{}}},"y":{"z":{"Labels":{}}}}',
    ],
    [
      '{"Labels":{"a":"1"},"ContainerSpec":{},"TaskTemplate":{"Labels":null,"x":[{"ContainerSpec":{}}],"ContainerSpec":{"Mounts":[{"Labels":{}}],"Image":"x"}},"Networks":[]}',
      '{"Labels":{"a":"1"},"ContainerSpec":{},"TaskTemplate":{"Labels":null,"x":[{"ContainerSpec":{}}],"ContainerSpec":{"Labels":{"role":""},"Mounts":[{"Labels":{}}],"Image":"x"}},"Networks":[]}',
    ],
  ] as const
) {
  Deno.test(`withEntries() follows the way to an object: ${before}`, () => {
    assertEquals(spliced(before, SERVICE), after);
  });
}

Deno.test("withEntries() writes every key and value, and quotes them", () => {
  assertEquals(
    spliced("{}", ["Labels"], [["a", "1"], ['b"\\', 'x"'], ["__proto__", ""]]),
    '{"Labels":{"a":"1","b\\"\\\\":"x\\"","__proto__":""}}',
  );
});

Deno.test("withEntries() writes into the body itself", () => {
  assertEquals(spliced("{}", []), '{"role":""}');
  assertEquals(spliced(' {"a":{"b":[]}}', []), ' {"role":"","a":{"b":[]}}');
});

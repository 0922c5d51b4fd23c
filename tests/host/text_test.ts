import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { decodeLatin1, encodeLatin1 } from "../../lib/host.ts";

/** One code unit a byte, one by one. */
function oneByOne(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

Deno.test("bytes and texts of one code unit a byte stand for each other, of any length", () => {
  const some = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 300, min: 32, max: 126 }),
  );
  fc.assert(fc.property(some, fc.constantFrom(1, 40), (part, times) => {
    const bytes = new Uint8Array(part.length * times);
    for (let i = 0; i < times; i++) bytes.set(part, i * part.length);
    const text = decodeLatin1(bytes);
    assertEquals(text, oneByOne(bytes));
    assertEquals(encodeLatin1(text), bytes);
  }));
});

Deno.test("bytes that are no UTF-8, or that stand for U+FFFD or a byte order mark, stay bytes", () => {
  for (const odd of [[0xff], [0xef, 0xbf, 0xbd], [0xef, 0xbb, 0xbf], [0xc3]]) {
    const bytes = new Uint8Array(5000).fill(0x61);
    for (const at of [0, 2500, 5000 - odd.length]) {
      const mixed = bytes.slice();
      mixed.set(odd, at);
      assertEquals(decodeLatin1(mixed), oneByOne(mixed));
      assertEquals(encodeLatin1(decodeLatin1(mixed)), mixed);
    }
  }
});

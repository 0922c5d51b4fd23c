/** How a list is read entry by entry. */

import { assert, assertEquals } from "@std/assert";
import { MAX_ENTRY, readList } from "../../lib/identity/list_reader.ts";

const ENCODER = new TextEncoder();

/** The entries of a list, read in pieces of so many bytes; or what is wrong. */
function read(text: string, size = Infinity): unknown[] | string {
  const entries: unknown[] = [];
  const reader = readList((one) => entries.push(JSON.parse(one)));
  const bytes = ENCODER.encode(text);
  for (let at = 0; at < bytes.length; at += size) {
    const problem = reader.add(bytes.subarray(at, at + size));
    if (problem !== null) return problem;
  }
  return reader.end() ?? entries;
}

const LIST = [
  { Id: "a", Labels: { '},{"Id":': '},{"Id":"b"' }, Names: ["/x"] },
  { Id: "b", Mounts: [{ Type: "bind" }, { Type: "volume" }] },
  // An object within an entry that begins as entries do.
  { Id: "c", Parts: [{ Id: "d" }, { Id: "e" }, { Id: "f" }] },
  { Id: "g", Long: "x".repeat(100) },
];

Deno.test("readList() finds each entry, wherever the list is cut", () => {
  for (const list of [[], LIST, LIST.slice(0, 1), LIST.slice(3), [1, null]]) {
    const text = JSON.stringify(list);
    for (let size = 1; size < text.length + 2; size++) {
      assertEquals(read(text, size), list);
      assertEquals(read(`${text}\n`, size), list);
    }
  }
});

Deno.test("readList() hands on an entry before the list has ended", () => {
  let seen = 0;
  const reader = readList(() => seen++);
  const [first, second] = LIST.map((entry) => JSON.stringify(entry));
  reader.add(ENCODER.encode(`[${first}`));
  assertEquals(seen, 0);
  reader.add(ENCODER.encode(`,${second}`));
  assertEquals(seen, 1);
});

Deno.test("readList() reads a list that is written in another form", () => {
  assertEquals(read(JSON.stringify(LIST, null, 2)), LIST);
  const odd = [{ Names: [], Id: "a" }, { Id: "b", Names: [] }];
  assertEquals(read(JSON.stringify(odd)), odd);
});

Deno.test("readList() says what is wrong", () => {
  const text = JSON.stringify(LIST);
  assertEquals(read("{}"), "is not a list");
  assertEquals(read("null"), "is not a list");
  for (
    const wrong of [
      "",
      "<html>",
      text.slice(0, -1),
      text.slice(0, -2),
      text.replace('"Id":"b"', '"Id":"b'),
      text + "]",
    ]
  ) assertEquals(read(wrong), "is not valid JSON", wrong);
});

Deno.test("readList() holds no more than an entry, and gives up on what is none", () => {
  const long = `[{"Id":"${"x".repeat(MAX_ENTRY)}"}]`;
  assertEquals(read(long, 65536), "is too long");
  assertEquals(
    read(JSON.stringify("x".repeat(MAX_ENTRY)), 65536),
    "is too long",
  );
  // Many parts that are no entries are not joined again and again.
  let tries = 0;
  const reader = readList(() => {
    tries++;
    throw new Error("no");
  });
  const parts = `[${'{"Id":1},'.repeat(1000)}`;
  assertEquals(reader.add(ENCODER.encode(parts)), "is not valid JSON");
  assert(tries < 20);
});

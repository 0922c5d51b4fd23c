/** Tars, read as they come. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  endTar,
  feedTar,
  openTar,
  type TarEntry,
} from "../../lib/guard/tar.ts";
import {
  type Entry,
  entryOf,
  join,
  pax,
  paxRecord,
  tarOf,
} from "../support/tar.ts";

function read(bytes: Uint8Array, step = bytes.length) {
  const entries: TarEntry[] = [];
  const contents: string[] = [];
  const tar = openTar({
    entry: (entry) => {
      entries.push(entry);
      return true;
    },
    content: (content) => {
      contents.push(new TextDecoder().decode(content));
    },
  });
  for (let at = 0; at < bytes.length; at += Math.max(step, 1)) {
    feedTar(tar, bytes.subarray(at, at + step));
  }
  return {
    paths: entries.map(({ path }) => path),
    entries,
    contents,
    problem: endTar(tar),
    zeros: tar.zeros,
  };
}

function problemOf(...entries: Entry[]): string {
  const { problem } = read(tarOf(...entries));
  return problem ?? "";
}

Deno.test("entries are the same in pieces of any size", () => {
  const bytes = tarOf(
    { name: "a/", type: "5" },
    { name: "a/file", content: "x".repeat(1000) },
    { name: "link", type: "2", target: "a" },
    { name: "hard", type: "1", target: "./a//file" },
    { name: "empty", content: "" },
  );
  const whole = read(bytes);
  assertEquals(whole.problem, null);
  assertEquals(whole.entries, [
    { path: "a", kind: "folder", size: 0, target: "" },
    { path: "a/file", kind: "file", size: 1000, target: "" },
    { path: "link", kind: "link", size: 0, target: "" },
    { path: "hard", kind: "hard link", size: 0, target: "a/file" },
    { path: "empty", kind: "file", size: 0, target: "" },
  ]);
  assertEquals(whole.contents, ["", "x".repeat(1000), "", "", ""]);
  for (const step of [1, 3, 511, 512, 513, 1000]) {
    assertEquals(read(bytes, step), whole, String(step));
  }
});

Deno.test("paths come from the header, its prefix, or what stands before it", () => {
  assertEquals(read(tarOf({ name: "x", prefix: "a/b" })).paths, ["a/b/x"]);
  assertEquals(read(tarOf({ name: "/./x//y/." })).paths, ["x/y"]);
  assertEquals(
    read(tarOf(pax(["mtime", "1.5"], ["path", "long"]), { name: "x" })).paths,
    ["long"],
  );
  assertEquals(
    read(tarOf(pax(["path", "a"], ["path", "b"]), { name: "x" })).paths,
    ["b"],
  );
  const gnu = "ustar  \0";
  assertEquals(
    read(tarOf(
      { name: "././@LongLink", type: "L", content: "long\0", magic: gnu },
      { name: "x", magic: gnu },
      { name: "y", magic: gnu },
    )).paths,
    ["long", "y"],
  );
  // A prefix is none in the GNU format.
  assertEquals(
    read(tarOf({ name: "x", magic: gnu, fields: { 345: "00000000000\0" } }))
      .paths,
    ["x"],
  );
  assertEquals(
    read(tarOf({ name: "x", magic: "\0".repeat(8), prefix: "a" })).paths,
    ["x"],
  );
});

Deno.test("sizes are read in octal, in base 256, and from an extended header", () => {
  const content = "abc";
  for (
    const size of [
      "3",
      " 3 ",
      "00000000003\0",
      "\x80" + "\0".repeat(10) + "\x03",
    ]
  ) {
    assertEquals(read(tarOf({ name: "x", content, size })).contents, [content]);
  }
  assertEquals(
    read(tarOf(pax(["size", "3"]), { name: "x", content, size: "0" })).contents,
    [content],
  );
});

Deno.test("what readers take in different ways is refused", () => {
  const cases: readonly (readonly [word: string, ...Entry[]])[] = [
    ["size", { name: "x", size: "\xff".repeat(12) }],
    ["size", { name: "x", size: "\x80\x01" + "\0".repeat(10) }],
    ["size", { name: "x", size: "-1" }],
    ["size", { name: "x", size: "1\x002" }],
    ["no tar", { name: "x", wrong: 1 }],
    ["no tar", { name: "x", wrong: 256 }],
    ["no tar", { name: "\xff", wrong: -255 }],
    ["format", { name: "x", magic: "ustar\x0001" }],
    ["format", { name: "x", fields: { 508: "tar\0" } }],
    ["format", { name: "x", magic: "ustar  \0", prefix: "a" }],
    ["sparse", { name: "x", type: "S" }],
    ["sparse", pax(["GNU.sparse.major", "1"]), { name: "x" }],
    ["type", { name: "x", type: "7" }],
    ["type", { name: "x", type: "Z" }],
    ["folder or link", { name: "x/", type: "0" }],
    ["folder or link", { name: "x", type: "5", content: "a" }],
    ["folder or link", { name: "x", type: "1", content: "a" }],
    ["'..'", { name: "a/../x" }],
    ["'..'", { name: "x", type: "1", target: "../x" }],
    ["extended", pax(["path", ""]), { name: "x" }],
    ["extended", pax(["path", "a\0b"]), { name: "x" }],
    ["extended", pax(["size", "-1"]), { name: "x" }],
    ["extended", pax(["path", "a"]), pax(["path", "b"]), { name: "x" }],
    ["extended", pax(["path", "a"]), { name: "l", type: "L", content: "b\0" }],
    ["extended", { ...pax(["path", "a"]), type: "g" }],
    ["extended", { name: "p", type: "x", content: "99 path=a\n" }],
    ["extended", { name: "p", type: "x", content: "09 path=a\n" }],
    ["extended", { name: "p", type: "x", content: "x".repeat(70_000) }],
    ["4096", pax(["path", "a/b".repeat(2000)]), { name: "x" }],
    ["255 folders", pax(["path", "a/".repeat(256) + "b"]), { name: "x" }],
  ];
  for (const [word, ...entries] of cases) {
    assertStringIncludes(
      problemOf(...entries),
      word,
      JSON.stringify(entries).slice(0, 99),
    );
  }
});

Deno.test("a path may have as many folders as are looked up", () => {
  const path = "a/".repeat(255) + "b";
  const { paths, problem } = read(tarOf(pax(["path", path]), { name: "x" }));
  assertEquals([paths, problem], [[path], null]);
});

Deno.test("an extended header of all entries may have a comment", () => {
  const comment = paxRecord("comment", "abc");
  const { paths, problem } = read(tarOf(
    { name: "pax_global_header", type: "g", content: comment },
    { name: "x" },
  ));
  assertEquals([paths, problem], [["x"], null]);
});

Deno.test("a checksum may count bytes with a sign", () => {
  const name = "\xff".repeat(100);
  for (const wrong of [0, -25_600]) {
    const { paths } = read(tarOf({ name, wrong, prefix: "\x7f".repeat(155) }));
    assertEquals(paths, [`${"\x7f".repeat(155)}/${name}`], String(wrong));
  }
});

Deno.test("a compressed tar is told from what is none", () => {
  for (
    const start of [
      "\x1f\x8b\x08",
      "BZh9",
      "\xfd7zXZ\0",
      "(\xb5\x2f\xfd",
      "\x50\x2a\x4d\x18",
    ]
  ) {
    for (const size of [10, 600]) {
      const bytes = Uint8Array.from(
        start.padEnd(size, "x"),
        (c) => c.charCodeAt(0),
      );
      assertStringIncludes(read(bytes).problem!, "is compressed", start);
    }
  }
  assertStringIncludes(
    read(new TextEncoder().encode("FROM x\n".repeat(100))).problem!,
    "no tar",
  );
});

Deno.test("a tar ends with two blocks of zeros, and what follows is not read", () => {
  const entry = entryOf({ name: "x" });
  const zeros = new Uint8Array(512);
  assertEquals(read(join([entry, zeros])).problem, null);
  assertEquals(read(join([entry, zeros, zeros, entry])).paths, ["x"]);
  assertStringIncludes(
    read(join([entry, zeros, entry])).problem!,
    "after a block of zeros",
  );
  for (
    const bytes of [
      entry,
      entry.subarray(0, 100),
      new Uint8Array(0),
      new Uint8Array(511),
    ]
  ) {
    assertStringIncludes(read(bytes).problem!, "ends before");
  }
});

import { assertEquals } from "@std/assert";
import { plainPath } from "../../lib/guard/volume_references.ts";

Deno.test("plainPath() takes off the slashes at the end, but for the root's", () => {
  for (
    const [path, plain] of [
      ["/a/", "/a"],
      ["/a//", "/a"],
      ["/a", "/a"],
      ["/", "/"],
      ["//", "/"],
      ["", ""],
    ] as const
  ) assertEquals(plainPath(path), plain, path);
});

Deno.test("a path of a million slashes is read once, not for each pair of them", () => {
  const path = `${"/".repeat(1_000_000)}x`;
  assertEquals(plainPath(path), path);
});

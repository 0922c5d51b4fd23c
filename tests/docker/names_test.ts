import { assertEquals } from "@std/assert";
import { decodeParameter } from "../../lib/docker/names.ts";

for (
  const [raw, name] of [
    ["web", "web"],
    ["a", "a"],
    ["0a_B.c-1", "0a_B.c-1"],
    ["w%65b", "web"],
    ["w%5fb", "w_b"],
    ["", null],
    ["-a", null],
    [".a", null],
    ["_a", null],
    ["a/b", null],
    ["a%2Fb", null],
    ["a:b", null],
    ["a b", null],
    ["a%20b", null],
    ["a~", null],
    // Escapes that no client sends.
    ["a%2Eb", null],
    ["a%2eb", null],
    ["a%25b", null],
    ["a%5Cb", null],
    ["a%00", null],
    ["a%1f", null],
    ["a%7F", null],
    ["a%", null],
    ["a%6", null],
    ["a%6g", null],
    ["a%C3%A9", null],
  ] as const
) {
  Deno.test(`decodeParameter() takes '${raw}' for the name ${name}`, () => {
    assertEquals(decodeParameter(raw, "name"), name);
  });
}

for (
  const [raw, name] of [
    ["a", "a"],
    ["reg.example:5000/a/b:1.2@sha256", "reg.example:5000/a/b:1.2@sha256"],
    ["a%2Fb%3A1%40x", "a/b:1@x"],
    ["..a/b..", "..a/b.."],
    ["a/.../b", "a/.../b"],
    ["", null],
    ["/a", null],
    ["a/", null],
    ["a//b", null],
    ["a%2F%2Fb", null],
    ["a b", null],
    ["a%20b", null],
    ["a~b", null],
    [".", null],
    ["..", null],
    ["a/.", null],
    ["./a", null],
    ["a/../b", null],
    ["a%2F..%2Fb", null],
    ["a%2F%2E%2E%2Fb", null],
    ["a%2Eb", null],
    ["a%zz", null],
  ] as const
) {
  Deno.test(`decodeParameter() takes '${raw}' for the image ${name}`, () => {
    assertEquals(decodeParameter(raw, "image"), name);
  });
}

import { assertEquals } from "@std/assert";
import { decodeParameter, encodeParameter } from "../../lib/docker/names.ts";

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

for (
  const [raw, name] of [
    ["net", "net"],
    ["-a", "-a"],
    ["my%20net", "my net"],
    ["gr%C3%BC%C3%9Fe", "grüße"],
    ["a+b", "a+b"],
    ["a%2Bb", "a+b"],
    ["a%25b", "a%b"],
    ["a%25", "a%"],
    ["a%25zz", "a%zz"],
    ["a%2Fb", "a/b"],
    ["a/b", "a/b"],
    ["a%3Fb%23", "a?b#"],
    ["...", "..."],
    ["%F0%9F%90%B3", "\u{1f433}"],
    // Podman may decode once more.
    ["a%2541", null],
    ["a%252fb", null],
    ["a%25%34%31", null],
    // No UTF-8, or not in its shortest form.
    ["a%C3", null],
    ["a%FF", null],
    ["%C0%AE%C0%AE", null],
    ["a%C0%AFb", null],
    ["%E0%80%AF", null],
    ["%ED%A0%80", null],
    ["%F4%90%80%80", null],
    ["a%00", null],
    ["a%0d%0a", null],
    ["a%C2%9Bb", null],
    ["a%5cb", null],
    ["a%E2%80%A8b", null],
    ["a%E2%80%AEb", null],
    ["", null],
    [".", null],
    ["..", null],
    ["a/", null],
    ["%2Fa", null],
    ["a%2F%2Fb", null],
    ["a%2F.%2Fb", null],
    ["a/..", null],
    ["a%2Eb", null],
  ] as const
) {
  Deno.test(`decodeParameter() takes '${raw}' for the text ${name}`, () => {
    assertEquals(decodeParameter(raw, "text"), name);
    if (name !== null) {
      assertEquals(
        decodeParameter(encodeParameter(name, "text"), "text"),
        name,
      );
    }
  });
}

import { assertEquals } from "@std/assert";
import { namesOfHost, plainName } from "../../lib/net/host_name.ts";

for (
  const [name, plain] of [
    ["web", "web"],
    ["Web.LAN", "web.lan"],
    ["web.", "web"],
    ["web..", "web"],
    ["/web", "web"],
    ["//web", "/web"],
    [".web", ".web"],
    ["", ""],
  ] as const
) {
  Deno.test(`plainName() makes '${plain}' of '${name}'`, () => {
    assertEquals(plainName(name), plain);
  });
}

Deno.test("namesOfHost() has each name that leaves a network's name after it", () => {
  assertEquals(namesOfHost("a"), ["a"]);
  assertEquals(namesOfHost("A.b.c."), ["a", "a.b", "a.b.c"]);
  assertEquals(namesOfHost(""), [""]);
});

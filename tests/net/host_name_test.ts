import { assertEquals } from "@std/assert";
import {
  addressesInHosts,
  leadsTo,
  namesOfHost,
  plainName,
} from "../../lib/net/host_name.ts";

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

Deno.test("leadsTo() is whether a host has that name, with a network's name after it or without", () => {
  for (const host of ["A.b.c.", "a", "a.b", "ab.c", "", ".a", "/a.b"]) {
    for (const name of ["a", "a.b", "a.b.c", "b", "ab", "c"]) {
      assertEquals(leadsTo(host, name), namesOfHost(host).includes(name), host);
    }
  }
});

Deno.test("names of a million characters are read once, not for each pair of them", () => {
  const many = 500_000;
  assertEquals(plainName(`${".".repeat(many)}x`).length, many + 1);
  assertEquals(leadsTo("a.".repeat(many), "a.b"), false);
  assertEquals(leadsTo("a.".repeat(many), "a.a"), true);
});

Deno.test("namesOfHost() has each name that leaves a network's name after it", () => {
  assertEquals(namesOfHost("a"), ["a"]);
  assertEquals(namesOfHost("A.b.c."), ["a", "a.b", "a.b.c"]);
  assertEquals(namesOfHost(""), [""]);
});

const HOSTS = `# 10.0.0.9 web
127.0.0.1 localhost
 10.0.0.1\tapp Web  # db
10.0.0.2 WEB. app
fd00::1 web\r
10.0.0.300 web
web
.web 10.0.0.4`;

for (
  const [name, addresses] of [
    ["web", ["10.0.0.1", "10.0.0.2", "fd00::1"]],
    ["WEB.", ["10.0.0.1", "10.0.0.2", "fd00::1"]],
    ["app", ["10.0.0.1", "10.0.0.2"]],
    ["db", []],
    ["we", []],
    ["web.example", []],
    ["10.0.0.1", []],
  ] as const
) {
  Deno.test(`addressesInHosts() finds ${addresses.length} addresses of '${name}'`, () => {
    assertEquals(addressesInHosts(HOSTS, name), [...addresses]);
  });
}

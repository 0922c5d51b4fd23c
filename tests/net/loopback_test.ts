import { assertEquals } from "@std/assert";
import {
  isLocal,
  isLoopback,
  isUnspecified,
  plainAddress,
} from "../../lib/net/loopback.ts";

for (
  const [host, expected] of [
    ["localhost", true],
    ["LocalHost", true],
    ["127.0.0.1", true],
    ["127.255.0.9", true],
    ["::1", true],
    ["", false],
    ["0.0.0.0", false],
    ["::", false],
    ["128.0.0.1", false],
    ["10.127.0.1", false],
    ["::1:1", false],
    ["1::1", false],
    ["[::1]", false],
    ["localhost.lan", false],
    ["my-localhost", false],
    ["127.0.0.1.example", false],
  ] as const
) {
  Deno.test(`isLoopback() is ${expected} for '${host}'`, () => {
    assertEquals(isLoopback(host), expected);
  });
}

for (
  const [host, expected] of [
    ["", true],
    ["0.0.0.0", true],
    ["::", true],
    ["127.0.0.1", false],
    ["::1", false],
    ["0.0.0.1", false],
  ] as const
) {
  Deno.test(`isUnspecified() is ${expected} for '${host}'`, () => {
    assertEquals(isUnspecified(host), expected);
  });
}

Deno.test("isLocal() takes unix sockets and the loopback, and no other host", () => {
  const tcp = (host: string) => isLocal({ kind: "tcp", host, port: 2375 });
  assertEquals(isLocal({ kind: "unix", path: "/run/docker.sock" }), true);
  assertEquals(tcp("127.0.0.1"), true);
  assertEquals(tcp("::1"), true);
  assertEquals(isLocal({ kind: "tls", host: "localhost", port: 2376 }), true);
  assertEquals(tcp("10.0.0.1"), false);
  assertEquals(tcp("0.0.0.0"), false);
  assertEquals(tcp("engine.lan"), false);
});

for (
  const [address, plain] of [
    ["::ffff:10.0.0.5", "10.0.0.5"],
    ["::FFFF:10.0.0.5", "10.0.0.5"],
    ["10.0.0.5", "10.0.0.5"],
    ["fd00::5", "fd00::5"],
    // Another prefix, and a form that no socket reports.
    ["::fffe:10.0.0.5", "::fffe:10.0.0.5"],
    ["1::ffff:10.0.0.5", "1::ffff:10.0.0.5"],
    ["::ffff:a00:5", "::ffff:a00:5"],
    ["", ""],
  ] as const
) {
  Deno.test(`plainAddress() makes '${plain}' of '${address}'`, () => {
    assertEquals(plainAddress(address), plain);
  });
}

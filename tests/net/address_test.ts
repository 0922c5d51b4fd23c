import { assertEquals } from "@std/assert";
import {
  type EngineAddress,
  formatAddress,
  formatListener,
  type ListenAddress,
} from "../../lib/net/address.ts";

const SOCKET: ListenAddress = {
  kind: "unix",
  path: "/run/w.sock",
  mode: 0o600,
  group: null,
};

for (
  const [address, text] of [
    [{ kind: "tcp", host: "127.0.0.1", port: 2375 }, "tcp://127.0.0.1:2375"],
    [{ kind: "tcp", host: "engine.lan", port: 1 }, "tcp://engine.lan:1"],
    [{ kind: "tcp", host: "::1", port: 2375 }, "tcp://[::1]:2375"],
    [{ kind: "tls", host: "", port: 2376 }, "tls://:2376"],
    [{ kind: "tls", host: "fd00::5", port: 2376 }, "tls://[fd00::5]:2376"],
    [{ kind: "unix", path: "/run/d.sock" }, "unix:///run/d.sock"],
    [SOCKET, "unix:///run/w.sock"],
  ] as readonly (readonly [ListenAddress | EngineAddress, string])[]
) {
  Deno.test(`formatAddress() writes ${text}`, () => {
    assertEquals(formatAddress(address), text);
  });
}

for (
  const [address, text] of [
    [{ kind: "tcp", host: "::", port: 2375 }, "tcp://[::]:2375"],
    [{ kind: "tls", host: "a.lan", port: 2376 }, "tls://a.lan:2376"],
    [SOCKET, "unix:///run/w.sock?mode=0600"],
    [
      { ...SOCKET, mode: 0o660, group: "docker" },
      "unix:///run/w.sock?mode=0660&group=docker",
    ],
    [{ ...SOCKET, group: "0" }, "unix:///run/w.sock?mode=0600&group=0"],
  ] as readonly (readonly [ListenAddress, string])[]
) {
  Deno.test(`formatListener() writes ${text}`, () => {
    assertEquals(formatListener(address), text);
  });
}

/** What a socket shows of its peer. */

import { assertEquals } from "@std/assert";
import type { Conn } from "../../lib/host.ts";
import { socketPeerOf } from "../../lib/identity/peer.ts";

function conn(remote: string, local: string): Conn {
  const address = (hostname: string) => ({
    transport: "tcp",
    hostname,
    port: 1,
  });
  return {
    remoteAddr: address(remote),
    localAddr: address(local),
  } as unknown as Conn;
}

const TCP = { kind: "tcp", host: "0.0.0.0", port: 2375 } as const;

Deno.test("a peer of a TCP listener has the addresses of its connection, as IPv4 where they are", () => {
  assertEquals(socketPeerOf(conn("::ffff:10.0.0.5", "10.0.0.1"), TCP), {
    address: "10.0.0.5",
    facts: {
      listener: "tcp://0.0.0.0:2375",
      remote: "10.0.0.5",
      local: "10.0.0.1",
      certificateNames: [],
    },
    isLocal: false,
  });
});

Deno.test("a peer is local by the loopback, or by an address that is our own", () => {
  for (
    const [remote, local, expected] of [
      ["127.0.0.9", "127.0.0.1", true],
      ["::1", "::1", true],
      ["10.0.0.1", "::ffff:10.0.0.1", true],
      ["10.0.0.5", "127.0.0.1", false],
    ] as const
  ) {
    assertEquals(socketPeerOf(conn(remote, local), TCP).isLocal, expected);
  }
});

Deno.test("a peer of a unix listener has the listener's path, and is local", () => {
  const listener = {
    kind: "unix",
    path: "/run/a.sock",
    mode: 0o600,
    group: null,
  } as const;
  assertEquals(socketPeerOf({} as Conn, listener), {
    address: "unix:/run/a.sock",
    facts: {
      listener: "unix:///run/a.sock",
      remote: "",
      local: "",
      certificateNames: [],
    },
    isLocal: true,
  });
});

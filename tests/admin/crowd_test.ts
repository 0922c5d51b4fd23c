/**
 * The admin listener under who holds all that there is of it. The connections
 * are in memory: what is not taken is known to wait.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Answer } from "../../lib/admin/connection.ts";
import { MAX_CONNECTIONS, serveListener } from "../../lib/admin/listener.ts";
import type { Conn } from "../../lib/host.ts";
import { type FakeConn, fakeConn } from "../support/conn.ts";
import { eventually } from "../support/proxy.ts";

const OPEN = { allow: null, host: null, token: null };
const UNIX = { kind: "unix", path: "/a", mode: 0o600, group: null } as const;
const ASKED = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";

/** A unix listener that connections of a test come to. */
async function withCrowd(
  body: string,
  run: (arrive: (conn: FakeConn) => Promise<void>) => Promise<void>,
): Promise<void> {
  const waiting: ((conn: Conn) => void)[] = [];
  const listener = {
    addr: { transport: "unix", path: "/a" } as const,
    accept: () => new Promise<Conn>((resolve) => waiting.push(resolve)),
    close() {},
  };
  const answer: Answer = () =>
    Promise.resolve({ status: 200, type: "text/plain", body });
  const close = serveListener(
    {
      listener,
      configured: UNIX,
      address: UNIX,
      close: () => Promise.resolve(),
    },
    OPEN,
    answer,
  );
  try {
    await run(async (conn) => {
      await eventually("the accept", () => waiting.length > 0);
      waiting.shift()!(conn);
    });
  } finally {
    await close();
  }
}

/** A connection that asks, and does not take its answer. */
function stalled(): FakeConn & { readonly began: Promise<void> } {
  const conn = fakeConn();
  let begin = () => {};
  const began = new Promise<void>((resolve) => begin = resolve);
  conn.push(ASKED);
  return Object.assign(conn, {
    began,
    write() {
      begin();
      return new Promise<number>(() => {});
    },
  });
}

Deno.test("who holds every place and takes no answer does not keep others away, also not on one socket", () =>
  withCrowd("ok", async (arrive) => {
    const held = Array.from({ length: MAX_CONNECTIONS }, stalled);
    for (const one of held) {
      await arrive(one);
      await one.began;
    }
    const client = fakeConn();
    await arrive(client);
    client.push(ASKED);
    await eventually("the answer", () => client.writes.length > 0);
    assertMatch(client.writes.join(""), /^HTTP\/1\.1 200 /);
    // The oldest made room for it, and no other.
    assertEquals(held.map(({ closed }) => closed), [
      true,
      ...held.slice(1).map(() => false),
    ]);
  }));

Deno.test("answers that nobody takes hold no more than 4 MiB together", () =>
  withCrowd("x".repeat(1 << 20), async (arrive) => {
    const held = Array.from({ length: 20 }, stalled);
    for (const one of held) {
      await arrive(one);
      await one.began;
    }
    const open = held.filter(({ closed }) => !closed);
    // With their heads, three of a MiB are less.
    assertEquals(open, held.slice(-3));
    assert(!held.at(-1)!.closed);
  }));

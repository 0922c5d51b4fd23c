/** When a peer was there for certain, where the lean base asks the kernel. */

import { kernel } from "../support/lean_base.ts";
import { assertEquals } from "@std/assert";
import type { Conn } from "../../lib/host.ts";
import { presenceOf } from "../../lib/identity/presence.ts";
import { withClock } from "../support/clock.ts";

const conn = { setNoDelay: () => {} } as unknown as Conn;

Deno.test("seenAt() is the last time at which the kernel heard from the peer", async () => {
  await withClock(async (clock) => {
    const start = performance.now();
    const peer = presenceOf(conn, () => true);
    assertEquals(peer.proves, true);
    kernel.heard = -1;
    assertEquals(peer.seenAt(), -Infinity);
    kernel.heard = 5;
    assertEquals(peer.seenAt(), start - 5);
    // What was seen once stays so, whatever the kernel says later.
    kernel.heard = 50;
    assertEquals(peer.seenAt(), start - 5);
    kernel.heard = -1;
    assertEquals(peer.seenAt(), start - 5);
    await clock.advance(100);
    kernel.heard = 0;
    assertEquals(peer.seenAt(), start + 100);
  });
});

Deno.test("ask() makes the kernel ask the peer after a second, until each who has asked rests", () => {
  const peer = presenceOf(conn, () => false);
  kernel.keepAlive.length = 0;
  assertEquals([peer.ask(), peer.ask()], [true, true]);
  assertEquals(kernel.keepAlive, [1, 1]);
  peer.rest();
  assertEquals(kernel.keepAlive, [1, 1]);
  peer.rest();
  assertEquals(kernel.keepAlive, [1, 1, 60]);
  kernel.gone = true;
  assertEquals(peer.ask(), false);
  peer.rest();
  kernel.gone = false;
});

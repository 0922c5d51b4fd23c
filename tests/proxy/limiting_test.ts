/** Uploads that wait for their client's rate. */

import { assertEquals } from "@std/assert";
import { limitsOf } from "../../lib/config/policy_limits.ts";
import { compile } from "../../lib/policy/compile.ts";
import { countsFor, takeSlot } from "../../lib/proxy/client_counts.ts";
import { slow } from "../../lib/proxy/limiting.ts";
import type { Exchange } from "../../lib/proxy/state.ts";
import { openBody } from "../../lib/wire/body.ts";
import { openSource, type Source } from "../../lib/wire/source.ts";
import { withClock } from "../support/clock.ts";
import { fakeConn } from "../support/conn.ts";
import { grants } from "../support/grants.ts";

const RATE = 10_000;

/** An upload of which a second's bytes have passed. */
function upload(length: number) {
  const limits = limitsOf(new Map([["upload-rate", RATE]]), "--limits");
  const policy = compile({ ...grants({}), limits });
  const [counts] = countsFor(policy, new Map(), performance.now()).values();
  const client = openSource(fakeConn(), true);
  const exchange = {
    session: { client, identified: { planner: { dryRun: false } } },
    body: openBody({ kind: "length", length }),
    slot: takeSlot(counts!, false),
    slowedMs: 0,
  } as unknown as Exchange;
  assertEquals(slow(exchange, RATE, null), null);
  return { exchange, client, counts: counts! };
}

/** Whether an upload still waits after so many milliseconds. */
async function waitsAfter(
  milliseconds: number,
  length: number,
  happen: (client: Source, engine: Source) => void,
): Promise<boolean> {
  let waits = true;
  await withClock(async (clock) => {
    const { exchange, client } = upload(length);
    const engine = openSource(fakeConn(), false);
    slow(exchange, RATE * 10, engine)!.then(() => waits = false);
    happen(client, engine);
    await clock.advance(milliseconds);
  });
  return waits;
}

Deno.test("an upload waits until what it was lent has come back", async () => {
  assertEquals(await waitsAfter(9999, 1, () => {}), true);
  assertEquals(await waitsAfter(10_001, 1, () => {}), false);
});

for (
  const [what, happen] of [
    ["its client was closed", (client) => client.closed = true],
    ["its client broke", (client) => client.failure = "ConnectionReset"],
    ["its client ended before its body had come", (c) => c.ended = true],
    ["the engine's side was closed", (_, engine) => engine.closed = true],
  ] as readonly [string, (client: Source, engine: Source) => void][]
) {
  Deno.test(`an upload waits no longer where ${what}`, async () => {
    assertEquals(await waitsAfter(300, 1, happen), false);
  });
}

Deno.test("an upload that has come whole waits on when its client ends its side", async () => {
  assertEquals(await waitsAfter(9999, 0, (c) => c.ended = true), true);
});

Deno.test("the time that uploads wait is counted for the request and for its client", async () => {
  await withClock(async (clock) => {
    const { exchange, counts } = upload(1);
    const waiting = slow(exchange, RATE, null)!;
    await clock.advance(1000);
    await waiting;
    assertEquals([exchange.slowedMs, counts.slowedMs], [1000, 1000]);
  });
});

Deno.test("no upload waits under limits that say nothing of uploads", async () => {
  await withClock((_) => {
    const { exchange, counts } = upload(1);
    countsFor(
      compile(grants({})),
      new Map([[null, counts]]),
      performance.now(),
    );
    assertEquals(slow(exchange, RATE * 100, null), null);
    return Promise.resolve();
  });
});

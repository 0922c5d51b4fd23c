import { assertEquals } from "@std/assert";
import { watchEngine } from "../../lib/admin/engine_status.ts";
import type { askVersion } from "../../lib/engine/probe.ts";
import { holdClock } from "../support/held_clock.ts";

type Answer = Awaited<ReturnType<typeof askVersion>>;

const ENGINE = { kind: "unix", path: "/engine.sock" } as const;
const UP: Answer = { version: "28.1.1", apiVersion: "1.49" };
const DOWN: Answer = { reason: "it is gone", answered: false };

Deno.test("the engine is asked when somebody wants to know, at most every two seconds", async () => {
  let now = 1000;
  let asked = 0;
  let answer: Answer = UP as Answer;
  const status = watchEngine(ENGINE, () => now, () => {
    asked++;
    return Promise.resolve(answer);
  });
  assertEquals([status.up, asked], [false, 0]);
  now = 10_000;
  await Promise.all([status.refresh(), status.refresh()]);
  assertEquals([status.up, status.version, asked], [true, "28.1.1", 1]);
  answer = DOWN;
  now += 1999;
  await status.refresh();
  assertEquals([status.up, asked], [true, 1]);
  now += 1;
  await status.refresh();
  assertEquals([status.up, status.reason, asked], [false, "it is gone", 2]);
  // What it was is still known.
  assertEquals(status.version, "28.1.1");
});

Deno.test("an engine that answers without a version is up", async () => {
  const status = watchEngine(
    ENGINE,
    () => 5000,
    () => Promise.resolve({ reason: "no version", answered: true }),
  );
  await status.refresh();
  assertEquals([status.up, status.version, status.reason], [true, "", ""]);
});

Deno.test("who asks does not wait for an engine that hangs", async () => {
  const clock = holdClock();
  try {
    const late = Promise.withResolvers<Answer>();
    const status = watchEngine(ENGINE, () => 5000, () => late.promise);
    let waited = false;
    const waiting = status.refresh().then(() => waited = true);
    await clock.advance(1900);
    assertEquals(waited, false);
    await clock.advance(200);
    await waiting;
    assertEquals(status.up, false);
    late.resolve(UP);
    await clock.advance(1);
    assertEquals(status.up, true);
  } finally {
    clock.release();
  }
});

Deno.test("a watchdog decides whether the engine is up, and the engine is asked for its versions when it has come back", async () => {
  let now = 10_000;
  let asked = 0;
  const status = watchEngine(ENGINE, () => now, () => {
    asked++;
    return Promise.resolve(asked === 1 ? UP : { ...UP, version: "29.0.0" });
  });
  const seen = async () => {
    await status.refresh();
    now += 60_000;
    return [status.up, status.reason, status.version, asked];
  };
  status.probed(null);
  assertEquals(await seen(), [true, "", "28.1.1", 1]);
  status.probed(null);
  assertEquals(await seen(), [true, "", "28.1.1", 1]);
  status.probed("it is gone");
  assertEquals(status.checked, now);
  assertEquals(await seen(), [false, "it is gone", "28.1.1", 1]);
  status.probed(null);
  assertEquals(await seen(), [true, "", "29.0.0", 2]);
});

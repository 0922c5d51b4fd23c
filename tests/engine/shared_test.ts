/** How one answer is shared among all who ask at the same time. */

import { assertEquals, assertRejects } from "@std/assert";
import { MAX_RUNS, shared, sharedBy, within } from "../../lib/engine/shared.ts";
import { withClock } from "../support/clock.ts";

/** Runs that end when they are told to. */
function runs() {
  const open: PromiseWithResolvers<number>[] = [];
  return {
    open,
    run: () => {
      const one = Promise.withResolvers<number>();
      open.push(one);
      return one.promise;
    },
  };
}

Deno.test("shared() answers all who ask while a run is under way with the next run, once for all", async () => {
  await withClock(async (clock) => {
    const { open, run } = runs();
    const ask = shared(run);
    const first = ask();
    const [second, third] = [ask(), ask()];
    // However long it takes: nothing overtakes it.
    await clock.advance(3_600_000);
    assertEquals(open.length, 1);
    open[0]!.resolve(1);
    assertEquals(await first, 1);
    await clock.advance(0);
    assertEquals(open.length, 2);
    const fourth = ask();
    await clock.advance(0);
    // The run that has ended begins no other.
    assertEquals(open.length, 2);
    open[1]!.resolve(2);
    assertEquals([await second, await third], [2, 2]);
    await clock.advance(0);
    open[2]!.resolve(3);
    assertEquals(await fourth, 3);
    const fifth = ask();
    open[3]!.resolve(4);
    assertEquals(await fifth, 4);
  });
});

Deno.test("shared() gives a rejection to those alone who share that run", async () => {
  await withClock(async (clock) => {
    const { open, run } = runs();
    const ask = shared(run);
    const first = ask();
    const second = ask();
    open[0]!.reject(new Error("no"));
    await assertRejects(() => first, Error, "no");
    await clock.advance(0);
    open[1]!.resolve(2);
    assertEquals(await second, 2);
  });
});

Deno.test("shared() begins the next run although one hangs, after the time that it is given", async () => {
  await withClock(async (clock) => {
    const { open, run } = runs();
    const ask = shared(run, { overtakeAfterMs: 10 });
    const first = ask();
    const [second, third] = [ask(), ask()];
    await clock.advance(9);
    assertEquals(open.length, 1);
    await clock.advance(1);
    assertEquals(open.length, 2);
    open[1]!.resolve(2);
    assertEquals([await second, await third], [2, 2]);
    open[0]!.resolve(1);
    assertEquals(await first, 1);
  });
});

Deno.test("shared() has a bounded number of runs under way, and begins the next when one of them ends", async () => {
  await withClock(async (clock) => {
    const { open, run } = runs();
    const ask = shared(run, { overtakeAfterMs: 10 });
    const all: Promise<number>[] = [];
    for (let i = 0; i < 3 * MAX_RUNS; i++) {
      all.push(ask());
      await clock.advance(10);
    }
    assertEquals(open.length, MAX_RUNS);
    // Not the one that began last.
    open[0]!.resolve(0);
    await clock.advance(0);
    assertEquals(open.length, MAX_RUNS + 1);
    for (let at = 1; at < open.length; at++) {
      open[at]!.resolve(at);
      await clock.advance(0);
    }
    const last = open.length - 1;
    assertEquals((await Promise.all(all)).slice(MAX_RUNS), [
      ...Array(2 * MAX_RUNS).fill(last),
    ]);
  });
});

Deno.test("sharedBy() shares the runs of each key on its own", async () => {
  const asked: string[] = [];
  const ask = sharedBy((key) => {
    asked.push(key);
    return Promise.resolve(`${key} ${asked.length}`);
  });
  assertEquals(
    await Promise.all([ask("a"), ask("b"), ask("a"), ask("a")]),
    ["a 1", "b 2", "a 3", "a 3"],
  );
  assertEquals(asked, ["a", "b", "a"]);
});

Deno.test("sharedBy() shares the runs of a key as long as a caller waits for one", async () => {
  await withClock(async (clock) => {
    const { open, run } = runs();
    const ask = sharedBy(run);
    const first = ask("a");
    const second = ask("a");
    open[0]!.resolve(1);
    assertEquals(await first, 1);
    await clock.advance(0);
    const third = ask("a");
    await clock.advance(0);
    assertEquals(open.length, 2);
    open[1]!.resolve(2);
    assertEquals(await second, 2);
    await clock.advance(0);
    open[2]!.resolve(3);
    assertEquals(await third, 3);
  });
});

Deno.test("sharedBy() keeps nothing of keys whose questions are answered", async () => {
  const { Map: RealMap } = globalThis;
  const maps: Map<unknown, unknown>[] = [];
  globalThis.Map = class<K, V> extends RealMap<K, V> {
    constructor(entries?: Iterable<readonly [K, V]>) {
      super(entries ?? []);
      maps.push(this);
    }
  } as MapConstructor;
  let ask: (key: string) => Promise<string>;
  try {
    ask = sharedBy((key) => Promise.resolve(key));
  } finally {
    globalThis.Map = RealMap;
  }
  assertEquals(maps.length, 1);
  const answers = ["a", "b", "a", "c"].map((key) => ask(key));
  assertEquals(maps[0]!.size, 3);
  await Promise.all(answers);
  assertEquals(maps[0]!.size, 0);
});

Deno.test("sharedBy() starts again for a key after its last question was answered or has failed", async () => {
  let fails = true;
  let count = 0;
  const ask = sharedBy(() => {
    count++;
    return fails ? Promise.reject(new Error("no")) : Promise.resolve(count);
  });
  await assertRejects(() => ask("a"), Error, "no");
  fails = false;
  assertEquals(await ask("a"), 2);
  assertEquals(await ask("a"), 3);
});

Deno.test("within() gives an answer that comes in time, else the other, and leaves no timer", async () => {
  await withClock(async (clock) => {
    const { open, run } = runs();
    const [first, second, third] = [run(), run(), run()];
    const early = within(10, first, 0);
    open[0]!.resolve(1);
    assertEquals(await early, 1);
    assertEquals(clock.timers(), 0);
    const late = within(10, second, 0);
    await clock.advance(9);
    assertEquals(clock.timers(), 1);
    await clock.advance(1);
    assertEquals(await late, 0);
    const broken = within(10, third, 0);
    open[2]!.reject(new Error("no"));
    await assertRejects(() => broken, Error, "no");
    assertEquals(clock.timers(), 0);
  });
});

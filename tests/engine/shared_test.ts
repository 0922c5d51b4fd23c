import { assertEquals, assertRejects } from "@std/assert";
import { shared, sharedBy } from "../../lib/engine/shared.ts";

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

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("shared() answers whoever asks meanwhile with the next run, once for all", async () => {
  const { open, run } = runs();
  const ask = shared(run);
  const first = ask();
  const [second, third] = [ask(), ask()];
  await settled();
  assertEquals(open.length, 1);
  open[0]!.resolve(1);
  assertEquals(await first, 1);
  await settled();
  assertEquals(open.length, 2);
  const fourth = ask();
  open[1]!.resolve(2);
  assertEquals([await second, await third], [2, 2]);
  await settled();
  open[2]!.resolve(3);
  assertEquals(await fourth, 3);
  const fifth = ask();
  open[3]!.resolve(4);
  assertEquals(await fifth, 4);
});

Deno.test("shared() lets a failure be that of its own run alone", async () => {
  const { open, run } = runs();
  const ask = shared(run);
  const first = ask();
  const second = ask();
  open[0]!.reject(new Error("no"));
  await assertRejects(() => first, Error, "no");
  await settled();
  open[1]!.resolve(2);
  assertEquals(await second, 2);
});

Deno.test("shared() begins the next run although one hangs, where it is told to", async () => {
  const { open, run } = runs();
  const ask = shared(run, 10);
  const first = ask();
  const [second, third] = [ask(), ask()];
  await new Promise((resolve) => setTimeout(resolve, 50));
  assertEquals(open.length, 2);
  open[1]!.resolve(2);
  assertEquals([await second, await third], [2, 2]);
  open[0]!.resolve(1);
  assertEquals(await first, 1);
  // No more than some are on their way at once.
  const all = [];
  for (let i = 0; i < 20; i++) {
    all.push(ask());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assertEquals(open.length, 2 + 4);
  for (let at = 2; at < open.length; at++) {
    open[at]!.resolve(at);
    await settled();
  }
  await Promise.all(all);
});

Deno.test("sharedBy() keeps the keys apart", async () => {
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

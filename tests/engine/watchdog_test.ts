import { assertEquals } from "@std/assert";
import { startWatchdog } from "../../lib/engine/watchdog.ts";
import { type Clock, withClock } from "../support/clock.ts";

/** Runs a watchdog of 5 s; returns what it has told by the end, with the second of each. */
async function told(
  patience: number | null,
  /** What each probe comes to, by its second: null where the engine is well. */
  at: (second: number) => string | null,
  seconds: number,
  happen: (clock: Clock, stop: () => void) => Promise<void> = () =>
    Promise.resolve(),
): Promise<string[]> {
  const lines: string[] = [];
  let probes = 0;
  await withClock(async (clock) => {
    const second = () => clock.passed() / 1000;
    const tell = (text: string) => lines.push(`${second()}: ${text}`);
    const stop = startWatchdog({
      engine: { kind: "unix", path: "/engine.sock" },
      interval: 5000,
      patience,
      probe: () =>
        Promise.resolve({
          reason: at(second()),
          unasked: at(second()) === "short",
        }),
      probed: () => probes++,
      lost: (reason) => tell(`lost: ${reason}`),
      back: (lostFor) => tell(`back after ${lostFor / 1000}`),
      gaveUp: (reason) => tell(`gave up: ${reason}`),
    });
    await happen(clock, stop);
    await clock.advance(seconds * 1000);
  });
  return [...lines, `${probes} probes`];
}

const down = (from: number, to: number) => (second: number) =>
  second >= from && second < to ? `down at ${second}` : null;

Deno.test("an engine that is well is asked, and nothing is told", async () => {
  assertEquals(await told(null, () => null, 20), ["5 probes"]);
});

Deno.test("a loss and a return are told once each", async () => {
  assertEquals(await told(null, down(8, 31), 60), [
    "10: lost: down at 10",
    "35: back after 25",
    "13 probes",
  ]);
  assertEquals(
    (await told(null, (s) => down(8, 18)(s) ?? down(28, 38)(s), 60)).length,
    5,
  );
});

Deno.test("of an engine that was never there only the end of the patience is told", async () => {
  assertEquals(await told(12_000, down(0, 99), 30), [
    "12: gave up: down at 12",
    "4 probes",
  ]);
  assertEquals(await told(null, down(0, 18), 30), ["7 probes"]);
});

Deno.test("the patience begins with the first probe that failed, and the last look is at its end", async () => {
  assertEquals(await told(12_000, down(8, 99), 60), [
    "10: lost: down at 10",
    "22: gave up: down at 22",
    "6 probes",
  ]);
  // It is back at the last look.
  assertEquals(await told(12_000, down(8, 21), 30), [
    "10: lost: down at 10",
    "22: back after 12",
    "7 probes",
  ]);
});

Deno.test("each loss has the whole patience", async () => {
  const twice = (s: number) => down(3, 13)(s) ?? down(18, 28)(s);
  assertEquals(
    (await told(12_000, twice, 60)).filter((line) => line.includes("gave")),
    [],
  );
});

Deno.test("a watchdog that was stopped asks and tells nothing more", async () => {
  const stopAtOnce = async (clock: Clock, stop: () => void) => {
    await clock.advance(6000);
    stop();
  };
  assertEquals(await told(10_000, down(8, 99), 60, stopAtOnce), ["2 probes"]);
});

Deno.test("a probe for which descriptors are short here is no loss, and never the end", async () => {
  const short = (from: number) => (s: number) => s >= from ? "short" : null;
  assertEquals(await told(12_000, short(8), 60), ["2 probes"]);
  const lost = (s: number) => s >= 18 ? "short" : down(8, 18)(s);
  assertEquals(await told(12_000, lost, 60), [
    "10: lost: down at 10",
    "4 probes",
  ]);
});

Deno.test("a probe that breaks is a loss", async () => {
  const lines: string[] = [];
  await withClock(async (clock) => {
    startWatchdog({
      engine: { kind: "unix", path: "/engine.sock" },
      interval: 5000,
      patience: null,
      probe: () => Promise.reject(new Error("a bug")),
      probed: (reason) => lines.push(`${reason}`),
      lost: () => {},
      back: () => {},
      gaveUp: () => {},
    });
    await clock.advance(1000);
  });
  assertEquals(lines, ["internal error: Error: a bug"]);
});

Deno.test("one probe without an answer in time is not the end, however short the patience", async () => {
  const lines: string[] = [];
  let probes = 0;
  await withClock(async (clock) => {
    const slow = () =>
      new Promise<{ reason: string; unasked: boolean }>((answered) =>
        setTimeout(
          () => answered({ reason: "no answer", unasked: false }),
          5000,
        )
      );
    const well = () => Promise.resolve({ reason: null, unasked: false });
    startWatchdog({
      engine: { kind: "unix", path: "/engine.sock" },
      interval: 1000,
      patience: 2000,
      probe: () => ++probes === 2 ? slow() : well(),
      probed: () => {},
      lost: (reason) => lines.push(`lost: ${reason}`),
      back: () => lines.push("back"),
      gaveUp: () => lines.push("gave up"),
    });
    await clock.advance(20_000);
  });
  assertEquals(lines, ["lost: no answer", "back"]);
});

/**
 * Compares this checkout with another one, such as that before a change: both
 * at once, in turns, so that what slows the machine slows both.
 *
 * @module
 */

import { ARCHITECTURE } from "../../tools/runtimes.ts";
import { exists } from "../../tools/exists.ts";
import { download, idleStreams, LOADS, STREAMS, upload, wrk } from "./loads.ts";
import { type Proxy, startSockwarden } from "./proxies.ts";

const HERE = new URL("../../", import.meta.url).pathname;
const CONNECTIONS = [1, 16, 64];
/** Measurements of each; the median counts. */
const TURNS = 5;

/**
 * Prints for each load what this checkout does for each 1.00 of the other's,
 * from source on stock Deno, and with the lean binaries where both have one.
 *
 * @param other The folder of the other checkout.
 * @param socket The engine's socket.
 * @param seconds How long one measurement takes.
 */
export async function compareWith(
  other: string,
  socket: string,
  seconds: number,
): Promise<void> {
  const binaryIn = (root: string) =>
    `${root}/dist/sockwarden-lean-${ARCHITECTURE}`;
  const pairs: [string, string | null, string | null][] = [
    ["stock Deno", null, null],
  ];
  if (exists(binaryIn(other)) && exists(binaryIn(HERE))) {
    pairs.push(["lean", binaryIn(other), binaryIn(HERE)]);
  } else console.log("lean: both checkouts need a binary in dist/");
  let port = 23940;
  for (const [name, before, after] of pairs) {
    const pair = [
      await startSockwarden("before", before, socket, port++, null, other),
      await startSockwarden("after", after, socket, port++, null, HERE),
    ] as const;
    try {
      await compare(name, pair, seconds);
    } finally {
      for (const proxy of pair) await proxy.stop();
    }
  }
}

async function compare(
  name: string,
  pair: readonly [Proxy, Proxy],
  seconds: number,
): Promise<void> {
  const say = (what: string, ratios: readonly number[], unit: string) =>
    console.log(
      `${name}, ${what}: ${median(ratios).toFixed(2)} (${
        ratios.map((ratio) => ratio.toFixed(2)).sort().join(" ")
      })${unit}`,
    );
  const less = "; less is better";
  say("resident, idle", [pair[1].resident() / pair[0].resident()], less);
  for (const proxy of pair) await wrk(proxy, LOADS[0][1], 16, 1);
  for (const [load, path] of LOADS) {
    for (const connections of CONNECTIONS) {
      const rateOf = async (proxy: Proxy) =>
        (await wrk(proxy, path, connections, seconds))?.rate ?? NaN;
      say(`${load}, ${connections} conn.`, await inTurns(pair, rateOf), "");
    }
  }
  say("resident, after load", [pair[1].resident() / pair[0].resident()], less);
  const down = async (proxy: Proxy) => await download(proxy) ?? NaN;
  say("1 GiB down", await inTurns(pair, down), "");
  const up = async (proxy: Proxy) => await upload(proxy) ?? NaN;
  say("1 GiB up", await inTurns(pair, up), "");
  const streams = [await idleStreams(pair[0]), await idleStreams(pair[1])];
  say(`${STREAMS} idle streams`, [streams[1]!.each / streams[0]!.each], less);
}

/** Measures both several times, each first in every other turn; returns the second's figure for each 1 of the first's. */
async function inTurns(
  pair: readonly [Proxy, Proxy],
  measure: (proxy: Proxy) => Promise<number>,
): Promise<number[]> {
  const ratios: number[] = [];
  for (let turn = 0; turn < TURNS; turn++) {
    const figures = [0, 0];
    for (const which of turn % 2 === 0 ? [0, 1] : [1, 0]) {
      figures[which] = await measure(pair[which]!);
    }
    ratios.push(figures[1]! / figures[0]!);
  }
  return ratios;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/**
 * What a setting costs: two proxies that differ in it alone, on the processor
 * time of their processes for a request, and on requests a second.
 *
 * @module
 */

import { wrk } from "./loads.ts";
import type { Proxy } from "./proxies.ts";

const CONNECTIONS = 16;
const TURNS = 9;

/**
 * Measures turn by turn, and prints.
 *
 * @param what What is measured, for the line.
 * @param pair The proxy without the setting, and with it.
 * @param path What is asked for.
 */
export async function compareCost(
  what: string,
  pair: readonly [Proxy, Proxy],
  path: string,
  seconds: number,
): Promise<void> {
  for (const proxy of pair) await wrk(proxy, path, CONNECTIONS, 1);
  const cpu: number[] = [];
  const rates: number[] = [];
  for (let turn = 0; turn < TURNS; turn++) {
    // Each first in every other turn: what came before weighs on both.
    const order = turn % 2 === 0 ? [0, 1] : [1, 0];
    const costs = [NaN, NaN];
    const rate = [NaN, NaN];
    for (const which of order) {
      const before = pair[which]!.cpu();
      const load = await wrk(pair[which]!, path, CONNECTIONS, seconds);
      if (load === null) continue;
      costs[which] = (pair[which]!.cpu() - before) / load.requests;
      rate[which] = load.rate;
    }
    cpu.push(costs[1]! / costs[0]!);
    rates.push(rate[1]! / rate[0]!);
  }
  console.log(
    `${what}: CPU for a request ${shown(cpu)} (at most 1.05); requests/s ${
      shown(rates)
    } (at least 0.95)`,
  );
}

/** The median, and all. */
function shown(ratios: readonly number[]): string {
  const sorted = ratios.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)]!;
  return `${middle.toFixed(3)} (${
    sorted.map((ratio) => ratio.toFixed(2)).join(" ")
  })`;
}

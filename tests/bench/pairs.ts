/**
 * Two proxies on the processor time for a request, and on requests a second.
 *
 * @module
 */

import { wrk } from "./loads.ts";
import type { Proxy } from "./proxies.ts";

/** Requests of each kind. */
export const PLAIN_LOADS = [
  ["list of containers", "/v1.41/containers/json"],
  ["inspect of a container", "/v1.41/containers/web/json"],
] as const;
const CONNECTIONS = 16;
const TURNS = 9;

/**
 * Measures two proxies in turns, and prints what the second one costs.
 *
 * @param what The runtime and the load.
 * @param who What the second one is.
 * @param bounds What is wanted, as it is printed.
 */
export async function measurePair(
  what: string,
  who: string,
  pair: readonly [Proxy, Proxy],
  path: string,
  seconds: number,
  bounds: { readonly cpu: string; readonly rate: string },
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
    `${what}: ${who} takes ${
      shown(cpu)
    } of the CPU of serve for a request (${bounds.cpu}); requests/s ${
      shown(rates)
    } (${bounds.rate})`,
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

/**
 * What recording costs: `learn --record` against `serve`, both with the same
 * grants, on the processor time of the proxy's process for a request.
 *
 * @module
 */

import { wrk } from "./loads.ts";
import { type Proxy, startSockwarden } from "./proxies.ts";

/** Requests of each kind. */
const LOADS = [
  ["list of containers", "/v1.41/containers/json"],
  ["inspect of a container", "/v1.41/containers/web/json"],
] as const;
const CONNECTIONS = 16;
const TURNS = 9;

/** Measures on one runtime from source and on these binaries, and prints. */
export async function compareLearning(
  folder: string,
  socket: string,
  binaries: readonly string[],
  seconds: number,
): Promise<void> {
  let port = 23990;
  for (const binary of [null, ...binaries]) {
    const name = binary === null ? "deno run" : binary.replace(/^.*\//, "");
    // The lean binary gives up root before it opens the recording.
    const recordings = `${folder}/recordings-${port}`;
    await Deno.mkdir(recordings);
    await Deno.chmod(recordings, 0o777);
    const learning = ["learn", `--record=${recordings}/run.jsonl`];
    const serve = await startSockwarden(name, binary, socket, port++);
    const learn = await startSockwarden(
      ...[name, binary, socket, port++] as const,
      ...[null, undefined, learning] as const,
    );
    try {
      for (const [what, path] of LOADS) {
        await measure(`${name}, ${what}`, [serve, learn], path, seconds);
      }
    } finally {
      await serve.stop();
      await learn.stop();
    }
  }
}

async function measure(
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
    `${what}: learn --record takes ${
      shown(cpu)
    } of the CPU of serve for a request (at most 1.05); requests/s ${
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

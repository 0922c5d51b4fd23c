/**
 * What guards cost: a creation that is judged, what it takes from other
 * clients, and an answer in which something is hidden.
 *
 * Where it can be, the processor time of the proxy's process is what counts:
 * other programs on the machine weigh less on it than on the time that passes.
 *
 * @module
 */

import { CREATE_BODY } from "./guard_engine.ts";
import { wrk } from "./loads.ts";
import { type Proxy, startEngine, startSockwarden } from "./proxies.ts";

const CREATE = "/v1.41/containers/create?name=web";
/** The same answer each time, one that differs in one member, and that of another container. */
const INSPECTS = [
  ["the same each time", "/v1.41/containers/web/json"],
  ["another output each time", "/v1.41/containers/ill/json"],
  ["another container each time", "/v1.41/containers/new/json"],
] as const;
const VERSION = "/v1.41/version";
const GRANTS = "allow: [system.version, container.create, container.inspect]";
const READS = "allow: [system.version, container.inspect]";
/** Judged creations of a second. */
const CREATES_PER_SECOND = 100;
const TURNS = 5;

/** Measures on one runtime from source and on these binaries, and prints. */
export async function compareGuards(
  folder: string,
  binaries: readonly string[],
  seconds: number,
): Promise<void> {
  const socket = `${folder}/guards.sock`;
  const script = `${folder}/create.lua`;
  await Deno.writeTextFile(
    script,
    `wrk.method = "POST"\nwrk.body = [==[${CREATE_BODY}]==]\nwrk.headers["Content-Type"] = "application/json"\n`,
  );
  const engine = await startEngine("guard_engine.ts", socket);
  let port = 23980;
  try {
    for (const binary of [null, ...binaries]) {
      const name = binary === null ? "deno run" : binary.replace(/^.*\//, "");
      const path = `${folder}/guards-${port}.yaml`;
      await Deno.writeTextFile(path, policyOf(port));
      const proxy = await startSockwarden(name, binary, socket, port, path);
      try {
        await measure(proxy, script, seconds);
      } finally {
        await proxy.stop();
      }
      port += 10;
    }
  } finally {
    await engine.stop();
  }
}

/** A client that creates unjudged, one that is judged, and one from which answers are hidden. */
function policyOf(port: number): string {
  const client = (who: string, at: number, more: string) =>
    `  ${who}: { listen: "tcp://127.0.0.1:${port + at}", ${more} }\n`;
  return `clients:\n${client("free", 1, GRANTS)}${
    client("judged", 2, `${GRANTS}, guard: standard`)
  }${client("hidden", 3, `${READS}, hide: [env, args, mounts]`)}`;
}

async function measure(
  proxy: Proxy,
  script: string,
  seconds: number,
): Promise<void> {
  const at = (its: number): Proxy => ({ ...proxy, port: proxy.port + its });
  const [free, judged, hidden] = [at(1), at(2), at(3)];
  const say = (what: string, figure: string) =>
    console.log(`${proxy.name}, ${what}: ${figure}`);
  const creates = await inTurns(
    () => costOf(judged, CREATE, seconds, script),
    () => costOf(free, CREATE, seconds, script),
  );
  say(
    `a create of ${CREATE_BODY.length} bytes, judged`,
    `${ms(creates.first)} of CPU, unjudged ${
      ms(creates.second)
    }: for each 1.00 ${shown(creates.ratios)} (judged at most 1 ms)`,
  );
  for (const [which, path] of INSPECTS) {
    const inspects = await inTurns(
      () => costOf(hidden, path, seconds),
      () => costOf(free, path, seconds),
    );
    say(
      `an inspect of 20 KiB, ${which}, rewritten`,
      `${ms(inspects.first)} of CPU, relayed ${
        ms(inspects.second)
      }: for each 1.00 ${
        shown(inspects.ratios)
      } (at most 1.5 on V8, 3 on lean)`,
    );
  }
  const waits = await inTurns(
    async () => await p99Beside(judged, free, seconds),
    async () => (await wrk(free, VERSION, 16, seconds))?.p99 ?? NaN,
  );
  say(
    `p99 of other clients beside ${CREATES_PER_SECOND} judged creates/s`,
    `${ms(waits.first)}, in quiet ${ms(waits.second)}: for each 1.00 ${
      shown(waits.ratios)
    } (at most 2)`,
  );
}

interface Compared {
  /** The medians. */
  readonly first: number;
  readonly second: number;
  /** The first for each 1 of the second, turn by turn. */
  readonly ratios: readonly number[];
}

/** Measures both several times, each first in every other turn, after one turn that does not count. */
async function inTurns(
  first: () => Promise<number>,
  second: () => Promise<number>,
): Promise<Compared> {
  await first();
  await second();
  const turns: [number, number][] = [];
  for (let turn = 0; turn < TURNS; turn++) {
    if (turn % 2 === 0) {
      const one = await first();
      turns.push([one, await second()]);
    } else {
      const other = await second();
      turns.push([await first(), other]);
    }
  }
  return {
    first: median(turns.map(([one]) => one)),
    second: median(turns.map(([, other]) => other)),
    ratios: turns.map(([one, other]) => one / other),
  };
}

/** Milliseconds of the proxy's CPU that one request takes. */
async function costOf(
  proxy: Proxy,
  path: string,
  seconds: number,
  script?: string,
): Promise<number> {
  const before = proxy.cpu();
  const load = await wrk(proxy, path, 1, seconds, { script });
  return load === null ? NaN : (proxy.cpu() - before) / load.requests;
}

/** The p99 of other clients while one creates containers at a rate. */
async function p99Beside(
  judged: Proxy,
  others: Proxy,
  seconds: number,
): Promise<number> {
  const creates = createAtRate(judged, seconds * CREATES_PER_SECOND);
  const load = await wrk(others, VERSION, 16, seconds);
  await creates;
  return load?.p99 ?? NaN;
}

async function createAtRate({ port }: Proxy, count: number): Promise<void> {
  const start = performance.now();
  for (let sent = 0; sent < count; sent++) {
    const wait = start + sent * 1000 / CREATES_PER_SECOND - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const answer = await fetch(`http://127.0.0.1:${port}${CREATE}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: CREATE_BODY,
    });
    const text = await answer.text();
    if (answer.status !== 201) throw new Error(text);
  }
}

function ms(value: number): string {
  return `${value.toFixed(3)} ms`;
}

function shown(ratios: readonly number[]): string {
  return `${median(ratios).toFixed(2)} (${
    ratios.map((ratio) => ratio.toFixed(2)).sort().join(" ")
  })`;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/**
 * What scopes cost: to the client that has one, and to those that have none.
 *
 * @module
 */

import { wrk } from "./loads.ts";
import { type Proxy, startEngine, startSockwarden } from "./proxies.ts";
import {
  CONTAINERS,
  EVENT_SECONDS,
  EVENTS_PER_SECOND,
  IN_SCOPE,
  MINE,
} from "./scope_engine.ts";

const LIST = "/v1.41/containers/json";
const INSPECT = `/v1.41/containers/${MINE}/json`;
const VERSION = "/v1.41/version";
const GRANTS =
  "allow: [system.version, system.events, container.list, container.inspect]";

/** Measures on one runtime from source and on these binaries, and prints. */
export async function compareScopes(
  folder: string,
  binaries: readonly string[],
  seconds: number,
): Promise<void> {
  const socket = `${folder}/scopes.sock`;
  const engine = await startEngine("scope_engine.ts", socket);
  let port = 23960;
  try {
    for (const binary of [null, ...binaries]) {
      const name = binary === null ? "deno run" : binary.replace(/^.*\//, "");
      await measure(name, { folder, socket, binary, port, seconds });
      port += 10;
    }
  } finally {
    await engine.stop();
  }
}

interface Options {
  readonly folder: string;
  readonly socket: string;
  readonly binary: string | null;
  /** The first of the ports that are used. */
  readonly port: number;
  readonly seconds: number;
}

async function measure(name: string, options: Options): Promise<void> {
  const { folder, socket, binary, port, seconds } = options;
  const path = `${folder}/scopes-${port}.yaml`;
  const bare = `${folder}/bare-${port}.yaml`;
  const client = (who: string, at: number, more: string) =>
    `  ${who}: { listen: "tcp://127.0.0.1:${at}", ${GRANTS}${more} }\n`;
  await Deno.writeTextFile(
    path,
    `clients:\n${client("free", port + 1, "")}${
      client("shop", port + 2, ", containers: { label: team=shop }")
    }`,
  );
  await Deno.writeTextFile(
    bare,
    `clients:\n${client("free", port + 4, "")}${client("shop", port + 5, "")}`,
  );
  const scoped = await startSockwarden(name, binary, socket, port, path);
  const plain = await startSockwarden(name, binary, socket, port + 3, bare);
  const at = (proxy: Proxy, its: number): Proxy => ({ ...proxy, port: its });
  const free = at(scoped, port + 1);
  const shop = at(scoped, port + 2);
  const say = (what: string, figure: string) =>
    console.log(`${name}, ${what}: ${figure}`);
  try {
    say(
      "requests/s of a client without a scope, beside one with: for each 1.00 without scopes",
      await ratio(free, at(plain, port + 4), seconds),
    );
    say(
      "GET of a container: more than the relay",
      `${await difference(shop, free, INSPECT, seconds)} (p50)`,
    );
    if (!await isServed(shop, LIST)) {
      say("a list of 1,000 containers, filtered to 10", "refused so far");
      return;
    }
    const before = scoped.resident();
    await wrk(free, LIST, 1, seconds);
    const relayed = scoped.resident();
    say(
      "a list of 1,000 containers, filtered to 10: more than the relay",
      `${await difference(
        shop,
        free,
        LIST,
        seconds,
      )} (p50; at most 15 ms on V8, 60 ms on lean)`,
    );
    say(
      "resident memory that it takes",
      `${((scoped.resident() - relayed) * 1024).toFixed(0)} KiB more than ${
        ((relayed - before) * 1024).toFixed(0)
      } KiB of the relay (at most 256 KiB)`,
    );
    await measureEvents(say, free, shop);
  } finally {
    await scoped.stop();
    await plain.stop();
  }
}

async function ratio(
  one: Proxy,
  other: Proxy,
  seconds: number,
): Promise<string> {
  const ratios: number[] = [];
  for (let turn = 0; turn < 8; turn++) {
    const rates = [0, 0];
    // Each first in every other turn: what came before weighs on both.
    for (const which of turn % 2 === 0 ? [0, 1] : [1, 0]) {
      const proxy = which === 0 ? one : other;
      rates[which] = (await wrk(proxy, VERSION, 16, seconds))?.rate ?? NaN;
    }
    ratios.push(rates[0]! / rates[1]!);
  }
  // The geometric mean: neither order counts for more.
  return Math.exp(
    ratios.reduce((sum, one) => sum + Math.log(one), 0) / ratios.length,
  ).toFixed(2);
}

async function difference(
  one: Proxy,
  other: Proxy,
  path: string,
  seconds: number,
): Promise<string> {
  const p50 = async (proxy: Proxy) =>
    (await wrk(proxy, path, 1, seconds))?.p50 ?? NaN;
  const more = await p50(one) - await p50(other);
  return `${more.toFixed(2)} ms`;
}

async function isServed({ port }: Proxy, path: string): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  await answer.body?.cancel();
  return answer.ok;
}

/** The p99 of 100 clients in quiet, and while one stream of events is filtered. */
async function measureEvents(
  say: (what: string, figure: string) => void,
  free: Proxy,
  shop: Proxy,
): Promise<void> {
  const quiet = await wrk(free, VERSION, 100, 4);
  const stream = eventsOf(shop);
  const busy = await wrk(free, VERSION, 100, 4);
  const { mine, others } = await stream;
  say(
    `p99 of 100 clients while ${EVENTS_PER_SECOND} events/s are filtered: for each 1.00 in quiet`,
    `${((busy?.p99 ?? NaN) / (quiet?.p99 ?? NaN)).toFixed(2)} (at most 2)`,
  );
  const all = EVENTS_PER_SECOND * EVENT_SECONDS * IN_SCOPE / CONTAINERS;
  say(
    "events in scope that came",
    `${mine} of ${all}, and ${others} of others (none)`,
  );
}

/** Reads a stream to its end; the events in it of containers in scope, and of others. */
async function eventsOf(
  { port }: Proxy,
): Promise<{ mine: number; others: number }> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1.41/events`);
  const numbers = [...(await answer.text()).matchAll(/"number":"([0-9]+)"/g)];
  const mine =
    numbers.filter(([, number]) =>
      Number(number) % (CONTAINERS / IN_SCOPE) === 0
    ).length;
  return { mine, others: numbers.length - mine };
}

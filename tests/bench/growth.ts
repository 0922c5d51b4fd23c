/**
 * How cost grows with clients of the policy, rules of a client, containers of the
 * engine and open streams: 1 to 10,000 of each.
 *
 * @module
 */

import { markdown, shown } from "./figures.ts";
import { idleStreams, LOADS, wrk } from "./loads.ts";
import { type Proxy, startEngine, startSockwarden } from "./proxies.ts";
import { MINE } from "./scope_engine.ts";

const STEPS = [1, 10, 100, 1000, 10_000];
const CONNECTIONS = 16;
const SECONDS = 2;
const LIST = LOADS[0][1];
/** A route that no table has, so that a rule names its path. */
const ROUTE = (n: number) => `/v1.41/route/${n}`;

/** What grows, and what it is measured on. */
interface Bench {
  readonly folder: string;
  readonly socket: string;
  readonly binary: string | null;
}

/** Milliseconds of the proxy's CPU that a request takes. */
async function costOf(
  proxy: Proxy,
  path: string,
  { close = false } = {},
): Promise<number> {
  await wrk(proxy, path, CONNECTIONS, 1, { close });
  const before = proxy.cpu();
  const load = await wrk(proxy, path, CONNECTIONS, SECONDS, { close });
  return (proxy.cpu() - before) / (load?.requests ?? NaN);
}

/** Milliseconds of the proxy's CPU that one of a few answers takes, however long they are. */
async function costOfFew(proxy: Proxy, path: string): Promise<number> {
  const ask = async () => {
    const answer = await fetch(`http://127.0.0.1:${proxy.port}${path}`);
    const { byteLength } = await answer.arrayBuffer();
    if (!answer.ok || byteLength === 0) throw new Error(`${path} is refused`);
  };
  await ask();
  const before = proxy.cpu();
  const start = performance.now();
  let asked = 0;
  for (; asked < 5 || performance.now() - start < SECONDS * 1000; asked++) {
    await ask();
  }
  return (proxy.cpu() - before) / asked;
}

const micro = (milliseconds: number) => shown(milliseconds * 1000);
const count = (value: number) => value.toLocaleString("en");

let port = 24100;

/** Starts sockwarden with a policy; the seconds of CPU until it took connections, too. */
async function started(
  { folder, socket, binary }: Bench,
  policy: string | null,
  words: readonly string[] = [],
): Promise<{ proxy: Proxy; seconds: number }> {
  const at = port++;
  let path: string | null = null;
  if (policy !== null) {
    path = `${folder}/growth-${at}.yaml`;
    await Deno.writeTextFile(path, policy);
  }
  const proxy = await startSockwarden(
    ...["growth", binary, socket, at, path, undefined, words] as const,
  );
  return { proxy, seconds: proxy.cpu() / 1000 };
}

/** A policy file holds 10,000 values at most: five for each client below, one for each rule. */
const MOST_CLIENTS = 1990;
const MOST_RULES = 9990;
const RULES = "[container.list, container.inspect, system.events]";

/** Clients by address; the one that the bench is stands last. */
async function clients(bench: Bench): Promise<string> {
  const rows = [[
    ...["clients", "start, s of CPU", "resident, MiB"],
    ...["µs a request, kept", "µs a request, new connection"],
  ]];
  for (const step of STEPS) {
    const number = Math.min(step, MOST_CLIENTS);
    const lines = Array.from({ length: number }, (_, i) => {
      const address = i === number - 1
        ? "127.0.0.1"
        : `10.${i >> 16}.${i >> 8 & 255}.${i & 255}`;
      return `  client${i}:\n    from:\n      cidr: ${address}\n    allow:\n      - container.list\n`;
    });
    const text = `clients:\n${lines.join("")}`;
    const { proxy, seconds } = await started(bench, text);
    const resident = proxy.resident();
    const kept = await costOf(proxy, LIST);
    const fresh = await costOf(proxy, LIST, { close: true });
    await proxy.stop();
    rows.push([
      count(number),
      ...[seconds, resident].map(shown),
      ...[kept, fresh].map(micro),
    ]);
  }
  return markdown(rows);
}

/** Rules on paths, of one client; a request under the last, and one under an operation's. */
async function rules(bench: Bench): Promise<string> {
  const rows = [[
    ...["rules", "start, s of CPU", "resident, MiB"],
    ...["µs a request, an operation", "µs a request, the last rule's path"],
  ]];
  for (const step of STEPS) {
    const number = Math.min(step, MOST_RULES);
    const lines = Array.from(
      { length: number },
      (_, i) => `      - GET ${ROUTE(i).replace("/v1.41", "")}\n`,
    );
    const text =
      `clients:\n  one:\n    from: { cidr: 127.0.0.1 }\n    allow:\n      - container.list\n${
        lines.join("")
      }`;
    const { proxy, seconds } = await started(bench, text);
    const resident = proxy.resident();
    const operation = await costOf(proxy, LIST);
    const route = await costOf(proxy, ROUTE(number - 1));
    await proxy.stop();
    rows.push([
      count(number),
      ...[seconds, resident].map(shown),
      ...[operation, route].map(micro),
    ]);
  }
  return markdown(rows);
}

/** Containers of the engine, for a client that is held to one in a hundred. */
async function containers(bench: Bench): Promise<string> {
  const rows = [[
    ...["containers", "ms a list, all", "ms a list, held to 1 in 100"],
    ...["µs a GET of one, held", "resident, MiB"],
  ]];
  const one = `/v1.41/containers/${MINE}/json`;
  for (const number of STEPS) {
    const socket = `${bench.folder}/containers-${number}.sock`;
    const engine = await startEngine(
      "scope_engine.ts",
      socket,
      String(number),
    );
    const of = { ...bench, socket };
    const client = `from: { cidr: 127.0.0.1 }, allow: ${RULES}`;
    const all = await started(of, `clients:\n  one: { ${client} }\n`);
    const held = await started(
      of,
      `clients:\n  one: { ${client}, containers: { label: team=shop } }\n`,
    );
    // The index is read before it is measured.
    await costOfFew(held.proxy, one);
    rows.push([
      count(number),
      shown(await costOfFew(all.proxy, LIST)),
      shown(await costOfFew(held.proxy, LIST)),
      micro(await costOf(held.proxy, one)),
      shown(held.proxy.resident()),
    ]);
    for (const { proxy } of [all, held]) await proxy.stop();
    await engine.stop();
  }
  return markdown(rows);
}

/** Open streams, and requests beside them. */
async function streams(bench: Bench): Promise<string> {
  const rows = [[
    ...["streams", "set-up, s", "KiB each", "µs a request beside them"],
    "resident 10 s after they closed, MiB",
  ]];
  for (const step of STEPS) {
    const number = Math.min(step, mostStreams());
    const most = [`--max-connections=${number + 100}`];
    const { proxy } = await started(bench, null, most);
    await wrk(proxy, LIST, CONNECTIONS, 1);
    let beside = NaN;
    const { setUp, each, after } = await idleStreams(
      proxy,
      number,
      async () => {
        beside = await costOf(proxy, LIST);
      },
    );
    await proxy.stop();
    rows.push([
      count(number),
      // A few are less than what a page of memory tells.
      ...[setUp, number < 100 ? NaN : each].map(shown),
      micro(beside),
      shown(after),
    ]);
  }
  return markdown(rows);
}

/** The streams that the limit of descriptors allows: two for each. */
function mostStreams(): number {
  const limits = Deno.readTextFileSync("/proc/self/limits");
  const hard = /^Max open files +\S+ +([0-9]+)/m.exec(limits)![1];
  return Math.floor((Number(hard) - 300) / 2);
}

/**
 * Measures all four, and prints each; the tables in Markdown.
 *
 * @param binary The lean binary, or null for the source on stock Deno.
 */
export async function measureGrowth(
  folder: string,
  socket: string,
  binary: string | null,
): Promise<string> {
  const bench = { folder, socket, binary };
  const parts: string[] = [];
  for (const measure of [clients, rules, containers, streams]) {
    const table = await measure(bench);
    console.log(`${table}\n`);
    parts.push(table);
  }
  return parts.join("\n\n");
}

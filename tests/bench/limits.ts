/**
 * What the limits of clients are worth, and what they cost: how long one client
 * waits while another one floods, with and without limits of the other; and the
 * processor time of a request of a client that has limits which it never meets.
 *
 * @module
 */

import { wrk } from "./loads.ts";
import { measurePair, PLAIN_LOADS } from "./pairs.ts";
import { type Proxy, startSockwarden } from "./proxies.ts";

const [[, PATH]] = PLAIN_LOADS;
/** Connections of the client that floods. */
const FLOODING = 64;
const TURNS = 5;
/** What is wanted of a client that has limits and does not meet them. */
const BOUNDS = { cpu: "at most 1.05", rate: "at least 0.95" };
const MET = "{ requests: 8, rate: 100 }";
const UNMET = "{ requests: 10000, streams: 10000, rate: 100000 }";

/** Measures on one runtime from source and on these binaries, and prints. */
export async function compareLimits(
  folder: string,
  socket: string,
  binaries: readonly string[],
  seconds: number,
): Promise<void> {
  let port = 24210;
  for (const binary of [null, ...binaries]) {
    const name = binary === null ? "deno run" : binary.replace(/^.*\//, "");
    const start = async (noisy: string, calm = "") => {
      const at = port++;
      // The proxy's own port, and those of its clients.
      const ports = [at, at + 100, at + 200] as const;
      const path = `${folder}/limits-${at}.yaml`;
      await Deno.writeTextFile(path, policyOf(ports, noisy, calm));
      const proxy = await startSockwarden(name, binary, socket, at, path);
      const of = (port: number) => ({ ...proxy, port });
      return { proxy, noisy: of(ports[1]), calm: of(ports[2]) };
    };
    const open = await start("");
    const limited = await start(MET);
    const unmet = await start("", UNMET);
    try {
      await compareFlood(`${name}, no limits`, open, seconds);
      await compareFlood(`${name}, ${MET}`, limited, seconds);
      const pair = [open.calm, unmet.calm] as const;
      await measurePair(name, "a limit", pair, PATH, seconds, BOUNDS);
    } finally {
      for (const { proxy } of [open, limited, unmet]) await proxy.stop();
    }
  }
}

function policyOf(
  [, noisy, calm]: readonly number[],
  ...limits: readonly [noisy: string, calm: string]
): string {
  const clients = [["noisy", noisy], ["calm", calm]] as const;
  return "clients:\n" +
    clients.map(([name, port], i) =>
      `  ${name}: { listen: "tcp://127.0.0.1:${port}", allow: [container.list]${
        limits[i] === "" ? "" : `, limits: ${limits[i]}`
      } }\n`
    ).join("");
}

/** Two clients of one proxy. */
interface Clients {
  readonly noisy: Proxy;
  readonly calm: Proxy;
}

/** Prints how long requests of the calm client take while the other one is quiet, and while it floods. */
async function compareFlood(
  what: string,
  { noisy, calm }: Clients,
  seconds: number,
): Promise<void> {
  const quiet: number[] = [];
  const flooded: number[] = [];
  const ratios: number[] = [];
  let answered = 0;
  await wrk(calm, PATH, 1, 1);
  for (let turn = 0; turn < TURNS; turn++) {
    const alone = await wrk(calm, PATH, 1, seconds);
    const flood = startFlood(noisy, seconds + 2);
    // Until all its connections are open and what is let through at once has been.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const beside = await wrk(calm, PATH, 1, seconds);
    answered += await flood;
    if (alone === null || beside === null) return;
    quiet.push(alone.p99);
    flooded.push(beside.p99);
    ratios.push(beside.p99 / alone.p99);
  }
  console.log(
    `${what}: p99 of the other client ${middle(quiet).toFixed(2)} ms quiet, ${
      middle(flooded).toFixed(2)
    } ms beside a flood of ${FLOODING} connections that got ${
      Math.round(answered / TURNS / (seconds + 2))
    } answers/s: ${middle(ratios).toFixed(2)} (${
      ratios.map((ratio) => ratio.toFixed(2)).join(" ")
    }; with limits below 2)`,
  );
}

/** Floods for so many seconds; resolves with how many answers came. */
async function startFlood(proxy: Proxy, seconds: number): Promise<number> {
  const { stdout } = await new Deno.Command("wrk", {
    args: [
      ...["-t1", `-c${FLOODING}`, `-d${seconds}s`],
      `http://127.0.0.1:${proxy.port}${PATH}`,
    ],
  }).output();
  const text = new TextDecoder().decode(stdout);
  return Number(/([0-9]+) requests in/.exec(text)?.[1] ?? 0);
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/**
 * What the admin listener costs, with a reader of its events and a scrape each
 * second: at full load, at 2,000 requests a second, and in memory.
 *
 * @module
 */

import { wrk } from "./loads.ts";
import { measurePair } from "./pairs.ts";
import { type Proxy, startSockwarden } from "./proxies.ts";

const PATH = "/v1.41/containers/json";
/** What is wanted. */
const BOUNDS = { cpu: "at most 1.05", rate: "at least 0.95" };
/** Requests a second of a client that does not ask for all that there is. */
const RATE = 2000;
const CLIENTS = 8;
/** Requests after which memory is looked at. */
const MANY = 1_000_000;

/** Measures on one runtime from source and on these binaries, and prints. */
export async function compareAdmin(
  socket: string,
  binaries: readonly string[],
  seconds: number,
): Promise<void> {
  let port = 24010;
  for (const binary of [null, ...binaries]) {
    const name = binary === null ? "deno run" : binary.replace(/^.*\//, "");
    const serve = await startSockwarden(name, binary, socket, port++);
    const admin = `127.0.0.1:${port + 100}`;
    const watched = await startSockwarden(
      ...[name, binary, socket, port++] as const,
      ...[null, undefined, [`--admin=tcp://${admin}`]] as const,
    );
    const leave = lookOn(`http://${admin}`);
    try {
      const pair = [serve, watched] as const;
      await measurePair(name, "--admin", pair, PATH, seconds, BOUNDS);
      await comparePaced(`--admin, ${name}, ${RATE} requests/s`, pair, seconds);
      await compareMemory(`--admin, ${name}`, pair);
    } finally {
      leave();
      await serve.stop();
      await watched.stop();
    }
  }
}

/** Reads the events and scrapes each second, until it is told to leave. */
function lookOn(url: string): () => void {
  const abort = new AbortController();
  const { signal } = abort;
  const read = async () => {
    const { body } = await fetch(`${url}/api/v1/events`, { signal });
    for await (const _ of body!);
  };
  read().catch(() => {});
  const timer = setInterval(() => {
    fetch(`${url}/metrics`, { signal }).then((answer) => answer.text())
      .catch(() => {});
  }, 1000);
  return () => {
    clearInterval(timer);
    abort.abort();
  };
}

/** Prints how many of the requests are answered, and what they take, where they come at a rate. */
async function comparePaced(
  what: string,
  pair: readonly [Proxy, Proxy],
  seconds: number,
): Promise<void> {
  const texts: string[] = [];
  const costs: number[] = [];
  for (const proxy of pair) {
    await paced(proxy.port, 1);
    const before = proxy.cpu();
    const answered = await paced(proxy.port, 2 * seconds);
    const cost = (proxy.cpu() - before) / answered;
    costs.push(cost);
    texts.push(
      `${(answered / 2 / seconds).toFixed(0)}/s at ${
        (cost * 1000).toFixed(0)
      } µs`,
    );
  }
  console.log(
    `${what}: ${texts.join(" without, ")} with: CPU for a request ${
      (costs[1]! / costs[0]!).toFixed(3)
    }`,
  );
}

/** Sends requests at the rate; returns how many were answered. */
async function paced(port: number, seconds: number): Promise<number> {
  const request = new TextEncoder().encode(
    `GET ${PATH} HTTP/1.1\r\nHost: a\r\n\r\n`,
  );
  const start = performance.now();
  const client = async () => {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    const buffer = new Uint8Array(65536);
    let answered = 0;
    for (;;) {
      const passed = performance.now() - start;
      if (passed > seconds * 1000) break;
      // Those that are due by now, one after the other.
      while (answered < passed / 1000 * RATE / CLIENTS) {
        await conn.write(request);
        await conn.read(buffer);
        answered++;
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    conn.close();
    return answered;
  };
  const all = await Promise.all(Array.from({ length: CLIENTS }, client));
  return all.reduce((sum, one) => sum + one, 0);
}

/** Prints the resident memory while many requests come. */
async function compareMemory(
  what: string,
  pair: readonly [Proxy, Proxy],
): Promise<void> {
  for (
    const [with_, proxy] of [["without", pair[0]], ["with", pair[1]]] as const
  ) {
    const texts: string[] = [];
    let sent = 0;
    for (let next = 0; sent < MANY;) {
      if (sent >= next) {
        texts.push(
          `${(sent / 1000).toFixed(0)}k: ${proxy.resident().toFixed(1)}`,
        );
        next += MANY / 4;
      }
      sent += (await wrk(proxy, PATH, 16, 2))?.requests ?? MANY;
    }
    texts.push(`${(sent / 1000).toFixed(0)}k: ${proxy.resident().toFixed(1)}`);
    console.log(`${what}, resident MiB ${with_}: ${texts.join(", ")}`);
  }
}

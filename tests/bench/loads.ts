/**
 * The loads that proxies are compared under.
 *
 * @module
 */

import { BULK } from "./engine.ts";
import type { Proxy } from "./proxies.ts";

/** Event streams at once. */
export const STREAMS = 1000;

/** What is requested again and again: a name and its path. */
export const LOADS = [
  ["small JSON", "/v1.41/containers/json"],
  ["64 KiB JSON", "/v1.41/containers/json?all=1"],
  ["refused", "/v1.41/images/json"],
] as const;

/** How a proxy is loaded. */
export interface LoadOptions {
  /** A program of wrk's that makes the requests. */
  readonly script?: string;
  /** Whether each request has a connection of its own. */
  readonly close?: boolean;
}

/** What a load came to; times in milliseconds. */
export interface Load {
  /** Requests a second. */
  readonly rate: number;
  readonly requests: number;
  readonly p50: number;
  readonly p99: number;
}

/**
 * Loads a proxy with requests for some seconds; null where wrk is not installed.
 *
 * @throws {Error} Where the proxy refuses what it should serve, or takes several
 *   requests on a connection that is meant for one.
 */
export async function wrk(
  proxy: Proxy,
  path: string,
  connections: number,
  seconds: number,
  { script, close = false }: LoadOptions = {},
): Promise<Load | null> {
  try {
    const accepted = acceptedConnections();
    const { stdout } = await new Deno.Command("wrk", {
      args: [
        "-t1",
        `-c${connections}`,
        `-d${seconds}s`,
        "--latency",
        ...(script === undefined ? [] : ["-s", script]),
        ...(close ? ["-H", "Connection: close"] : []),
        `http://127.0.0.1:${proxy.port}${path}`,
      ],
    }).output();
    const text = new TextDecoder().decode(stdout);
    // A proxy that only refuses would look fast.
    if (path !== LOADS[2][1] && text.includes("Non-2xx")) {
      throw new Error(`${proxy.name} does not serve ${path}:\n${text}`);
    }
    const requests = Number(/([0-9]+) requests in/.exec(text)![1]);
    const opened = acceptedConnections() - accepted;
    if (close && opened < requests) {
      throw new Error(
        `${requests} requests had ${opened} connections to ${proxy.name}`,
      );
    }
    const latency = (percent: string) => {
      const [, value, unit] = new RegExp(`${percent}%\\s+([0-9.]+)(us|ms|s)`)
        .exec(text)!;
      return Number(value) * { us: 0.001, ms: 1, s: 1000 }[unit as "us"]!;
    };
    return {
      rate: Number(/Requests\/sec:\s+([0-9.]+)/.exec(text)![1]),
      requests,
      p50: latency("50"),
      p99: latency("99"),
    };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return null;
  }
}

/** How many TCP connections were accepted on this machine so far. */
function acceptedConnections(): number {
  const [names, values] = Deno.readTextFileSync("/proc/net/snmp").split("\n")
    .filter((line) => line.startsWith("Tcp:")).map((line) => line.split(" "));
  return Number(values![names!.indexOf("PassiveOpens")]);
}

/** Opens a connection and sends a request line and its Host. */
async function request(proxy: Proxy, head: string): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: proxy.port });
  await conn.write(
    new TextEncoder().encode(`${head} HTTP/1.1\r\nHost: bench\r\n`),
  );
  return conn;
}

/** Reads from a connection; whether what came begins an answer 200. */
async function isServed(conn: Deno.Conn, buffer: Uint8Array) {
  const read = await conn.read(buffer) ?? 0;
  const text = new TextDecoder().decode(buffer.subarray(0, Math.min(read, 12)));
  return { served: text === "HTTP/1.1 200", read };
}

/** Downloads {@link BULK} bytes; returns MB/s, or null where it is refused. */
export async function download(proxy: Proxy): Promise<number | null> {
  const conn = await request(proxy, "GET /v1.41/containers/big/export");
  await conn.write(new TextEncoder().encode("\r\n"));
  const buffer = new Uint8Array(256 * 1024);
  const start = performance.now();
  const { served, read } = await isServed(conn, buffer);
  if (served) {
    for (let got = read; got < BULK;) got += await conn.read(buffer) ?? BULK;
  }
  const seconds = (performance.now() - start) / 1000;
  conn.close();
  return served ? BULK / 1e6 / seconds : null;
}

/** Uploads {@link BULK} bytes; returns MB/s, or null where it is refused. */
export async function upload(proxy: Proxy): Promise<number | null> {
  const conn = await request(proxy, "PUT /v1.41/containers/big/archive?path=/");
  await conn.write(
    new TextEncoder().encode(
      `Content-Type: application/x-tar\r\nContent-Length: ${BULK}\r\n\r\n`,
    ),
  );
  const block = new Uint8Array(256 * 1024);
  const start = performance.now();
  try {
    for (let sent = 0; sent < BULK;) {
      sent += await conn.write(block.subarray(0, BULK - sent));
    }
    if (!(await isServed(conn, block)).served) return null;
    return BULK / 1e6 / ((performance.now() - start) / 1000);
  } catch {
    // It closed the connection before all was sent.
    return null;
  } finally {
    conn.close();
  }
}

/** What idle event streams took. */
export interface Streams {
  /** Seconds until each of them had the head of its answer. */
  readonly setUp: number;
  /** KiB that each takes. */
  readonly each: number;
  /** MiB that the proxy holds, a while after all were closed. */
  readonly after: number;
}

/** Opens an event stream, and waits for the head of its answer. */
async function openStream(proxy: Proxy): Promise<Deno.Conn> {
  const conn = await request(proxy, "GET /v1.41/events");
  await conn.write(new TextEncoder().encode("\r\n"));
  const { served } = await isServed(conn, new Uint8Array(1024));
  if (!served) throw new Error(`${proxy.name} refused a stream`);
  return conn;
}

/** Milliseconds that a proxy has to give memory back. */
const SETTLES_MS = 10_000;

/**
 * Opens event streams, leaves them idle, and closes them.
 *
 * @param meanwhile What is done while they are open.
 */
export async function idleStreams(
  proxy: Proxy,
  count = STREAMS,
  meanwhile = () => Promise.resolve(),
): Promise<Streams> {
  const before = proxy.resident();
  const start = performance.now();
  const conns: Deno.Conn[] = [];
  // Many at once: HAProxy holds back each head for 200 ms. Not all: more do not fit
  // into the kernel's queue of connections that nobody has accepted.
  while (conns.length < count) {
    const some = Math.min(STREAMS, count - conns.length);
    conns.push(
      ...await Promise.all(
        Array.from({ length: some }, () => openStream(proxy)),
      ),
    );
  }
  const setUp = (performance.now() - start) / 1000;
  const each = (proxy.resident() - before) * 1024 / count;
  await meanwhile();
  for (const conn of conns) conn.close();
  await new Promise((resolve) => setTimeout(resolve, SETTLES_MS));
  return { setUp, each, after: proxy.resident() };
}

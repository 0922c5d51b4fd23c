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
/** Loads a proxy with requests; null where wrk is not installed. */
export async function wrk(
  proxy: Proxy,
  path: string,
  connections: number,
  seconds: number,
  /** A program of wrk's that makes the requests. */
  script: string | null = null,
): Promise<
  { rate: number; requests: number; p50: number; p99: number } | null
> {
  try {
    const { stdout } = await new Deno.Command("wrk", {
      args: [
        "-t1",
        `-c${connections}`,
        `-d${seconds}s`,
        "--latency",
        ...(script === null ? [] : ["-s", script]),
        `http://127.0.0.1:${proxy.port}${path}`,
      ],
    }).output();
    const text = new TextDecoder().decode(stdout);
    // A proxy that only refuses would look fast.
    if (path !== LOADS[2][1] && text.includes("Non-2xx")) {
      throw new Error(`${proxy.name} does not serve ${path}:\n${text}`);
    }
    const latency = (percent: string) => {
      const [, value, unit] = new RegExp(`${percent}%\\s+([0-9.]+)(us|ms|s)`)
        .exec(text)!;
      return Number(value) * { us: 0.001, ms: 1, s: 1000 }[unit as "us"]!;
    };
    return {
      rate: Number(/Requests\/sec:\s+([0-9.]+)/.exec(text)![1]),
      requests: Number(/([0-9]+) requests in/.exec(text)![1]),
      p50: latency("50"),
      p99: latency("99"),
    };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return null;
  }
}

/** Opens a connection and sends a request line and its Host. */
async function request(proxy: Proxy, head: string): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: proxy.port });
  await conn.write(
    new TextEncoder().encode(`${head} HTTP/1.1\r\nHost: bench\r\n`),
  );
  return conn;
}

/** Downloads {@link BULK} bytes; returns MB/s. */
export async function download(proxy: Proxy): Promise<number> {
  const conn = await request(proxy, "GET /v1.41/containers/big/export");
  await conn.write(new TextEncoder().encode("\r\n"));
  const buffer = new Uint8Array(256 * 1024);
  const start = performance.now();
  for (let got = 0; got < BULK;) got += await conn.read(buffer) ?? BULK;
  const seconds = (performance.now() - start) / 1000;
  conn.close();
  return BULK / 1e6 / seconds;
}

/** Uploads {@link BULK} bytes; returns MB/s. */
export async function upload(proxy: Proxy): Promise<number> {
  const conn = await request(proxy, "PUT /v1.41/containers/big/archive?path=/");
  await conn.write(
    new TextEncoder().encode(
      `Content-Type: application/x-tar\r\nContent-Length: ${BULK}\r\n\r\n`,
    ),
  );
  const block = new Uint8Array(256 * 1024);
  const start = performance.now();
  for (let sent = 0; sent < BULK;) {
    sent += await conn.write(block.subarray(0, BULK - sent));
  }
  await conn.read(block);
  const seconds = (performance.now() - start) / 1000;
  conn.close();
  return BULK / 1e6 / seconds;
}

/** Opens event streams; returns the KiB that each takes. */
export async function idleStreams(proxy: Proxy): Promise<number> {
  const before = proxy.resident();
  // All at once: HAProxy holds back each head for 200 ms.
  const conns = await Promise.all(
    Array.from({ length: STREAMS }, async () => {
      const conn = await request(proxy, "GET /v1.41/events");
      await conn.write(new TextEncoder().encode("\r\n"));
      await conn.read(new Uint8Array(1024));
      return conn;
    }),
  );
  const after = proxy.resident();
  for (const conn of conns) conn.close();
  return (after - before) * 1024 / STREAMS;
}

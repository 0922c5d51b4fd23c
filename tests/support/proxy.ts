/**
 * The proxy in this process, in front of a recording engine.
 *
 * @module
 */

import type { Limits } from "../../lib/proxy/limits.ts";
import type { ListenAddress } from "../../lib/net/address.ts";
import type { RequestRecord } from "../../lib/observe/record.ts";
import {
  compile,
  type Grants,
  type PolicyFile,
} from "../../lib/policy/compile.ts";
import { type Server, startServer } from "../../lib/proxy/server.ts";
import type { TlsMaterial } from "../../lib/listen/tls_conn.ts";
import {
  type Handler,
  latin1,
  type RecordingEngine,
  startEngine,
} from "./engine.ts";
import { grants } from "./grants.ts";

const LIMITS: Limits = {
  headBytes: 65536,
  headerCount: 100,
  requestLineBytes: 16384,
  maxConnections: 100,
  headTimeout: 10_000,
  idleTimeout: 600_000,
  stopGrace: 500,
};

/** A proxy with its engine. */
export interface Rig {
  readonly engine: RecordingEngine;
  readonly server: Server;
  readonly port: number;
  readonly records: RequestRecord[];
  readonly messages: string[];
  /** Connects to a listener, the first one unless said. */
  connect(listener?: number): Promise<TestClient>;
  /** Makes a client of a connection that the test has opened. */
  adopt(conn: Deno.Conn): TestClient;
}

/** What a rig is made of, where it differs from the usual. */
export interface RigOptions {
  readonly grants?: Grants;
  readonly file?: PolicyFile;
  readonly dryRun?: boolean;
  readonly inside?: boolean;
  readonly limits?: Partial<Limits>;
  readonly listeners?: readonly ListenAddress[];
  readonly tls?: TlsMaterial;
}

/** A raw client. */
export interface TestClient {
  readonly conn: Deno.Conn;
  send(text: string | Uint8Array): Promise<void>;
  /** Reads until the text appears, the end, or the time is over; returns all read so far. */
  until(text: string, milliseconds?: number): Promise<string>;
  /** Reads to the end; returns all read so far. */
  rest(milliseconds?: number): Promise<string>;
  /** All read so far. */
  seen(): string;
  close(): void;
}

/** Runs a test with a rig, and takes it down. */
export async function withRig(
  handler: Handler,
  options: RigOptions,
  run: (rig: Rig) => Promise<void>,
): Promise<void> {
  const engine = await startEngine(handler);
  const records: RequestRecord[] = [];
  const messages: string[] = [];
  const server = await startServer({
    policy: compile(
      options.grants ?? grants({ CONTAINERS: 1 }),
      options.file ?? null,
    ),
    inside: options.inside ?? false,
    dryRun: options.dryRun ?? false,
    engine: { kind: "unix", path: engine.path },
    listeners: options.listeners ??
      [{ kind: "tcp", host: "127.0.0.1", port: 0 }],
    tls: options.tls ?? null,
    limits: { ...LIMITS, ...options.limits },
    observe: (record) => records.push(record),
    denied: () => {},
    tell: (_level, message) => messages.push(message),
  });
  const address = server.addresses[0]!;
  const port = address.kind === "unix" ? 0 : address.port;
  const clients: TestClient[] = [];
  const adopt = (conn: Deno.Conn) => {
    const client = testClient(conn);
    clients.push(client);
    return client;
  };
  try {
    await run({
      engine,
      server,
      port,
      records,
      messages,
      async connect(listener = 0) {
        const to = server.addresses[listener]!;
        return adopt(
          to.kind === "unix"
            ? await Deno.connect({ transport: "unix", path: to.path })
            : await Deno.connect({ hostname: "127.0.0.1", port: to.port }),
        );
      },
      adopt,
    });
  } finally {
    for (const client of clients) client.close();
    await server.stop();
    await engine.stop();
  }
}

function testClient(conn: Deno.Conn): TestClient {
  let seen = "";
  let ended = false;
  let pending: Promise<void> | null = null;
  const buffer = new Uint8Array(65536);
  const read = () => {
    pending ??= conn.read(buffer).then((size) => {
      pending = null;
      if (size === null) ended = true;
      else seen += latin1(buffer.subarray(0, size));
    }, () => {
      pending = null;
      ended = true;
    });
    return pending;
  };
  const wait = async (done: () => boolean, milliseconds: number) => {
    const end = performance.now() + milliseconds;
    while (!done() && !ended) {
      const left = end - performance.now();
      if (left <= 0) break;
      let timer: ReturnType<typeof setTimeout> | undefined;
      await Promise.race([
        read(),
        new Promise<void>((resolve) => timer = setTimeout(resolve, left)),
      ]);
      clearTimeout(timer);
    }
    return seen;
  };
  return {
    conn,
    async send(content) {
      const bytes = typeof content === "string"
        ? Uint8Array.from(content, (c) => c.charCodeAt(0))
        : content;
      for (let at = 0; at < bytes.length;) {
        at += await conn.write(bytes.subarray(at));
      }
    },
    until: (text, milliseconds = 3000) =>
      wait(() => seen.includes(text), milliseconds),
    rest: (milliseconds = 3000) => wait(() => false, milliseconds),
    seen: () => seen,
    close() {
      try {
        conn.close();
      } catch {
        // Closed already.
      }
    },
  };
}

/** Waits until something holds; fails after the time. */
export async function eventually(
  what: string,
  holds: () => boolean,
  milliseconds = 3000,
): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A GET with a Host. */
export function get(target: string, ...fields: string[]): string {
  return request("GET", target, "", ...fields);
}

/** A request with a Host, and a length where there is a body. */
export function request(
  method: string,
  target: string,
  body: string,
  ...fields: string[]
): string {
  const length = body === "" ? [] : [`Content-Length: ${body.length}`];
  return [`${method} ${target} HTTP/1.1`, "Host: test", ...fields, ...length]
    .join("\r\n") + `\r\n\r\n${body}`;
}

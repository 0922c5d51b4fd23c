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
import {
  type Server,
  type ServerOptions,
  startServer,
} from "../../lib/proxy/server.ts";
import type { TlsMaterial } from "../../lib/listen/tls_conn.ts";
import { holdClock, real } from "./held_clock.ts";
import {
  type Handler,
  latin1,
  type RecordingEngine,
  startEngine,
} from "./engine.ts";
import { grants } from "./grants.ts";

export const LIMITS: Limits = {
  headBytes: 65536,
  headerCount: 100,
  requestLineBytes: 16384,
  memory: null,
  heldBytes: 16 << 20,
  maxConnections: 100,
  enginePool: 64,
  headTimeout: 10_000,
  idleTimeout: 600_000,
  stopGrace: 500,
};

/** Milliseconds that a test waits for what must come, on a machine that is busy. */
const PATIENCE_MS = 60_000;

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
  /** Lets time pass, in milliseconds, where the rig has a held clock. */
  advance(milliseconds: number): Promise<void>;
}

/**
 * Stands between the proxy and one of its TCP listeners: called for each
 * client that the proxy wants to accept.
 *
 * @param accept Accepts the next client.
 */
export type Acceptor = (
  accept: () => Promise<Deno.Conn>,
) => Promise<Deno.Conn>;

/** What a rig is made of, where it differs from the usual. */
export interface RigOptions {
  readonly grants?: Grants;
  readonly file?: PolicyFile;
  readonly dryRun?: boolean;
  readonly inside?: boolean;
  readonly limits?: Partial<Limits>;
  readonly listeners?: readonly ListenAddress[];
  readonly tls?: TlsMaterial;
  /** The proxy's clock and timers stand still but for {@link Rig.advance}. */
  readonly heldClock?: boolean;
  /** Makes who learns from requests. */
  readonly recorder?: ServerOptions["recorder"];
  /** Writes the audit. */
  readonly auditor?: ServerOptions["auditor"];
  /** Gets each record too. */
  readonly observe?: ServerOptions["observe"];
  /** How TCP listeners of the proxy accept. */
  readonly acceptor?: Acceptor;
  /** Gets each connection of the proxy to the engine before it is used. */
  readonly dialled?: (conn: Deno.Conn) => void;
}

/** How a connection is, as a client sees it. */
export type ClientState = "open" | "ended" | "broken";

/** A raw client. */
export interface TestClient {
  readonly conn: Deno.Conn;
  send(text: string | Uint8Array): Promise<void>;
  /**
   * Reads until the text has come so many times, or to the end; returns all
   * read so far.
   *
   * @throws Where neither comes in time.
   */
  until(text: string, times?: number, milliseconds?: number): Promise<string>;
  /**
   * Reads to the end; returns all read so far.
   *
   * @throws Where it does not come in time.
   */
  rest(milliseconds?: number): Promise<string>;
  /** Reads on until the connection ends, for what {@link seen} and {@link state} tell meanwhile. */
  follow(): void;
  /** All read so far. */
  seen(): string;
  /** How the last read found the connection: broken is a reset. */
  state(): ClientState;
  close(): void;
}

/** Runs a test with a rig, and takes it down. */
export async function withRig(
  handler: Handler,
  options: RigOptions,
  run: (rig: Rig) => Promise<void>,
): Promise<void> {
  const engine = await startEngine(handler);
  const clock = options.heldClock === true ? holdClock() : null;
  const untap = tap(engine.path, options);
  const records: RequestRecord[] = [];
  const messages: string[] = [];
  let server: Server;
  try {
    server = await startServer({
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
      observe(record) {
        records.push(record);
        options.observe?.(record);
      },
      denied: () => {},
      recorder: options.recorder,
      auditor: options.auditor,
      tell: (_level, message) => messages.push(message),
    });
  } catch (error) {
    untap();
    clock?.release();
    await engine.stop();
    throw error;
  }
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
      advance(milliseconds) {
        if (clock === null) throw new Error("the rig's clock is not held");
        return clock.advance(milliseconds);
      },
    });
  } finally {
    clock?.release();
    for (const client of clients) client.close();
    await server.stop();
    untap();
    await engine.stop();
  }
}

/** What the proxy has read of its connections. */
export interface Reads {
  /** Looks at a connection from now on. */
  watch(conn: Deno.Conn): void;
  /** Accepts clients and looks at them. */
  readonly acceptor: Acceptor;
  /** Bytes read of all of them. */
  bytes(): number;
  /** How many of them have ended or broken, as the proxy has seen. */
  ended(): number;
}

/** Tells what the proxy has read, for tests that wait until it has. */
export function watchReads(): Reads {
  let bytes = 0;
  let ended = 0;
  const watch = (conn: Deno.Conn) => {
    const read = conn.read.bind(conn);
    conn.read = async (into) => {
      try {
        const size = await read(into);
        if (size === null) ended++;
        else bytes += size;
        return size;
      } catch (error) {
        ended++;
        throw error;
      }
    };
  };
  return {
    watch,
    async acceptor(accept) {
      const conn = await accept();
      watch(conn);
      return conn;
    },
    bytes: () => bytes,
    ended: () => ended,
  };
}

/** Puts what a rig wants to see between the proxy and its sockets; returns what takes it out. */
function tap(
  enginePath: string,
  { acceptor, dialled }: RigOptions,
): () => void {
  const { listen, connect } = Deno;
  const changed = Deno as unknown as Record<string, unknown>;
  if (acceptor !== undefined) {
    changed.listen = (options: Deno.TcpListenOptions) => {
      const listener = listen(options);
      if (!("port" in options)) return listener;
      const accept = listener.accept.bind(listener);
      return Object.assign(listener, { accept: () => acceptor(accept) });
    };
  }
  if (dialled !== undefined) {
    changed.connect = async (options: Deno.ConnectOptions) => {
      const conn = await connect(options);
      if ("path" in options && options.path === enginePath) dialled(conn);
      return conn;
    };
  }
  return () => Object.assign(Deno, { listen, connect });
}

function testClient(conn: Deno.Conn): TestClient {
  let seen = "";
  let state: ClientState = "open";
  let pending: Promise<void> | null = null;
  const buffer = new Uint8Array(65536);
  const read = () => {
    pending ??= conn.read(buffer).then((size) => {
      pending = null;
      if (size === null) state = "ended";
      else seen += latin1(buffer.subarray(0, size));
    }, () => {
      pending = null;
      state = "broken";
    });
    return pending;
  };
  const wait = async (
    what: string,
    done: () => boolean,
    milliseconds: number,
  ) => {
    let late = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = new Promise<void>((resolve) => {
      timer = real.setTimeout(() => {
        late = true;
        resolve();
      }, milliseconds);
    });
    while (!done() && state === "open") {
      if (late) {
        throw new Error(
          `${what} did not come within ${milliseconds} ms, but '${
            seen.slice(-500)
          }'`,
        );
      }
      await Promise.race([read(), end]);
    }
    real.clearTimeout(timer);
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
    until: (text, times = 1, milliseconds = PATIENCE_MS) =>
      wait(
        `'${text}'`,
        () => seen.split(text).length > times,
        milliseconds,
      ),
    rest: (milliseconds = PATIENCE_MS) =>
      wait("the end", () => false, milliseconds),
    async follow() {
      while (state === "open") await read();
    },
    seen: () => seen,
    state: () => state,
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
  milliseconds = PATIENCE_MS,
): Promise<void> {
  const end = real.now() + milliseconds;
  while (!holds()) {
    if (real.now() > end) throw new Error(`never happened: ${what}`);
    // No event announces it, so the test looks again and again.
    await new Promise((resolve) => real.setTimeout(resolve, 5));
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

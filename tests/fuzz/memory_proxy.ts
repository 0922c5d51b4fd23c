/**
 * The whole proxy in memory: its listener and its engine are connections of
 * {@link memoryConn}, everything between is its own code.
 *
 * @module
 */

import type { RequestRecord } from "../../lib/observe/record.ts";
import { compile, type Grants } from "../../lib/policy/compile.ts";
import { startServer } from "../../lib/proxy/server.ts";
import { LIMITS } from "../support/proxy.ts";
import { inPieces, type MemoryConn, memoryConn } from "./memory_conn.ts";

/** What one client and the engine saw. */
export interface Run {
  /** What the client got, one code unit a byte. */
  readonly toClient: string;
  /** What the engine got, by its connections. */
  readonly toEngine: readonly string[];
  readonly records: readonly RequestRecord[];
  /** The proxy did not close the client's connection. */
  readonly hangs: boolean;
  /** Connections to the engine that it left open. */
  readonly leaks: number;
}

/** A proxy in memory. */
export interface MemoryProxy {
  /**
   * Lets a client send all its bytes and end its side, and waits until the
   * proxy has closed.
   *
   * @param engine Called for each connection to the engine, before it is used;
   * returns what the engine does when something was written to it.
   */
  run(
    client: Uint8Array,
    engine: () => (conn: MemoryConn) => void,
  ): Promise<Run>;
  /** Lets the engine end all connections that are kept, and the proxy see it. */
  endKept(): Promise<void>;
  stop(): Promise<void>;
}

/** Milliseconds after which a connection that is still open hangs. */
const HANGS_AFTER_MS = 20_000;
const ENGINE = "/memory/engine.sock";

/**
 * Starts it. Nothing else in this process may listen or connect until it is stopped.
 *
 * @param enginePool Connections to the engine that are kept for the next client.
 */
export async function startMemoryProxy(
  grants: Grants,
  enginePool: number,
): Promise<MemoryProxy> {
  const { listen, connect } = Deno;
  const door = memoryDoor();
  let dialled: MemoryConn[] = [];
  let kept: MemoryConn[] = [];
  let peer: () => (conn: MemoryConn) => void = () => () => {};
  const changed = Deno as unknown as Record<string, unknown>;
  changed.listen = () => door.listener;
  changed.connect = () => {
    const wrote = peer();
    const conn = memoryConn({ wrote, ended: (ended) => ended.end() });
    dialled.push(conn);
    kept.push(conn);
    return Promise.resolve(conn);
  };
  let records: RequestRecord[] = [];
  const server = await startServer({
    policy: compile(grants),
    inside: false,
    dryRun: false,
    engine: { kind: "unix", path: ENGINE },
    listeners: [{ kind: "tcp", host: "127.0.0.1", port: 0 }],
    tls: null,
    limits: { ...LIMITS, enginePool },
    observe: (record) => records.push(record),
    denied: () => {},
    tell: () => {},
  });
  return {
    async run(client, engine) {
      dialled = [];
      records = [];
      peer = engine;
      const conn = memoryConn();
      for (const piece of inPieces(client)) conn.push(piece);
      conn.end();
      door.enter(conn);
      const hangs = await isLate(conn.closed);
      return {
        toClient: conn.written(),
        toEngine: dialled.map((each) => each.written()),
        records,
        hangs,
        leaks: dialled.filter((each) => !each.isEnded()).length,
      };
    },
    async endKept() {
      for (const conn of kept) conn.end();
      kept = [];
      await new Promise((resolve) => setTimeout(resolve, 0));
    },
    async stop() {
      await server.stop();
      Object.assign(Deno, { listen, connect });
    },
  };
}

function memoryDoor() {
  let enter: (conn: MemoryConn) => void = () => {};
  let leave: (error: Error) => void = () => {};
  return {
    enter: (conn: MemoryConn) => enter(conn),
    listener: {
      addr: { transport: "tcp", hostname: "127.0.0.1", port: 1 },
      accept: () =>
        new Promise<MemoryConn>((resolve, reject) => {
          enter = resolve;
          leave = reject;
        }),
      close: () => leave(new Deno.errors.BadResource("closed")),
    },
  };
}

/** Whether something does not happen in time. */
async function isLate(happens: Promise<void>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(true), HANGS_AFTER_MS);
  });
  const is = await Promise.race([happens.then(() => false), late]);
  clearTimeout(timer);
  return is;
}

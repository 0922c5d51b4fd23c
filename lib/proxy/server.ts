/**
 * Accepts clients, bounds how many there are, and stops in order.
 *
 * @module
 */

import type { Limits } from "./limits.ts";
import {
  type EngineAddress,
  formatAddress,
  type ListenAddress,
} from "../net/address.ts";
import { isLoopback, plainAddress } from "../net/loopback.ts";
import {
  type Conn,
  descriptorLimit,
  errorKind,
  every,
  hungUp,
  monotonic,
  pause,
  tcpAddress,
  tuneTcp,
} from "../host.ts";
import type { Level } from "../observe/level.ts";
import type { RequestRecord } from "../observe/record.ts";
import type { Policy } from "../policy/compile.ts";
import { createAccess } from "./access.ts";
import type { Peer } from "../identity/peer.ts";
import { answer } from "../wire/reply.ts";
import { type OpenListener, openListener } from "../listen/listener.ts";
import { isSelf, probeEngine } from "../engine/probe.ts";
import {
  closeSession,
  openSession,
  type Session,
  type SessionContext,
} from "./connection.ts";
import { recheck } from "./recheck.ts";
import { reclaim, takeFromLargest } from "./eviction.ts";
import { expireHead, runSession } from "./session.ts";
import { certificateNamesOf, type TlsMaterial } from "../listen/tls_conn.ts";
import { writeAll } from "../wire/write.ts";

/** What a server is made of. */
export interface ServerOptions {
  readonly policy: Policy;
  readonly engine: EngineAddress;
  readonly listeners: readonly ListenAddress[];
  /** What the TLS listeners prove themselves with; null where there are none. */
  readonly tls: TlsMaterial | null;
  readonly limits: Limits;
  /** Whether we run in a container, which the engine may know. */
  readonly inside: boolean;
  /** Whether what the policy refuses is let through and told. */
  readonly dryRun: boolean;
  /** Gets the record of each request that has ended. */
  readonly observe: (record: RequestRecord) => void;
  /** Called when the system does not let us connect to the engine. */
  readonly denied: () => void;
  /** Gets what else is worth telling. */
  readonly tell: (level: Level, message: string) => void;
}

/** A running server. */
export interface Server {
  /** The addresses in force. */
  readonly addresses: readonly ListenAddress[];
  /** Clients at once. */
  readonly maxConnections: number;
  /** Learns from the engine and the name servers what the first clients would wait for. */
  prepare(): Promise<void>;
  /** Puts another policy in force: from the next request on, and for what is under way. */
  setPolicy(policy: Policy): void;
  /** Whether the engine's address leads back to this very server. */
  isOwnEngine(): Promise<boolean>;
  /** Stops accepting, lets requests end within the grace time, then closes all. */
  stop(): Promise<void>;
}

/** Clients at once where descriptors allow it. */
const MAX_CONNECTIONS = 4000;
/** Descriptors that are not for clients: listeners, standard streams, the event loop. */
const RESERVED_DESCRIPTORS = 32;
/** Milliseconds to wait when a client cannot be accepted. */
const ACCEPT_RETRY_MS = 100;
/** Milliseconds between two looks at the time limits. */
const SWEEP_INTERVAL_MS = 1000;
/** Milliseconds that a connection may take to close. */
const CLOSE_TIMEOUT_MS = 3000;
/** Milliseconds between two messages about the same shortage. */
const REPEAT_AFTER_MS = 10_000;

/**
 * Opens the listeners and serves them.
 *
 * @throws {ListenError} Where a listener cannot be opened; none is then left open.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { limits, engine, policy, inside, dryRun, observe, tell } = options;
  const open: OpenListener[] = [];
  const tls = options.tls === null ? null : {
    material: options.tls,
    failed: (client: string, reason: string) =>
      tell(
        "debug",
        `the TLS handshake of ${plainAddress(client)} failed: ${reason}`,
      ),
  };
  try {
    for (const address of options.listeners) {
      open.push(await openListener(address, tls));
    }
  } catch (error) {
    await Promise.allSettled(open.map((listener) => listener.close()));
    throw error;
  }
  const sessions = new Set<Session>();
  const access = createAccess({
    policy,
    engine,
    limits,
    inside,
    dryRun,
    tell,
    changed: () => {
      for (const session of sessions) recheck(session);
    },
  });
  const context: SessionContext = {
    access,
    engine,
    limits,
    answers: new Map(),
    observe,
    denied: options.denied,
    health: () => probeEngine(engine),
  };
  const maxConnections = limits.maxConnections ?? affordable();
  let stopping = false;
  let toldAt = -REPEAT_AFTER_MS;
  const tellShortage = (message: string) => {
    if (monotonic() - toldAt < REPEAT_AFTER_MS) return;
    toldAt = monotonic();
    tell("warning", message);
  };

  const serve = (conn: Conn, { configured }: OpenListener) => {
    tuneTcp(conn);
    const [address, facts, local] = peerOf(conn, configured);
    if (sessions.size >= maxConnections && !reclaim(sessions)) {
      const holder = takeFromLargest(sessions, facts, maxConnections);
      tellShortage(
        `all ${maxConnections} connections are in use${
          holder === null
            ? ": further clients get 503"
            : `, most of them by ${holder}: its newest are closed for other clients`
        }; see --max-connections`,
      );
      if (holder === null) {
        refuse(conn);
        return;
      }
    }
    const session = openSession(context, conn, address, facts, local);
    sessions.add(session);
    runSession(session).then(() => sessions.delete(session));
  };

  const acceptFrom = async (from: OpenListener) => {
    while (!stopping) {
      let conn: Conn;
      try {
        conn = await from.listener.accept();
      } catch (error) {
        if (stopping) return;
        const kind = errorKind(error);
        // A client that has gone already has cost nothing but its turn.
        if (kind === "ConnectionAborted" || kind === "ConnectionReset") {
          continue;
        }
        tellShortage(
          `cannot accept a client: ${
            error instanceof Error ? error.message : error
          }; trying again`,
        );
        if (kind === "Exhausted") reclaim(sessions);
        await pause(ACCEPT_RETRY_MS);
        continue;
      }
      try {
        serve(conn, from);
      } catch (error) {
        // A client that was gone before it was looked at.
        tell("debug", `a client was lost at once: ${error}`);
        try {
          conn.close();
        } catch {
          // Closed already.
        }
      }
    }
  };
  for (const listener of open) acceptFrom(listener);
  const endSweep = every(SWEEP_INTERVAL_MS, () => sweep(sessions, limits));

  return {
    addresses: open.map(({ address }) => address),
    maxConnections,
    prepare: access.prepare,
    setPolicy: access.setPolicy,
    isOwnEngine: () => isSelf(engine, access.selfPath),
    async stop() {
      stopping = true;
      await Promise.allSettled(open.map((listener) => listener.close()));
      for (const session of sessions) {
        session.stopping = true;
        if (session.phase === "idle") closeSession(session);
      }
      const end = monotonic() + limits.stopGrace;
      while (sessions.size > 0 && monotonic() < end) {
        await pause(20);
      }
      for (const session of sessions) closeSession(session);
      access.stop();
      endSweep();
    },
  };
}

/** Milliseconds that a phase may last; streams and answers have no limit. */
function limitOf({ phase }: Session, limits: Limits): number {
  switch (phase) {
    case "idle":
      return limits.idleTimeout;
    case "head":
    case "draining":
    case "replying":
      return limits.headTimeout;
    case "closing":
      return CLOSE_TIMEOUT_MS;
    case "busy":
      return Infinity;
  }
}

function sweep(sessions: Set<Session>, limits: Limits): void {
  const now = monotonic();
  for (const session of sessions) {
    const { phase, since, client } = session;
    if (now - since > limitOf(session, limits)) {
      if (phase === "head") expireHead(session);
      else closeSession(session);
    } else if (
      phase === "busy" && client.pending === null && hungUp(client.conn)
    ) {
      // Nothing reads from this client now, so its end shows in no other way.
      client.failure = "ConnectionReset";
      closeSession(session);
    }
  }
}

function refuse(conn: Conn): void {
  const close = () => {
    try {
      conn.close();
    } catch {
      // Gone already.
    }
  };
  writeAll(
    conn,
    answer(
      503,
      "sockwarden: too many connections; try again later",
      true,
      false,
    ),
  ).then(close, close);
}

/**
 * How many clients the descriptor limit carries: each takes two. Where the
 * limit is not known the most are taken, since running out is no more than a
 * 503 for the client that comes too many.
 */
function affordable(): number {
  const descriptors = descriptorLimit() ?? Infinity;
  const most = Math.floor((descriptors - RESERVED_DESCRIPTORS) / 2);
  return Math.max(1, Math.min(MAX_CONNECTIONS, most));
}

/**
 * Who connected: the address for the log (a unix client has its socket's), what
 * tells who it is, and whether it is on this host.
 */
function peerOf(
  conn: Conn,
  address: ListenAddress,
): [address: string, facts: Omit<Peer, "presence">, local: boolean] {
  const listener = formatAddress(address);
  if (address.kind === "unix") {
    const facts = { listener, remote: "", local: "", certificateNames: [] };
    return [`unix:${address.path}`, facts, true];
  }
  const remote = plainAddress(tcpAddress(conn.remoteAddr).hostname);
  const local = plainAddress(tcpAddress(conn.localAddr).hostname);
  return [
    remote,
    {
      listener,
      remote,
      local,
      certificateNames: certificateNamesOf(conn),
    },
    // A client with our own address is on this host, whatever the address.
    remote === local || isLoopback(remote),
  ];
}

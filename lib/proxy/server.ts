/**
 * Opens the listeners, serves their clients, and stops in order.
 *
 * @module
 */

import { isSelf, probeEngine } from "../engine/probe.ts";
import { every, monotonic, pause } from "../host.ts";
import { type OpenListener, openListener } from "../listen/listener.ts";
import type { TlsMaterial } from "../listen/tls_conn.ts";
import type { ObjectQueries } from "../identity/object_queries.ts";
import type { EngineAddress, ListenAddress } from "../net/address.ts";
import { plainAddress } from "../net/loopback.ts";
import type { LogLevel } from "../observe/level.ts";
import type { RequestRecord } from "../observe/record.ts";
import type { Policy } from "../policy/compile.ts";
import { createDoor, type Door } from "./accept.ts";
import { createCarrying } from "./carried.ts";
import { boundedMemory } from "./memory.ts";
import { createAccess } from "./access.ts";
import { answerHead } from "./answer_head.ts";
import type { Auditor } from "./auditor.ts";
import { createBudget } from "./budget.ts";
import type { ClientCounts } from "./client_counts.ts";
import { closeSession } from "./connection.ts";
import { isEndless, isWait } from "./endless.ts";
import { createEnginePool, type EnginePool } from "./engine_pool.ts";
import { conclude } from "./exchange.ts";
import { createHideMemo, forgetAnswers } from "./hide_memo.ts";
import { keepByHead } from "./kept_heads.ts";
import type { Limits } from "./limits.ts";
import { type OpenRequest, openRequests } from "./under_way.ts";
import { recheck, recheckObject } from "./recheck.ts";
import type { Recorder } from "./recorder.ts";
import type { Session, SessionContext } from "./state.ts";
import { sweep } from "./sweep.ts";

/** What {@link startServer} needs. */
export interface ServerOptions {
  readonly policy: Policy;
  readonly engine: EngineAddress;
  readonly listeners: readonly ListenAddress[];
  /** The certificates and the key of the TLS listeners; null without any. */
  readonly tls: TlsMaterial | null;
  readonly limits: Limits;
  /** Whether we run in a container, which the engine may know. */
  readonly inside: boolean;
  /** Whether requests that the policy refuses are let through and logged. */
  readonly dryRun: boolean;
  /** Gets the record of each request that has ended. */
  readonly observe: (record: RequestRecord) => void;
  /** Makes who learns from requests; left out where nobody does. */
  readonly recorder?: ((objects: ObjectQueries) => Recorder) | undefined;
  /** Writes the audit; left out where there is none. */
  readonly auditor?: Auditor | undefined;
  /** Called when the system does not let us connect to the engine, and when the health check finds the engine out of reach. */
  readonly denied: () => void;
  /** Gets every other message for the log. */
  readonly tell: (level: LogLevel, message: string) => void;
}

/** What can be seen of a server while it serves. */
export interface ServerView {
  /** The addresses in force. */
  readonly addresses: readonly ListenAddress[];
  /** The policy in force. */
  policy(): Policy;
  /** How many clients are connected. */
  connections(): number;
  /** Bytes that are held of large heads and of bodies that are read whole. */
  heldBytes(): number;
  /** The requests that are open without a plain answer, oldest first. */
  underWay(): OpenRequest[];
  /** The clients that have limits, with what they have under way. */
  limited(): Iterable<ClientCounts>;
}

/** A running server. */
export interface Server extends ServerView {
  /** The most clients at a time. */
  readonly maxConnections: number;
  /** Asks the engine and the name servers in advance what the first clients would wait for. */
  prepare(): Promise<void>;
  /** Puts another policy in force, for new requests and for those under way. */
  setPolicy(policy: Policy): void;
  /** Whether the engine's address leads back to this very server. */
  isOwnEngine(): Promise<boolean>;
  /** Stops accepting, closes what has no end of its own, lets the rest end within the grace time, then closes all. */
  stop(): Promise<void>;
}

/** Milliseconds between two checks of the time limits. */
const SWEEP_INTERVAL_MS = 1000;
/** Milliseconds between two looks at what is still open while we stop. */
const STOP_INTERVAL_MS = 20;
/** Milliseconds that connections which we have closed get to leave their records. */
const LAST_RECORDS_MS = 500;

/**
 * Opens the listeners and serves them.
 *
 * @throws {ListenError} Where a listener cannot be opened; none is then left open.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { limits, engine, policy, inside, dryRun, observe, tell } = options;
  const open = await openAll(options);
  const sessions = new Set<Session>();
  const hidden = createHideMemo();
  const access = createAccess({
    policy,
    engine,
    limits,
    inside,
    dryRun,
    records: options.recorder !== undefined,
    audits: options.auditor !== undefined,
    tell,
    changed() {
      forgetAnswers(hidden);
      for (const session of sessions) recheck(session);
    },
  });
  const pool = createEnginePool(limits.enginePool);
  const memory = boundedMemory(limits, (message) => tell("warning", message));
  const endWatch = access.known.changed((_, id) => {
    for (const session of sessions) void recheckObject(session, id);
  });
  const context: SessionContext = {
    access,
    engine,
    limits,
    answerHead: keepByHead(answerHead),
    pool,
    hidden,
    budget: createBudget(memory.heldBytes),
    hasMemory: memory.hasRoom,
    observe,
    recorder: options.recorder?.(access.objects) ?? null,
    auditor: options.auditor ?? null,
    denied: options.denied,
    health: () => healthOf(options),
    carrying: null,
  };
  const door = openDoor(context, sessions, open, tell);
  const sweepNow = () => sweepAll(sessions, limits, pool);
  const endSweep = every(SWEEP_INTERVAL_MS, sweepNow);
  return {
    ...lookingAt(context, sessions, open),
    maxConnections: door.maxConnections,
    prepare: access.prepare,
    setPolicy: access.setPolicy,
    isOwnEngine: () => isSelf(engine, access.selfPath),
    async stop() {
      door.close();
      await Promise.allSettled(open.map((listener) => listener.close()));
      await endSessions(sessions, limits.stopGrace);
      pool.clear();
      endWatch();
      access.stop();
      endSweep();
    },
  };
}

/** Accepts from the listeners: what can be carried is, the rest passes here. */
function openDoor(
  context: SessionContext,
  sessions: Set<Session>,
  open: readonly OpenListener[],
  tell: ServerOptions["tell"],
): Door {
  const door = createDoor(context, sessions, tell);
  context.carrying = createCarrying(context, sessions, door);
  for (const listener of open) {
    if (context.carrying?.acceptFrom(listener) !== true) {
      door.acceptFrom(listener);
    }
  }
  return door;
}

function sweepAll(
  sessions: ReadonlySet<Session>,
  limits: Limits,
  pool: EnginePool,
): void {
  sweep(sessions, limits);
  pool.sweep();
}

function lookingAt(
  { access, budget }: SessionContext,
  sessions: ReadonlySet<Session>,
  open: readonly OpenListener[],
): ServerView {
  return {
    addresses: open.map(({ address }) => address),
    policy: () => access.policy,
    connections: () => sessions.size,
    heldBytes: () => budget.all.held,
    underWay: () => openRequests(sessions),
    limited: () => access.counts.values(),
  };
}

/** Asks the engine whether it is well; null if so, else the reason. */
async function healthOf(
  { engine, denied }: ServerOptions,
): Promise<string | null> {
  const reason = await probeEngine(engine);
  if (reason !== null) denied();
  return reason;
}

/** Opens every listener, or none. */
async function openAll(
  { listeners, tls, tell }: ServerOptions,
): Promise<OpenListener[]> {
  const forTls = tls === null ? null : {
    material: tls,
    failed: (client: string, reason: string) =>
      tell(
        "debug",
        `the TLS handshake of ${plainAddress(client)} failed: ${reason}`,
      ),
  };
  const open: OpenListener[] = [];
  try {
    for (const address of listeners) {
      open.push(await openListener(address, forTls));
    }
  } catch (error) {
    await Promise.allSettled(open.map((listener) => listener.close()));
    throw error;
  }
  return open;
}

/**
 * Closes at once what is idle or has no end of its own, what waits for a
 * container as soon as nothing else is under way, and the rest when its request
 * or the grace time has ended. What was cut has left its record when
 * this resolves.
 */
async function endSessions(
  sessions: ReadonlySet<Session>,
  graceMs: number,
): Promise<void> {
  const end = monotonic() + graceMs;
  for (;;) {
    const now = monotonic();
    let working = 0;
    // A client may have been accepted, and may have asked, since the last look.
    for (const session of sessions) {
      const { phase, exchange } = session;
      session.stopping = true;
      const isOver = exchange === null ? phase === "idle" : isEndless(exchange);
      if (isOver || now >= end) closeSession(session);
      else if (exchange === null || !isWait(exchange)) working++;
    }
    // `docker run` and `docker attach` wait beside what they do.
    if (working === 0) {
      for (const session of sessions) closeSession(session);
    }
    if (sessions.size === 0 || now >= end + LAST_RECORDS_MS) break;
    await pause(STOP_INTERVAL_MS);
  }
  // What waits for the engine, such as a look-up, does not see that it was closed.
  for (const { exchange } of sessions) {
    if (exchange !== null) conclude(exchange, "client.closed");
  }
}

/**
 * Accepts clients of the open listeners, and bounds how many there are.
 *
 * @module
 */

import {
  type Conn,
  descriptorLimit,
  errorKind,
  monotonic,
  pause,
  tuneTcp,
} from "../host.ts";
import type { OpenListener } from "../listen/listener.ts";
import type { LogLevel } from "../observe/level.ts";
import type { ReasonCode } from "../observe/reasons.ts";
import { answer } from "../wire/reply.ts";
import { writeAll } from "../wire/write.ts";
import { type Peer, type SocketPeer, socketPeerOf } from "../identity/peer.ts";
import { openSession } from "./connection.ts";
import type { EnginePool } from "./engine_pool.ts";
import { reclaim, takeFromLargest } from "./eviction.ts";
import { recordOfRefused } from "./record.ts";
import { idLine } from "./request_id.ts";
import { memoryOf } from "./memory.ts";
import { runSession } from "./session.ts";
import type { Session, SessionContext } from "./state.ts";

/** The most clients at a time, if the descriptor limit allows it. */
const MAX_CONNECTIONS = 4000;
/** Descriptors that are not for clients: listeners, standard streams, the event loop. */
const RESERVED_DESCRIPTORS = 32;
/** The least that it is by default, whatever the limits. */
const MIN_CONNECTIONS = 16;
/** Memory that is not for clients: the program, large requests, buffers of transfers. */
const RESERVED_BYTES = 16 * 1024 * 1024;
/** Memory of a client, both sides: 25 KiB with an idle stream, and this much with full buffers. */
const BYTES_OF_CLIENT = 64 * 1024;
/** Milliseconds to wait when a client cannot be accepted. */
const ACCEPT_RETRY_MS = 100;
/** Milliseconds between two messages about the same shortage. */
const REPEAT_AFTER_MS = 10_000;

/** Accepts clients. Made by {@link createDoor}. */
export interface Door {
  /** The most clients at a time. */
  readonly maxConnections: number;
  /** Accepts from a listener until the door is closed. */
  acceptFrom(from: OpenListener): Promise<void>;
  /** Accepts no further client. */
  close(): void;
}

/**
 * Makes the door.
 *
 * @param sessions Every connection that is open; kept up to date.
 */
export function createDoor(
  context: SessionContext,
  sessions: Set<Session>,
  tell: (level: LogLevel, message: string) => void,
): Door {
  const maxConnections = context.limits.maxConnections ??
    affordable(descriptorLimit(), memoryOf(context.limits));
  const tellShortage = atMostEvery(
    REPEAT_AFTER_MS,
    (message) => tell("warning", message),
  );
  let closed = false;
  return {
    maxConnections,
    close: () => closed = true,
    async acceptFrom(from) {
      while (!closed) {
        const conn = await accept(
          from,
          sessions,
          context.pool,
          tellShortage,
          () => closed,
        );
        if (conn === null) continue;
        try {
          tuneTcp(conn);
          const peer = socketPeerOf(conn, from.configured);
          if (!context.hasMemory()) {
            tellShortage(
              "little memory is left: new clients get 503; see --memory-limit",
            );
            refuse(context, conn, peer, "client.no_memory");
            continue;
          }
          if (!makeRoom(sessions, peer.facts, maxConnections, tellShortage)) {
            refuse(context, conn, peer, "client.no_connection");
            continue;
          }
          const session = openSession(context, conn, peer);
          sessions.add(session);
          runSession(session).then(() => sessions.delete(session));
        } catch (error) {
          // The client closed the connection before it was served.
          tell("debug", `a client was lost at once: ${error}`);
          closeQuietly(conn);
        }
      }
    },
  };
}

/** The next client; null where there is none to serve: ask again. */
async function accept(
  { listener }: OpenListener,
  sessions: Set<Session>,
  pool: EnginePool,
  tellShortage: (message: string) => void,
  isClosed: () => boolean,
): Promise<Conn | null> {
  try {
    return await listener.accept();
  } catch (error) {
    const kind = errorKind(error);
    // The client has closed the connection already: nothing is short.
    if (
      isClosed() || kind === "ConnectionAborted" || kind === "ConnectionReset"
    ) return null;
    const reason = error instanceof Error ? error.message : error;
    tellShortage(`cannot accept a client: ${reason}; trying again`);
    if (kind === "Exhausted") {
      pool.clear();
      reclaim(sessions);
    }
    await pause(ACCEPT_RETRY_MS);
    return null;
  }
}

/** Whether one more client can be served; closes another connection if necessary. */
function makeRoom(
  sessions: Set<Session>,
  newcomer: Pick<Peer, "listener" | "remote">,
  maxConnections: number,
  tellShortage: (message: string) => void,
): boolean {
  if (sessions.size < maxConnections || reclaim(sessions)) return true;
  const holder = takeFromLargest(sessions, newcomer, maxConnections);
  tellShortage(
    `all ${maxConnections} connections are in use${
      holder === null
        ? ": further clients get 503"
        : `, most of them by ${holder}: its newest are closed for other clients`
    }; see --max-connections`,
  );
  return holder !== null;
}

const REFUSALS = {
  "client.no_memory": "memory is short",
  "client.no_connection": "too many connections",
} as const satisfies Partial<Record<ReasonCode, string>>;

function refuse(
  { observe, auditor }: SessionContext,
  conn: Conn,
  peer: SocketPeer,
  code: keyof typeof REFUSALS,
): void {
  const close = () => closeQuietly(conn);
  const message = `sockwarden: ${REFUSALS[code]} (${code}); try again later`;
  const id = auditor?.newId() ?? "";
  const record = recordOfRefused(peer, code, id);
  observe(record);
  auditor?.ended({
    record,
    session: null,
    listener: peer.facts.listener,
    request: null,
    exchange: null,
  });
  writeAll(conn, answer(503, message, true, false, idLine(id)))
    .then(close, close);
}

function closeQuietly(conn: Conn): void {
  try {
    conn.close();
  } catch {
    // Closed already.
  }
}

function atMostEvery(
  milliseconds: number,
  tell: (message: string) => void,
): (message: string) => void {
  let toldAt = -Infinity;
  return (message) => {
    if (monotonic() - toldAt < milliseconds) return;
    toldAt = monotonic();
    tell(message);
  };
}

/**
 * How many clients the limits of descriptors and of memory allow. A limit that
 * is not known is none: running out of descriptors costs only a 503 for the
 * clients beyond it.
 *
 * @param descriptors Each client takes two; null for no limit.
 * @param memory In bytes; null for no limit.
 */
export function affordable(
  descriptors: number | null,
  memory: number | null,
): number {
  return Math.max(
    MIN_CONNECTIONS,
    Math.min(
      MAX_CONNECTIONS,
      Math.floor(((descriptors ?? Infinity) - RESERVED_DESCRIPTORS) / 2),
      Math.floor(((memory ?? Infinity) - RESERVED_BYTES) / BYTES_OF_CLIENT),
    ),
  );
}

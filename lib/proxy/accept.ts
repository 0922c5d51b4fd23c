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
import {
  type Holder,
  type SocketPeer,
  socketPeerOf,
} from "../identity/peer.ts";
import { openSession } from "./connection.ts";
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
export const ACCEPT_RETRY_MS = 100;
/** Milliseconds between two messages about the same shortage. */
const REPEAT_AFTER_MS = 10_000;

/** Accepts clients. Made by {@link createDoor}. */
export interface Door {
  /** The most clients at a time. */
  readonly maxConnections: number;
  /** Accepts from a listener until the door is closed. */
  acceptFrom(from: OpenListener): Promise<void>;
  /** Why one more client from there cannot be served; null if it can, and another connection may have been closed for it. */
  refusalOf(from: Holder): Turned | null;
  /** Serves a client that was accepted, and for which there is room. */
  serve(conn: Conn, peer: SocketPeer): void;
  /** Says that a client could not be accepted, and makes room where something is short. */
  missed(reason: string, isShort: boolean): void;
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
  const door: Door = {
    maxConnections,
    close: () => closed = true,
    refusalOf(from) {
      if (!context.hasMemory()) {
        tellShortage(
          "little memory is left: new clients get 503; see --memory-limit",
        );
        return "client.no_memory";
      }
      return makeRoom(sessions, from, maxConnections, tellShortage)
        ? null
        : "client.no_connection";
    },
    serve(conn, peer) {
      const session = openSession(context, conn, peer);
      sessions.add(session);
      runSession(session).then(() => sessions.delete(session));
    },
    missed(reason, isShort) {
      tellShortage(`cannot accept a client: ${reason}; trying again`);
      if (!isShort) return;
      context.pool.clear();
      reclaim(sessions);
    },
    async acceptFrom(from) {
      while (!closed) {
        const conn = await accept(from, door, () => closed);
        if (conn === null) continue;
        try {
          tuneTcp(conn);
          const peer = socketPeerOf(conn, from.configured);
          const refusal = door.refusalOf(peer.facts);
          if (refusal === null) door.serve(conn, peer);
          else {
            const close = () => closeQuietly(conn);
            writeAll(conn, turnAway(context, peer, refusal)).then(close, close);
          }
        } catch (error) {
          // The client closed the connection before it was served.
          tell("debug", `a client was lost at once: ${error}`);
          closeQuietly(conn);
        }
      }
    },
  };
  return door;
}

/** The next client; null where there is none to serve: ask again. */
async function accept(
  { listener }: OpenListener,
  door: Door,
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
    const reason = error instanceof Error ? error.message : String(error);
    door.missed(reason, kind === "Exhausted");
    await pause(ACCEPT_RETRY_MS);
    return null;
  }
}

/** Whether one more client can be served; closes another connection if necessary. */
function makeRoom(
  sessions: Set<Session>,
  newcomer: Holder,
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

/** Why a client is turned away. */
export type Turned = keyof typeof REFUSALS;

/** Records that a client was turned away; returns what it is told. */
export function turnAway(
  { observe, auditor }: SessionContext,
  peer: SocketPeer,
  code: Turned,
): Uint8Array<ArrayBuffer> {
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
  return answer(503, message, true, false, idLine(id));
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

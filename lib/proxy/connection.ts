/**
 * One client connection and the engine connection that goes with it: what both
 * are, and how they are read, answered and closed.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { Limits } from "./limits.ts";
import type { EngineAddress } from "../net/address.ts";
import { after, type Conn, monotonic } from "../host.ts";
import type { ResponseHead } from "../http1/response.ts";
import type { RequestRecord } from "../observe/record.ts";
import { type Body, takeBody } from "../wire/body.ts";
import type { Access, Identified } from "./access.ts";
import type { NoAnswer } from "../engine/ask.ts";
import type { SendPlan } from "./plan.ts";
import type { Peer } from "../identity/peer.ts";
import { presenceOf } from "../identity/presence.ts";
import { closeSource, openSource, type Source, take } from "../wire/source.ts";
import { writeAll } from "../wire/write.ts";

/** What all sessions share. */
export interface SessionContext {
  readonly access: Access;
  readonly engine: EngineAddress;
  readonly limits: Limits;
  /** Response heads by their exact text: the same answer comes again and again. */
  readonly answers: Map<string, ResponseHead>;
  /** Gets the record of each request that has ended. */
  readonly observe: (record: RequestRecord) => void;
  /** Called when the system does not let us connect to the engine. */
  readonly denied: () => void;
  /** Asks the engine whether it is well; null if so, else the reason. */
  readonly health: () => Promise<string | null>;
}

/** One client connection. */
export interface Session {
  readonly context: SessionContext;
  /** The client's address, as logged. */
  readonly address: string;
  /** What tells who it is. */
  readonly peer: Peer;
  /** Who it is; null until that is known. */
  found: Identified | null;
  /** The look-up that was begun when it was accepted; null once that was used. */
  finding: Promise<Identified | NoAnswer> | null;
  /** The request that is on its way. */
  sending: { readonly plan: SendPlan; readonly body: Body } | null;
  /** Whether the client is on this host, so that it may ask for our health. */
  readonly local: boolean;
  readonly client: Source;
  engine: Source | null;
  /**
   * What it is doing. `draining` reads the small body of a request that is
   * answered by us or opens a tunnel, `replying` writes an answer of our own;
   * all but `busy` have a time limit.
   */
  phase: "idle" | "head" | "busy" | "draining" | "replying" | "closing";
  /** When the phase began, on the monotonic clock in milliseconds. */
  since: number;
  /** Requests served in a row from bytes that were at hand. */
  atHand: number;
  /** No further request is taken: the program stops. */
  stopping: boolean;
  /** Whether its right to what it does is looked at, and once more then; null where it is not. */
  rechecking: "once" | "again" | null;
  /** Why we have closed it while it was at work; null where we have not. */
  cause: "revoked" | "no room" | null;
}

/** Milliseconds that a closing connection is still read, so that the last answer arrives. */
const LINGER_MS = 1000;

/** Opens the session of a connection that was accepted. */
export function openSession(
  context: SessionContext,
  conn: Conn,
  address: string,
  facts: Omit<Peer, "presence">,
  local: boolean,
): Session {
  const client = openSource(conn, true);
  const presence = facts.remote === ""
    ? null
    : presenceOf(conn, () => client.ended);
  const peer = { ...facts, presence };
  return {
    context,
    address,
    peer,
    found: null,
    finding: context.access.find(peer),
    sending: null,
    local,
    client,
    engine: null,
    phase: "idle",
    since: monotonic(),
    atHand: 0,
    stopping: false,
    rechecking: null,
    cause: null,
  };
}

/** The client's name in the log; empty where there is no policy file with clients. */
export function nameOf({ found }: Session): string {
  if (found === null || found.planner.policy.identities.length === 0) return "";
  return found.planner.client.name ?? "default";
}

/** Notes that a phase has begun. */
export function enter(session: Session, phase: Session["phase"]): void {
  session.phase = phase;
  session.since = monotonic();
}

/** Closes both sides at once. */
export function closeSession(session: Session): void {
  closeSource(session.client);
  closeEngine(session);
}

/** Closes the engine's side at once. */
export function closeEngine(session: Session): void {
  const { engine } = session;
  session.engine = null;
  if (engine !== null) closeSource(engine);
}

/** Writes an answer of our own; returns whether the client is still there. */
export async function reply(
  session: Session,
  bytes: Uint8Array,
): Promise<boolean> {
  // A client that does not read must not hold its connection for ever.
  enter(session, "replying");
  try {
    await writeAll(session.client.conn, bytes);
    return true;
  } catch {
    return false;
  } finally {
    if (session.phase === "replying") enter(session, "busy");
  }
}

/** Reads a whole body, up to a limit; null where it is too long, malformed or cut. */
export async function collect(
  session: Session,
  body: Body,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const { client } = session;
  const pieces: Uint8Array[] = [];
  enter(session, "draining");
  while (!body.done) {
    while (!take(client)) {
      if (client.ended) return null;
      await client.pending;
    }
    const from = client.start;
    const size = takeBody(body, client, false);
    if (body.error !== null || body.size > limit) return null;
    pieces.push(client.buffer.slice(from, from + size));
  }
  enter(session, "busy");
  return concat(pieces);
}

/**
 * Ends our side in order and reads on for a moment: closing with unread bytes
 * would reset the connection and could take the last answer with it
 * (RFC 9112 section 9.6).
 */
export async function linger(session: Session): Promise<void> {
  const { client } = session;
  if (client.ended) return;
  enter(session, "closing");
  closeEngine(session);
  try {
    await client.conn.closeWrite();
  } catch {
    return;
  }
  const stop = after(LINGER_MS, () => closeSource(client));
  while (!client.ended) {
    if (take(client)) client.start = client.end;
    else if (client.pending !== null) await client.pending;
  }
  stop();
}

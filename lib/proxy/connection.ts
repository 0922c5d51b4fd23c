/**
 * One client connection and the engine connection that goes with it: what both
 * are, and how they are read, answered and closed.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import {
  after,
  askForSign,
  type Carrier,
  type Conn,
  heard,
  KEEPALIVE_SECONDS,
  monotonic,
  tuneTcp,
} from "../host.ts";
import {
  type Presence,
  presenceOf,
  provenPresence,
  type Signs,
} from "../identity/presence.ts";
import { type Body, takeBody } from "../wire/body.ts";
import {
  closeSource,
  openSource,
  type Source,
  take,
  UNREAD,
} from "../wire/source.ts";
import { writeAll } from "../wire/write.ts";
import { hold } from "./budget.ts";
import type { Peer, SocketPeer } from "../identity/peer.ts";
import { type Phase, PHASES } from "./phases.ts";
import { noIds } from "./request_id.ts";
import type { Session, SessionContext } from "./state.ts";

/** Milliseconds that a closing connection is still read, so that the last answer arrives. */
export const LINGER_MS = 1000;

/** Opens the session of a connection that was accepted. */
export function openSession(
  context: SessionContext,
  conn: Conn,
  { address, facts, isLocal }: SocketPeer,
): Session {
  const client = openSource(conn, true);
  const presence = facts.remote === ""
    ? null
    : presenceOf(conn, () => client.ended);
  const peer = { ...facts, presence };
  const session = newSession(context, address, peer, isLocal, client);
  session.identifying = context.access.find(peer);
  return session;
}

/**
 * Opens the session of a connection that was accepted and is carried; it is
 * identified if that can be done at once.
 *
 * @param id The carrier's number of it.
 */
export function openCarried(
  context: SessionContext,
  id: number,
  { address, facts, isLocal }: SocketPeer,
  carrier: Carrier,
): Session {
  const { listener, remote, local, certificateNames } = facts;
  let presence: Presence | null = null;
  const peer = {
    listener,
    remote,
    local,
    certificateNames,
    // Most are gone before anything rests on it.
    get presence() {
      if (remote === "") return null;
      return presence ??= provenPresence(signsOf(session, carrier));
    },
  };
  const session = newSession(context, address, peer, isLocal, UNREAD);
  session.carried = id;
  session.identified = context.access.findAtOnce(peer);
  return session;
}

/** Signs of a client that is carried, and goes on as an ordinary one perhaps. */
function signsOf(session: Session, carrier: Carrier): Signs {
  const isCarried = () => session.carried !== 0;
  return {
    heard() {
      if (!isCarried()) return heard(session.client.conn);
      const ago = carrier.heard(session.carried);
      return ago < 0 ? null : ago;
    },
    askForSign() {
      if (!isCarried()) return askForSign(session.client.conn);
      return carrier.setKeepAliveTime(session.carried, 1);
    },
    tune() {
      if (!isCarried()) return tuneTcp(session.client.conn);
      carrier.setKeepAliveTime(session.carried, KEEPALIVE_SECONDS);
    },
  };
}

function newSession(
  context: SessionContext,
  address: string,
  peer: Peer,
  isLocal: boolean,
  client: Source,
): Session {
  return {
    context,
    address,
    peer,
    identified: null,
    identifying: null,
    exchange: null,
    local: isLocal,
    carried: 0,
    client,
    engine: null,
    spare: false,
    phase: "idle",
    since: monotonic(),
    atHand: 0,
    stopping: false,
    rechecking: null,
    held: 0,
    heldHead: 0,
    probing: false,
    slot: null,
    ids: noIds(),
    cause: null,
  };
}

/**
 * Begins a phase.
 *
 * @throws Where it may not follow the one before: a bug, which ends the connection.
 */
export function enter(session: Session, phase: Phase): void {
  if (!PHASES[session.phase].next.includes(phase)) {
    throw new Error(`the phase ${phase} cannot follow ${session.phase}`);
  }
  session.phase = phase;
  session.since = monotonic();
}

/** Closes both sides at once. */
export function closeSession(session: Session): void {
  if (session.carried !== 0) return session.context.carrying?.close(session);
  closeSource(session.client);
  closeEngine(session);
}

/** Closes the engine's side at once. */
export function closeEngine(session: Session): void {
  const { engine } = session;
  session.engine = null;
  if (engine !== null) closeSource(engine);
}

/** Lets the engine's side wait for the client's next connection where nothing is under way on it; else closes it. */
export function leaveEngine(session: Session): void {
  const { engine, spare, identified, stopping, context } = session;
  if (engine === null) return;
  if (!spare || identified === null || stopping) return closeEngine(session);
  session.engine = null;
  context.pool.give(identified.planner.client.name, engine);
}

/** Writes sockwarden's own answer; returns whether the client is still there. */
export async function reply(
  session: Session,
  bytes: Uint8Array,
): Promise<boolean> {
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

/**
 * Reads a whole body.
 *
 * @param limit The most bytes of content.
 * @param keeps Whether the content is kept, and counted; else it is dropped.
 * @returns The content; null where it is longer, malformed (`body.error`) or
 * cut; `no room` where too much is held already.
 */
export async function collect(
  session: Session,
  body: Body,
  limit: number,
  keeps: boolean,
): Promise<Uint8Array<ArrayBuffer> | "no room" | null> {
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
    if (!keeps) continue;
    if (!hold(session, size)) return "no room";
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
  if (session.phase !== "closing") enter(session, "closing");
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

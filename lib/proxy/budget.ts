/**
 * Bounds what is held of all requests at once: large heads, and bodies that are
 * read whole. What a usual head takes is bounded by the number of connections.
 *
 * @module
 */

import { holderOf } from "../identity/peer.ts";
import type { ReasonCode } from "../observe/reasons.ts";
import type { Budget, Session, Share } from "./state.ts";

/** The share of all bytes that one holder may have. */
const MAX_SHARE = 1 / 2;
/** The share of large heads in all bytes: anyone can send them, a body is read only for whom its operation is granted. */
const HEADS_SHARE = 1 / 2;
/** How often a large head is in memory: its buffer, its text, its fields, what is sent. */
const HEAD_COPIES = 4;
/** A head up to this size is not counted. */
const MAX_FREE_HEAD_BYTES = 4096;

/** Makes the budget; nothing is held. */
export function createBudget(most: number): Budget {
  const empty = (most: number) => ({ most, held: 0, byHolder: new Map() });
  return { all: empty(most), heads: empty(most * HEADS_SHARE) };
}

/**
 * Counts more bytes for the request that a session reads or serves.
 *
 * @returns false where that would be too many; nothing is counted then.
 */
export function hold(session: Session, bytes: number): boolean {
  const { all } = session.context.budget;
  if (!hasRoom(all, session, bytes)) return false;
  count(all, session, bytes);
  session.held += bytes;
  return true;
}

/** Counts a head, of which that many bytes have come; returns as {@link hold}. */
export function holdHead(session: Session, bytes: number): boolean {
  if (bytes <= MAX_FREE_HEAD_BYTES) return true;
  const { heads } = session.context.budget;
  const more = bytes * HEAD_COPIES - session.heldHead;
  if (!hasRoom(heads, session, more) || !hold(session, more)) return false;
  count(heads, session, more);
  session.heldHead += more;
  return true;
}

/** Ends the count of a request. */
export function release(session: Session): void {
  const { held, heldHead, context: { budget } } = session;
  if (held === 0) return;
  session.held = session.heldHead = 0;
  count(budget.all, session, -held);
  count(budget.heads, session, -heldHead);
}

function hasRoom(
  { most, held, byHolder }: Share,
  { peer }: Session,
  bytes: number,
): boolean {
  const own = byHolder.get(holderOf(peer)) ?? 0;
  return held + bytes <= most && own + bytes <= most * MAX_SHARE;
}

function count(share: Share, { peer }: Session, bytes: number): void {
  const holder = holderOf(peer);
  const own = (share.byHolder.get(holder) ?? 0) + bytes;
  share.held += bytes;
  if (own === 0) share.byHolder.delete(holder);
  else share.byHolder.set(holder, own);
}

/** The answer to a request for which {@link hold} has no room. */
export function noRoom(
  { context: { budget } }: Session,
): { status: number; code: ReasonCode; reason: string } {
  return {
    status: 503,
    code: "client.no_room",
    reason:
      `large requests take ${budget.all.most} bytes at once, or half of that by one client, and large heads half of either; try again later (--max-held-bytes)`,
  };
}

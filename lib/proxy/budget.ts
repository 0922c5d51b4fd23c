/**
 * Bounds what is held of all requests at once: large heads, and bodies that are
 * read whole. What a usual head takes is bounded by the number of connections.
 *
 * @module
 */

import { holderOf } from "../identity/peer.ts";
import type { ReasonCode } from "../observe/reasons.ts";
import type { Budget, Session } from "./state.ts";

/** The share of all bytes that one holder may have. */
const MAX_SHARE = 1 / 2;
/** How often a large head is in memory: its buffer, its text, its fields, what is sent. */
const HEAD_COPIES = 4;
/** A head up to this size is not counted. */
const MAX_FREE_HEAD_BYTES = 4096;

/** Makes the budget; nothing is held. */
export function createBudget(most: number): Budget {
  return { most, held: 0, byHolder: new Map() };
}

/**
 * Counts more bytes for the request that a session reads or serves.
 *
 * @returns false where that would be too many; nothing is counted then.
 */
export function hold(session: Session, bytes: number): boolean {
  const { budget } = session.context;
  const holder = holderOf(session.peer);
  const own = (budget.byHolder.get(holder) ?? 0) + bytes;
  if (budget.held + bytes > budget.most || own > budget.most * MAX_SHARE) {
    return false;
  }
  budget.held += bytes;
  budget.byHolder.set(holder, own);
  session.held += bytes;
  return true;
}

/** Counts a head, of which that many bytes have come; returns as {@link hold}. */
export function holdHead(session: Session, bytes: number): boolean {
  return bytes <= MAX_FREE_HEAD_BYTES ||
    hold(session, bytes * HEAD_COPIES - session.held);
}

/** Ends the count of a request. */
export function release(session: Session): void {
  const { held, context: { budget } } = session;
  if (held === 0) return;
  session.held = 0;
  budget.held -= held;
  const holder = holderOf(session.peer);
  const own = budget.byHolder.get(holder)! - held;
  if (own === 0) budget.byHolder.delete(holder);
  else budget.byHolder.set(holder, own);
}

/** The answer to a request for which {@link hold} has no room. */
export function noRoom(
  { context: { budget } }: Session,
): { status: number; code: ReasonCode; reason: string } {
  return {
    status: 503,
    code: "client.no_room",
    reason:
      `large requests take ${budget.most} bytes at once, or half of that by one client; try again later (--max-held-bytes)`,
  };
}

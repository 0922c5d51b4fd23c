/**
 * Makes room for one more client where all connections are in use.
 *
 * @module
 */

import { type Holder, holderOf } from "../identity/peer.ts";
import { closeSession } from "./connection.ts";
import type { Session } from "./state.ts";

/** The share of all connections that one holder always keeps. */
const MAX_SHARE = 1 / 4;

/**
 * Closes the connection whose loss costs least: the one that has been idle for
 * longest, else the oldest whose client has ended its side and waits for an
 * answer that may never come. Returns whether there was one.
 */
export function reclaim(sessions: Set<Session>): boolean {
  let chosen: Session | null = null;
  for (const session of sessions) {
    const idle = session.phase === "idle";
    if (!idle && !(session.phase === "busy" && session.client.ended)) continue;
    if (
      chosen === null || (idle && chosen.phase !== "idle") ||
      (idle === (chosen.phase === "idle") && session.since < chosen.since)
    ) chosen = session;
  }
  if (chosen === null) return false;
  sessions.delete(chosen);
  closeSession(chosen);
  return true;
}

/**
 * Closes the newest connection of the holder that has the most, if that is more
 * than a share and more than the newcomer would then hold. So no holder keeps
 * all others out.
 *
 * @param most Connections at once.
 * @returns The address of that holder; null where no holder has that many.
 */
export function takeFromLargest(
  sessions: Set<Session>,
  newcomer: Holder,
  most: number,
): string | null {
  const held = new Map<string, { count: number; newest: Session }>();
  for (const session of sessions) {
    const holder = holderOf(session.peer);
    const count = (held.get(holder)?.count ?? 0) + 1;
    // A set keeps the order in which its members came.
    held.set(holder, { count, newest: session });
  }
  let largest: { count: number; newest: Session } | null = null;
  for (const one of held.values()) {
    if (largest === null || one.count > largest.count) largest = one;
  }
  const own = held.get(holderOf(newcomer))?.count ?? 0;
  if (
    largest === null || largest.count <= most * MAX_SHARE ||
    largest.count <= own + 1
  ) return null;
  const { newest } = largest;
  newest.cause = "client.evicted";
  sessions.delete(newest);
  closeSession(newest);
  return newest.address;
}

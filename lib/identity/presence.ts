/**
 * When the peer of a connection was there for certain: what has arrived may be
 * of somebody who is gone, and whose address another has by now.
 *
 * @module
 */

import {
  askForSign,
  type Conn,
  heard,
  monotonic,
  pause,
  runtimeName,
  tuneTcp,
  wallClock,
} from "../host.ts";
import type { ClientIdentity } from "../policy/clients.ts";

/** Signs of life of a peer. Made by {@link presenceOf}. */
export interface Presence {
  /** Whether they are proof; else the time of acceptance is all that is known. */
  readonly proves: boolean;
  /** What it was shown to be by a host name: a connection stays its peer's. Null for nothing. */
  shown: Shown | null;
  /**
   * The last moment at which it is known to have been there, in milliseconds:
   * with proof on the monotonic clock, which no step moves, without since the
   * epoch.
   */
  seenAt(): number;
  /**
   * Asks its system for a sign, which comes after a second at most; whoever has
   * the address instead answers with a reset. False where that cannot be asked.
   */
  ask(): boolean;
  /** Called by each who has asked and waits no more. */
  rest(): void;
}

/** A client, and the identities that it is one of: under others it may be another. */
export interface Shown {
  readonly client: string;
  readonly under: readonly ClientIdentity[];
}

/**
 * Milliseconds that an engine may take to note that it has started a container,
 * where the system is not asked: within them the next owner of an address
 * passes for the one before.
 */
const START_TOLERANCE_MS = 100;
/** Milliseconds that the peer's system gets to show that it is there, which it is asked for after one second. */
const SIGN_TIMEOUT_MS = 1500;
/** Milliseconds between two looks for it. */
const SIGN_INTERVAL_MS = 50;

/**
 * The presence of a connection that was accepted just now.
 *
 * On the lean base the kernel says when it last heard of the peer, which is
 * proof. The stock engines cannot ask it: there it is when the connection was
 * accepted, and somewhat later as long as the peer has not ended its side.
 *
 * @param ended Whether the peer has ended its side.
 */
export function presenceOf(conn: Conn, ended: () => boolean): Presence {
  if (runtimeName !== "lean") {
    const accepted = wallClock();
    return {
      proves: false,
      shown: null,
      seenAt: () => ended() ? accepted : accepted + START_TOLERANCE_MS,
      ask: () => false,
      rest: () => {},
    };
  }
  let last = -Infinity;
  let waiting = 0;
  return {
    proves: true,
    shown: null,
    seenAt: () => {
      const ago = heard(conn);
      if (ago !== null) last = Math.max(last, monotonic() - ago);
      return last;
    },
    ask: () => {
      waiting++;
      return askForSign(conn);
    },
    rest: () => {
      if (--waiting === 0) tuneTcp(conn);
    },
  };
}

/**
 * Whether a peer was there at that time or later; waits for a sign of it.
 *
 * @param from On the clock of {@link Presence.seenAt}; NaN for a time that is not known.
 */
export async function wasThere(
  presence: Presence,
  from: number,
): Promise<boolean> {
  if (Number.isNaN(from)) return false;
  if (presence.seenAt() >= from) return true;
  let seen = false;
  if (presence.ask()) {
    const end = monotonic() + SIGN_TIMEOUT_MS;
    while (!seen && monotonic() < end) {
      await pause(SIGN_INTERVAL_MS);
      seen = presence.seenAt() >= from;
    }
  }
  presence.rest();
  return seen;
}

/**
 * When the peer of a connection was there for certain. What has arrived may be
 * from a peer that is gone and whose address has another owner by now.
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
  /** Whether the signs are proof; else only the time of acceptance is known. */
  readonly proves: boolean;
  /** What a host name has proven it to be, which stays proven for this connection; null for nothing. */
  shown: Shown | null;
  /**
   * The last moment at which the peer is known to have been there, in
   * milliseconds: with proof on the monotonic clock, which never jumps, without
   * proof since the epoch.
   */
  seenAt(): number;
  /**
   * Asks the peer's system for a sign, which comes after a second; another
   * system that has the address now answers with a reset.
   *
   * @returns false where the system cannot be asked.
   */
  ask(): boolean;
  /** Ends the asking; each caller of {@link ask} calls it once. */
  rest(): void;
}

/** A client, and the identities among which a peer was found to be it. */
export interface Shown {
  readonly client: string;
  readonly under: readonly ClientIdentity[];
}

/**
 * Milliseconds that an engine may take to note that it has started a container,
 * where presence is not proven. An address that gets another owner within them
 * still passes for the owner before.
 */
export const START_TOLERANCE_MS = 100;
/** Milliseconds that the peer's system gets to show a sign, which it is asked for after one second. */
export const MAX_SIGN_WAIT_MS = 1500;
/** Milliseconds between two looks for a sign. */
const SIGN_INTERVAL_MS = 50;

/**
 * The presence of the peer of a connection that was accepted just now.
 *
 * On the lean base the kernel says when it last heard from the peer, which is
 * proof. The stock runtimes cannot ask the kernel.
 *
 * @param ended Whether the peer has ended its side.
 */
export function presenceOf(conn: Conn, ended: () => boolean): Presence {
  return runtimeName === "lean"
    ? provenPresence({
      heard: () => heard(conn),
      askForSign: () => askForSign(conn),
      tune: () => tuneTcp(conn),
    })
    : assumedPresence(ended);
}

/** What the kernel tells of a peer, and asks it. */
export interface Signs {
  /** Milliseconds since it was heard of; null where that is not known. */
  heard(): number | null;
  /** Asks for a sign after a second of silence; false where that cannot be. */
  askForSign(): boolean;
  /** Ends the asking. */
  tune(): void;
}

/** The presence of a peer of which the kernel tells. */
export function provenPresence(signs: Signs): Presence {
  let last = -Infinity;
  let asking = 0;
  return {
    proves: true,
    shown: null,
    seenAt: () => {
      const ago = signs.heard();
      if (ago !== null) last = Math.max(last, monotonic() - ago);
      return last;
    },
    ask: () => {
      asking++;
      return signs.askForSign();
    },
    rest: () => {
      if (--asking === 0) signs.tune();
    },
  };
}

/** The time of acceptance, and somewhat later as long as the peer has not ended its side. */
function assumedPresence(ended: () => boolean): Presence {
  const accepted = wallClock();
  return {
    proves: false,
    shown: null,
    seenAt: () => ended() ? accepted : accepted + START_TOLERANCE_MS,
    ask: () => false,
    rest: () => {},
  };
}

/**
 * Whether a peer was there at a time or later; waits up to
 * {@link MAX_SIGN_WAIT_MS} for a sign of it.
 *
 * @param from The time, on the clock of {@link Presence.seenAt}; NaN where it
 * is not known, which no peer meets.
 */
export async function wasThere(
  presence: Presence,
  from: number,
): Promise<boolean> {
  if (Number.isNaN(from)) return false;
  if (presence.seenAt() >= from) return true;
  let seen = false;
  if (presence.ask()) {
    const end = monotonic() + MAX_SIGN_WAIT_MS;
    while (!seen && monotonic() < end) {
      await pause(SIGN_INTERVAL_MS);
      seen = presence.seenAt() >= from;
    }
  }
  presence.rest();
  return seen;
}

/**
 * When the peer of a connection was there for certain: what has arrived may be
 * of somebody who is gone, and whose address another has by now.
 *
 * @module
 */

import { askForSign, type Conn, heard, tuneTcp, wallClock } from "../host.ts";

/** Signs of life of a peer. Made by {@link presenceOf}. */
export interface Presence {
  /** The last moment at which it is known to have been there, in milliseconds since the epoch. */
  seenAt(): number;
  /**
   * Asks its system for a sign, which comes after a second at most; whoever has
   * the address instead answers with a reset. False where that cannot be asked.
   */
  ask(): boolean;
  /** Asks no more. */
  rest(): void;
}

/**
 * Milliseconds that an engine may take to note that it has started a container,
 * where the system is not asked: within them the next owner of an address
 * passes for the one before.
 */
const START_LASTS = 100;

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
  const accepted = wallClock();
  if (heard(conn) === null) {
    return {
      seenAt: () => ended() ? accepted : accepted + START_LASTS,
      ask: () => false,
      rest: () => {},
    };
  }
  let last = -Infinity;
  return {
    seenAt: () => {
      const ago = heard(conn);
      if (ago !== null) last = Math.max(last, wallClock() - ago);
      return last;
    },
    ask: () => askForSign(conn),
    rest: () => tuneTcp(conn),
  };
}

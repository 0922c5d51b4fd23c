/**
 * Ends connections whose phase has lasted too long, and those whose client has
 * gone while nothing is read from it.
 *
 * @module
 */

import { hungUp, monotonic } from "../host.ts";
import { CONTINUE } from "../wire/reply.ts";
import { expireHead } from "./answer.ts";
import { closeSession, LINGER_MS } from "./connection.ts";
import type { Limits } from "./limits.ts";
import { PHASES } from "./phases.ts";
import type { Session } from "./state.ts";

const NOTHING = new Uint8Array(0);

/** Milliseconds after which a client that waits is asked: scripts with `nc` end their side at once and look at the first line. */
const ASK_AFTER_MS = 5000;

/** Checks every connection once. */
export function sweep(sessions: Iterable<Session>, limits: Limits): void {
  const now = monotonic();
  for (const session of sessions) {
    const { phase, since, client } = session;
    const { limitMs, overdue, cause } = PHASES[phase];
    // A connection that is carried has no timer of its own.
    const isOver = session.carried !== 0 && phase === "closing" &&
      now - since > LINGER_MS;
    if (isOver || now - since > limitMs(limits)) {
      if (overdue === "answered") expireHead(session);
      else {
        session.cause ??= cause;
        closeSession(session);
      }
    } else if (phase === "busy" && client.pending === null) {
      // Nothing reads from this client now, so its end shows in no other way.
      if (hungUp(client.conn)) endGone(session);
      else if (client.ended && !session.probing) probe(session, now);
    }
  }
}

/**
 * Finds out whether a client that has ended its side has closed the other side
 * too: a write then fails, even one of nothing. A TCP peer tells it only when
 * something reaches it, so a client that waits for its answer gets one 100
 * first, which every client of HTTP/1.1 takes (RFC 9110 section 15.2).
 */
function probe(session: Session, now: number): void {
  const { client, exchange } = session;
  const waits = exchange !== null && !exchange.answering && !exchange.asked &&
    exchange.plan.head.minor === 1 &&
    now - exchange.started > ASK_AFTER_MS && session.peer.remote !== "";
  if (waits) exchange.asked = true;
  session.probing = true;
  client.conn.write(waits ? CONTINUE : NOTHING).then(
    () => session.probing = false,
    () => endGone(session),
  );
}

function endGone(session: Session): void {
  session.client.failure = "ConnectionReset";
  closeSession(session);
}

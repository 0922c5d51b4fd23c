/**
 * Ends connections whose phase has lasted too long, and those whose client has
 * gone while nothing is read from it.
 *
 * @module
 */

import { hungUp, monotonic } from "../host.ts";
import { expireHead } from "./answer.ts";
import { closeSession } from "./connection.ts";
import type { Limits } from "./limits.ts";
import { PHASES } from "./phases.ts";
import type { Session } from "./state.ts";

/** Checks every connection once. */
export function sweep(sessions: Iterable<Session>, limits: Limits): void {
  const now = monotonic();
  for (const session of sessions) {
    const { phase, since, client } = session;
    const { limitMs, overdue, cause } = PHASES[phase];
    if (now - since > limitMs(limits)) {
      if (overdue === "answered") expireHead(session);
      else {
        session.cause ??= cause;
        closeSession(session);
      }
    } else if (
      phase === "busy" && client.pending === null && hungUp(client.conn)
    ) {
      // Nothing reads from this client now, so its end shows in no other way.
      client.failure = "ConnectionReset";
      closeSession(session);
    }
  }
}

/**
 * Looks again at what is under way when somebody may have other rights, or an
 * address another owner.
 *
 * @module
 */

import { pause } from "../host.ts";
import { decide } from "../policy/decide.ts";
import { isAnother } from "../identity/identify.ts";
import type { NoAnswer } from "../engine/ask.ts";
import { closeSession, type Session } from "./connection.ts";
import type { SendPlan } from "./plan.ts";

/** Milliseconds until a look-up that failed is tried again. */
const RETRY_INTERVAL_MS = 1000;

/**
 * Whether a client still has the right to what it was allowed, under the policy
 * in force and with whoever owns its address now; or why it cannot be told.
 */
export async function isStillAllowed(
  { peer, found, context: { access } }: Session,
  { head }: SendPlan,
): Promise<boolean | NoAnswer> {
  const now = await access.find(peer);
  if ("reason" in now) return now;
  if (found !== null && isAnother(found, now)) return false;
  const { policy, client, dryRun } = now.planner;
  const { allowed, byPolicy } = decide(policy, client, head);
  return allowed || dryRun && byPolicy;
}

/**
 * Ends a stream, a tunnel or an upload whose client has lost the right to it:
 * nothing else would end it. A request that the engine has whole is answered
 * still. Asked again while it looks, it looks once more.
 */
export async function recheck(session: Session): Promise<void> {
  if (session.rechecking !== null) {
    session.rechecking = "again";
    return;
  }
  do {
    session.rechecking = "once";
    await look(session);
    // Another call may have set it meanwhile.
  } while (session.rechecking as "once" | "again" === "again");
  session.rechecking = null;
}

async function look(session: Session): Promise<void> {
  const { sending } = session;
  if (sending === null) return;
  const { plan, body } = sending;
  if (!plan.streams && plan.tunnel === null && body.done) return;
  let allowed = await isStillAllowed(session, plan);
  while (typeof allowed !== "boolean" && session.sending === sending) {
    await pause(RETRY_INTERVAL_MS);
    allowed = await isStillAllowed(session, plan);
  }
  // Gone on meanwhile.
  if (session.sending !== sending || allowed === true) return;
  session.cause = "revoked";
  closeSession(session);
}

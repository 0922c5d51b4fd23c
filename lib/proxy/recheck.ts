/**
 * Takes a request through the gate again when the policy or the owner of an
 * address changes while the request is under way.
 *
 * @module
 */

import { pause } from "../host.ts";
import { rightsOf } from "../policy/compile.ts";
import { compareConditions } from "../policy/conditions.ts";
import type { Identified } from "./access.ts";
import { closeSession } from "./connection.ts";
import { passGate, renew, type Standing, standingOf } from "./passage.ts";
import type { Exchange, Session } from "./state.ts";

/** Milliseconds until a look-up that failed is tried again. */
const RETRY_INTERVAL_MS = 1000;

/**
 * Ends a stream, a tunnel or an upload whose client has lost the right to it:
 * nothing else would end it. A request that the engine has whole is still
 * answered. If it is called again while it checks, it checks once more. Never
 * rejects.
 */
export async function recheck(session: Session): Promise<void> {
  if (session.rechecking !== null) {
    session.rechecking = "again";
    return;
  }
  try {
    do {
      session.rechecking = "once";
      await look(session);
      // Another call may have set it meanwhile.
    } while (session.rechecking as "once" | "again" === "again");
  } catch {
    // Only a bug gets here: a right that cannot be checked is lost.
    revoke(session);
  } finally {
    session.rechecking = null;
  }
}

function revoke(session: Session): void {
  session.cause = "policy.revoked";
  closeSession(session);
}

/**
 * Ends what is under way on an object that has left its client's scope, such as
 * by a rename. What ends by itself, as its object is gone, is left alone.
 *
 * @param id The full id of an object that has changed; of a volume, its name.
 */
export async function recheckObject(
  session: Session,
  id: string,
): Promise<void> {
  const { exchange } = session;
  const held = exchange?.held ?? null;
  if (exchange === null || held === null || !goesOn(exchange)) return;
  const { operation, parameters } = held.match;
  // An exec is held by its container, which its path does not name.
  if (!parameters.includes(id) && !operation.name.includes("exec.")) return;
  try {
    const passage = await passGate(exchange);
    if (session.exchange !== exchange || passage.kind !== "refused") return;
    if (passage.refusal.code === "policy.out_of_scope") revoke(session);
  } catch {
    // Only a bug gets here: a right that cannot be checked is lost.
    revoke(session);
  }
}

/** Whether a request is one that nothing else would end. */
function goesOn({ plan, body }: Exchange): boolean {
  return plan.streams || plan.tunnel !== null || !body.done;
}

async function look(session: Session): Promise<void> {
  const { exchange } = session;
  if (exchange === null) return;
  if (!goesOn(exchange)) return;
  let lost = await hasLost(exchange);
  while (lost === "unknown" && session.exchange === exchange) {
    await pause(RETRY_INTERVAL_MS);
    lost = await hasLost(exchange);
  }
  // The request has ended meanwhile.
  if (session.exchange !== exchange || lost === false) return;
  revoke(session);
}

/** Whether the client has lost the right to a request that passed the gate. */
export async function hasLost(
  exchange: Exchange,
): Promise<boolean | "unknown"> {
  const { passedFor } = exchange;
  const now = await renew(exchange, standingOf(exchange));
  if ("kind" in now) return now.kind === "unknown" ? "unknown" : true;
  // A body that is still being gathered is judged when it is complete. An
  // earlier judgement stands unless the policy now demands more, since it was
  // true of what was sent.
  if (passedFor === null || !demandsMore(passedFor, now)) return false;
  const passage = await passGate(exchange, now);
  if (passage.kind !== "passed") {
    return passage.kind === "unknown" ? "unknown" : true;
  }
  // What is being filtered cannot go on under another scope, or another hide;
  // nor what is judged as it passes, under another guard.
  return (passage.held?.answer.length ?? 0) > 0 || passage.answers !== null ||
    passage.passing !== null &&
      demandsMore(passedFor, now, (kind) => kind === "guard");
}

/** Whether the conditions, all or of a kind, now demand more than was judged before. */
function demandsMore(
  before: Identified,
  now: Standing,
  of?: Parameters<typeof compareConditions>[3],
): boolean {
  const { operation } = now.decision;
  if (operation === null) return false;
  const side = ({ planner: { policy, client } }: Identified) =>
    [policy, rightsOf(policy, client.name)] as const;
  const change = compareConditions(
    side(before),
    side(now.found),
    operation,
    of,
  );
  return change === "narrower" || change === "changed";
}

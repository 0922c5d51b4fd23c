/**
 * Finds out whose connection it is, where that is not known yet or may have
 * changed, and plans the request for that client.
 *
 * @module
 */

import type { NoAnswer } from "../engine/ask.ts";
import { isAnother } from "../identity/identify.ts";
import type { Identified } from "./access.ts";
import {
  excerptOf,
  isReserved,
  type Plan,
  planFor,
  planRefusal,
} from "./plan.ts";
import type { Session } from "./state.ts";

/** The plan of a request where nothing must be asked for it; else null: see {@link planAnew}. */
export function planAtOnce(session: Session, text: string): Plan | null {
  const { identified, context: { access } } = session;
  // Something may have changed since the client was identified.
  if (identified?.generation !== access.generation) return null;
  const plan = planFor(identified.planner, text);
  return needsOwn(plan) ? null : plan;
}

/** Whether it could be decided on once our own container is known. */
function needsOwn(plan: Plan): boolean {
  return plan.kind === "refuse" && plan.refusal.code === "engine.own_unknown";
}

/** Identifies the client, finds our own container where the request may touch it, and plans the request. */
export async function planAnew(session: Session, text: string): Promise<Plan> {
  const { access } = session.context;
  if (isReserved(text)) {
    // sockwarden asks itself: the engine may be down, or its address may lead
    // here.
    const plan = planFor(access.reserved(), text);
    if (plan.kind === "health" || plan.kind === "self") return plan;
  }
  const found = await identify(session);
  if (found === "another") {
    return {
      kind: "drop",
      code: "identity.changed",
      reason:
        "the address now belongs to another client: the connection is closed",
      excerpt: excerptOf(text),
    };
  }
  if ("reason" in found) {
    return {
      kind: "reject",
      status: 502,
      code: "identity.unknown",
      reason: `cannot identify this client: ${found.reason}`,
      excerpt: excerptOf(text),
    };
  }
  const plan = planFor(found.planner, text);
  if (plan.kind !== "refuse" || !needsOwn(plan)) return plan;
  const failed = await access.learnOwn();
  // Found or not, nothing is looked for now.
  if (failed === null) return await planAnew(session, text);
  const { head, decision, refusal } = plan;
  const message = `${refusal.message}: ${failed.reason}`;
  return planRefusal(head, decision, { ...refusal, message });
}

/**
 * The client, as it is identified now; `another` where the connection was
 * another client's before.
 *
 * The look-up that began when the connection was accepted counts first: it
 * tells whose connection it is, even where it is out of date by now.
 */
async function identify(
  session: Session,
): Promise<Identified | NoAnswer | "another"> {
  const { access } = session.context;
  for (;;) {
    const begun = session.identifying;
    session.identifying = null;
    const ended = await Promise.race([begun, null]);
    const found = ended ?? await (begun ?? access.find(session.peer));
    if ("reason" in found) {
      // It may have ended long ago.
      if (ended !== null) continue;
      return found;
    }
    if (session.identified !== null && isAnother(session.identified, found)) {
      return "another";
    }
    session.identified = found;
    if (begun === null || found.generation === access.generation) return found;
  }
}

/**
 * Finds out whose connection it is, where that is not known yet or may have
 * changed, and plans the request for that client.
 *
 * @module
 */

import type { NoAnswer } from "../engine/ask.ts";
import { formatAddress } from "../net/address.ts";
import { isAnother } from "../identity/identify.ts";
import type { Identified } from "./access.ts";
import { excerptOf, isReserved, type Plan, planFor } from "./plan.ts";
import type { Session } from "./state.ts";

/** Whether the client is known, and nothing has changed since it was identified. */
export function isIdentified(
  session: Session,
): session is Session & { identified: Identified } {
  return session.identified?.generation === session.context.access.generation;
}

/** Identifies the client and plans its request. */
export async function planAnew(session: Session, text: string): Promise<Plan> {
  const { access, engine } = session.context;
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
      reason: `cannot identify this client: the engine at ${
        formatAddress(engine)
      } did not answer: ${found.reason}`,
      excerpt: excerptOf(text),
    };
  }
  return planFor(found.planner, text);
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
    const found = await (begun ?? access.find(session.peer));
    if ("reason" in found) {
      // It may have begun long ago.
      if (begun !== null) continue;
      return found;
    }
    if (session.identified !== null && isAnother(session.identified, found)) {
      return "another";
    }
    session.identified = found;
    if (begun === null || found.generation === access.generation) return found;
  }
}

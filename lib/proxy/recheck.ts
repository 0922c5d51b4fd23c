/**
 * Takes a request through the gate, and again when the policy or the owner of
 * an address changes while the request is under way.
 *
 * @module
 */

import { pause } from "../host.ts";
import { rightsOf } from "../policy/compile.ts";
import { compareConditions, readsOf } from "../policy/conditions.ts";
import { decide, type Decision } from "../policy/decide.ts";
import { isAnother } from "../identity/identify.ts";
import type { Identified } from "./access.ts";
import { closeSession } from "./connection.ts";
import {
  type Admission,
  admit,
  claimsOf,
  judge,
  type Refusal,
} from "./gate.ts";
import type { Exchange, Session } from "./state.ts";

/** What a request came to at the gate. */
export type Passage =
  | {
    readonly kind: "passed";
    readonly found: Identified;
    readonly wouldRefuse: Refusal | null;
  }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** It was allowed before and no longer is, or its conditions can no longer be judged. */
  | { readonly kind: "revoked" }
  /** The client cannot be identified now. */
  | { readonly kind: "unknown" };

/** A decision with who it was made for. */
interface Standing {
  readonly found: Identified;
  readonly decision: Decision;
  readonly admission: Omit<Admission, "refusal">;
}

/** Milliseconds until a look-up that failed is tried again. */
const RETRY_INTERVAL_MS = 1000;
/** Judgements of one request, while the policy changes under it. */
const MAX_ROUNDS = 20;

const REVOKED: Passage = { kind: "revoked" };
const UNKNOWN: Passage = { kind: "unknown" };
const NO_BYTES = new Uint8Array(0);

/**
 * Decides once more where something has changed since the request was decided
 * on, then judges its conditions, under one policy from beginning to end. A
 * condition that reads a body which was not gathered does not hold.
 *
 * @param standing What was decided last.
 */
export async function passGate(
  exchange: Exchange,
  standing: Standing = standingOf(exchange),
): Promise<Passage> {
  const { session, plan, content } = exchange;
  const { access } = session.context;
  const claims = claimsOf(plan.decision, content ?? NO_BYTES);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const now = await renew(exchange, standing);
    if ("kind" in now) return now;
    standing = now;
    const { found, decision, admission } = now;
    const { conditions } = admission;
    if (content === null && readsOf(conditions) === "body") return REVOKED;
    const { policy, client, dryRun } = found.planner;
    const { index, hosts } = access;
    const { refusal, wouldRefuse } = await judge(
      { policy, index, hosts },
      {
        method: plan.head.method,
        decision,
        conditions,
        client: client.name,
        claims,
      },
      dryRun,
    );
    if (refusal !== null) {
      // A request that was sent already is checked again once it can be judged.
      return refusal.unsure === true && exchange.passedFor !== null
        ? UNKNOWN
        : { kind: "refused", refusal };
    }
    if (found.generation === access.generation) {
      return {
        kind: "passed",
        found,
        wouldRefuse: admission.wouldRefuse ?? wouldRefuse,
      };
    }
  }
  return REVOKED;
}

/** What was decided on a request that is on its way. */
function standingOf({ session, plan, passedFor }: Exchange): Standing {
  return {
    found: passedFor ?? session.identified!,
    decision: plan.decision,
    admission: plan,
  };
}

/** The decision under the policy in force, for the client as it is identified now. */
async function renew(
  { session, plan }: Exchange,
  standing: Standing,
): Promise<Standing | Passage> {
  const { access } = session.context;
  if (standing.found.generation === access.generation) return standing;
  const found = await access.find(session.peer);
  if ("reason" in found) return UNKNOWN;
  if (isAnother(standing.found, found)) return REVOKED;
  const { policy, client, dryRun } = found.planner;
  const decision = decide(policy, client, plan.head);
  const { refusal, ...admission } = admit(decision, dryRun);
  return refusal === null ? { found, decision, admission } : REVOKED;
}

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

async function look(session: Session): Promise<void> {
  const { exchange } = session;
  if (exchange === null) return;
  const { plan, body } = exchange;
  if (!plan.streams && plan.tunnel === null && body.done) return;
  let lost = await hasLost(exchange);
  while (lost === "unknown" && session.exchange === exchange) {
    await pause(RETRY_INTERVAL_MS);
    lost = await hasLost(exchange);
  }
  // The request has ended meanwhile.
  if (session.exchange !== exchange || lost === false) return;
  revoke(session);
}

/** Whether the client has lost the right to a request. */
async function hasLost(exchange: Exchange): Promise<boolean | "unknown"> {
  const { passedFor } = exchange;
  const now = await renew(exchange, standingOf(exchange));
  if ("kind" in now) return now.kind === "unknown" ? "unknown" : true;
  // A body that is still being gathered is judged when it is complete. An
  // earlier judgement stands unless the policy now demands more, since it was
  // true of what was sent.
  if (passedFor === null || !demandsMore(passedFor, now)) return false;
  const { kind } = await passGate(exchange, now);
  return kind === "unknown" ? "unknown" : kind !== "passed";
}

/** Whether the conditions now demand more than was judged before. */
function demandsMore(before: Identified, now: Standing): boolean {
  const { operation } = now.decision;
  if (operation === null) return false;
  const side = ({ planner: { policy, client } }: Identified) =>
    [policy, rightsOf(policy, client.name)] as const;
  const change = compareConditions(side(before), side(now.found), operation);
  return change === "narrower" || change === "changed";
}

/**
 * Takes a request through the gate, under one policy from beginning to end.
 *
 * @module
 */

import type { AnswerGuard } from "../guard/hide/rewrite.ts";
import { isAnother } from "../identity/identify.ts";
import { readsOf } from "../policy/conditions.ts";
import { decide, type Decision } from "../policy/decide.ts";
import type { Identified } from "./access.ts";
import { conclude, refuseExchange } from "./exchange.ts";
import {
  type Admission,
  admit,
  claimsOf,
  type HeldRequest,
  judge,
  type Judgement,
} from "./gate.ts";
import { prepare, setBody, setTarget } from "./gather.ts";
import { startJudging } from "./passing.ts";
import type { Passing, Refusal } from "./refusal.ts";
import type { Exchange, Session } from "./state.ts";

/** What a request came to at the gate. */
export type Passage =
  | {
    readonly kind: "passed";
    readonly found: Identified;
    readonly wouldRefuse: Refusal | null;
    /** The body to send, where it was rewritten; null where it is sent as it came. */
    readonly body: Uint8Array<ArrayBuffer> | null;
    /** The request under the ids of what was judged; null where it is sent as it came. */
    readonly match: Judgement["match"];
    /** How its answer is held to a scope; null where it is not. */
    readonly held: HeldRequest | null;
    /** How its answer is rewritten for what is hidden; null where it is not. */
    readonly answers: AnswerGuard | null;
    /** What judges its body as it passes; null where nothing does. */
    readonly passing: Passing | null;
  }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** It was allowed before and no longer is, or its conditions can no longer be judged. */
  | { readonly kind: "revoked" }
  /** The client cannot be identified now. */
  | { readonly kind: "unknown" };

/** A decision with who it was made for. */
export interface Standing {
  readonly found: Identified;
  readonly decision: Decision;
  readonly admission: Omit<Admission, "refusal">;
}

/** Judgements of one request, while the policy changes under it. */
const MAX_ROUNDS = 20;

const REVOKED: Passage = { kind: "revoked" };
const UNKNOWN: Passage = { kind: "unknown" };
const NO_BYTES = new Uint8Array(0);

/**
 * Takes a request through the gate before it is sent.
 *
 * @returns null where it may be sent; it was answered otherwise, and this says
 * whether the connection goes on. No promise where nothing has to be known.
 */
export function enterGate(exchange: Exchange): Promise<boolean | null> | null {
  const { body, plan, session: { identified, context } } = exchange;
  // The usual request has neither body nor conditions: nothing waits for it.
  // What changes from now on is looked at by `recheck()`, what came before it
  // was planned by the plan; in between it is looked at here.
  if (
    !body.done || plan.reads !== null && !isKnown(exchange) ||
    identified!.generation !== context.access.generation
  ) return enter(exchange);
  exchange.passedFor = identified;
  return null;
}

async function enter(exchange: Exchange): Promise<boolean | null> {
  if (!exchange.body.done && !await prepare(exchange)) return false;
  const isTaken = exchange.first !== exchange.plan.bytes;
  if (exchange.plan.records) await lookAhead(exchange);
  const passage = await passGate(exchange);
  switch (passage.kind) {
    case "passed":
      exchange.wouldRefuse = passage.wouldRefuse;
      exchange.passedFor = passage.found;
      exchange.answers = passage.answers;
      setTarget(exchange, passage);
      if (passage.body !== null) setBody(exchange, passage.body);
      if (passage.passing === null) return null;
      return await startJudging(exchange, passage.passing, isTaken);
    case "refused":
      return await refuseExchange(exchange, passage.refusal);
    default:
      conclude(
        exchange,
        passage.kind === "unknown" ? "identity.unknown" : "policy.revoked",
      );
      return false;
  }
}

/** Whether a request is read to record it alone, and an equal one was looked at just now. */
export function isKnown(exchange: Exchange): boolean {
  const { session: { context: { recorder } }, plan } = exchange;
  if (recorder === null || plan.judges) return false;
  exchange.looked = recorder.known(plan.decision.match);
  return exchange.looked !== null;
}

/** Looks up what is recorded of a request, while what it names is there. */
async function lookAhead(exchange: Exchange): Promise<void> {
  const { session: { context: { recorder } }, plan, content } = exchange;
  const { match } = plan.decision;
  if (recorder === null || match.kind !== "operation") return;
  exchange.looked = await recorder.look(match, content);
}

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
    const { index, hosts, objects } = access;
    const { refusal, wouldRefuse, ...judged } = await judge(
      { policy, index, hosts, objects, sockets: socketsOf(session) },
      {
        method: plan.head.method,
        decision,
        conditions,
        client: client.name,
        body: content ?? NO_BYTES,
        claims,
        isSent: exchange.passedFor !== null,
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
        ...judged,
      };
    }
  }
  return REVOKED;
}

/** The engine's socket, which no container may mount under a guard. */
function socketsOf({ context: { engine } }: Session): readonly string[] {
  return engine.kind === "unix" ? [engine.path] : [];
}

/** What was decided on a request that is on its way. */
export function standingOf({ session, plan, passedFor }: Exchange): Standing {
  return {
    found: passedFor ?? session.identified!,
    decision: plan.decision,
    admission: plan,
  };
}

/** The decision under the policy in force, for the client as it is identified now. */
export async function renew(
  exchange: Exchange,
  standing: Standing,
): Promise<Standing | Passage> {
  const { session, plan } = exchange;
  const { access } = session.context;
  if (standing.found.generation === access.generation) return standing;
  const found = await access.find(session.peer);
  if ("reason" in found) return UNKNOWN;
  if (isAnother(standing.found, found)) return REVOKED;
  const { policy, client, dryRun } = found.planner;
  const decision = decide(policy, client, plan.head);
  const { refusal, ...admission } = admit(decision, dryRun);
  if (refusal?.code === "engine.own_unknown") {
    return await access.learnOwn() === null
      ? renew(exchange, standing)
      : UNKNOWN;
  }
  return refusal === null ? { found, decision, admission } : REVOKED;
}

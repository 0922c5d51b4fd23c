/**
 * The gate: judges the conditions under which a request is allowed, in one
 * order, before anything of it is sent. It is the only place that knows what a
 * dry run lets through.
 *
 * `docs/architecture.md` says what a new kind of condition needs.
 *
 * @module
 */

import { type Claims, readClaims } from "../guard/claims.ts";
import { type GuardRules, knobOf } from "../guard/rules.ts";
import type { AnswerGuard } from "../guard/hide/rewrite.ts";
import type { ReasonCode } from "../observe/reasons.ts";
import { rightsOf } from "../policy/compile.ts";
import { type Condition, UNCONDITIONAL } from "../policy/conditions.ts";
import type { Decision } from "../policy/decide.ts";
import { type ClaimFacts, claimFacts, type FactSources } from "./gate_facts.ts";
import { type Case, JUDGES } from "./gate_judges.ts";
import type { RefusalDetails } from "./guard_gate.ts";
import {
  type Passing,
  type Refusal,
  refusalsOf,
  type Refuse,
} from "./refusal.ts";
import { type InScope, judgeScope, type OutOfScope } from "./scope/gate.ts";

/** What becomes of a decision before the request's conditions are judged. */
export interface Admission {
  /** Why it is refused; null where it may go on. */
  readonly refusal: Refusal | null;
  /** What must be judged then. */
  readonly conditions: readonly Condition[];
  /** Why it would be refused without the dry run; null if it would not be. */
  readonly wouldRefuse: Refusal | null;
}

/** What the conditions came to. */
export interface Judgement extends Omit<Admission, "conditions"> {
  /** The body to send, where a condition has rewritten it; null where it is sent as it came. */
  readonly body: Uint8Array<ArrayBuffer> | null;
  /** The request under the ids of what was judged; null where it is sent as it came. */
  readonly match: Case["match"] | null;
  /** How its answer is held to a scope; null where it is not. */
  readonly held: HeldRequest | null;
  /** How its answer is rewritten for what is hidden from the client; null where it is not. */
  readonly answers: AnswerGuard | null;
  /** What judges its body as it passes; null where nothing does. */
  readonly passing: Passing | null;
}

/** A request as it is sent, and held to a scope. */
export type HeldRequest = Pick<InScope, "match" | "answer" | "by">;

/** A request whose conditions are judged. */
export interface Conditional {
  readonly method: string;
  readonly decision: Decision;
  readonly conditions: readonly Condition[];
  /** The name of the client that asks; null for one that is not in the policy file. */
  readonly client: string | null;
  /** Its whole body; empty where the query alone is read. */
  readonly body: Uint8Array;
  /** What it claims: made by {@link claimsOf}, so that a body is parsed once. */
  readonly claims: () => Claims | { problem: string };
  /** Whether the engine has it already, so that it cannot be rewritten. */
  readonly isSent: boolean;
}

const PASSED: Judgement = {
  refusal: null,
  wouldRefuse: null,
  body: null,
  match: null,
  held: null,
  answers: null,
  passing: null,
};
const UNKNOWN = { problem: "it is not a known operation" };

/**
 * Takes in a decision. Pure.
 *
 * @param dryRun Whether a request that only the policy refuses is let through.
 */
export function admit(decision: Decision, dryRun: boolean): Admission {
  const conditions = UNCONDITIONAL;
  if (decision.outcome !== "refused") {
    return {
      refusal: null,
      wouldRefuse: null,
      conditions: decision.conditions,
    };
  }
  const { status, code, message, byPolicy } = decision;
  const refusal = { status, code, message, byPolicy };
  return byPolicy && dryRun
    ? { refusal: null, wouldRefuse: refusal, conditions }
    : { refusal, wouldRefuse: null, conditions };
}

/**
 * Judges the conditions of a request: what they need is read and asked for
 * once, and the first that does not hold refuses it. Where a condition rewrites
 * the body, the result is read and judged instead; a dry run sends the body as
 * it came all the same.
 *
 * @param dryRun Whether a request that only the policy refuses is let through.
 */
export async function judge(
  sources: FactSources,
  request: Conditional,
  dryRun: boolean,
): Promise<Judgement> {
  if (request.conditions.length === 0) return PASSED;
  const outcome = await judgeAll(sources, request);
  if ("body" in outcome) {
    return dryRun
      ? {
        ...PASSED,
        wouldRefuse: outcome.wouldRefuse,
        passing: outcome.passing === null
          ? null
          : { ...outcome.passing, dryRun },
      }
      : { ...PASSED, ...outcome, answers: answersOf(request) };
  }
  return dryRun
    ? { ...PASSED, wouldRefuse: outcome }
    : { ...PASSED, refusal: outcome };
}

/**
 * Reads what a request claims when it is first asked for, and only once: a
 * change of policy meanwhile does not change what the body says.
 *
 * @param body The whole body as it will be sent; empty where the query alone
 * is read.
 */
export function claimsOf(
  { match }: Pick<Decision, "match">,
  body: Uint8Array,
): () => Claims | { problem: string } {
  let read: Claims | { problem: string } | null = null;
  return () =>
    read ??= match.kind !== "operation" ? UNKNOWN : readClaims(
      match.operation.name,
      match.parameters,
      match.target.query,
      body,
    );
}

/** What a request that keeps to a guard comes to. */
interface Guarding {
  /** The request under the ids of what was judged. */
  readonly match: Case["match"];
  readonly warning: Refusal | null;
  readonly passing: Passing | null;
}

/** Judges a request by a guard, on the body that is sent. */
async function judgeGuard(
  { sources: { objects, sockets, policy }, match, rights }: Case,
  method: string,
  rules: GuardRules,
  body: Uint8Array,
  refuse: Refuse,
): Promise<Refusal | Guarding> {
  // Most clients have no guard, and its tables are large.
  const { judgeByGuard } = await import("./guard_gate.ts");
  const asked = { method, match, body };
  const all = { ...rules, sockets };
  const found = await judgeByGuard(objects, rights, all, asked, policy.own);
  if (found.kind === "refused") {
    return refuse(found.code, found.why, found.more);
  }
  if (found.kind === "unsure") {
    return unsureOf("engine.guard_unknown", found.why);
  }
  const refuseBody: Passing["refuse"] = (why, more) =>
    refuse("policy.guard", why, more);
  const { warning, passing, more } = found;
  return {
    match: found.match,
    warning: warning === null ? null : refuseBody(warning, more),
    passing: passing === null
      ? null
      : { judge: passing, refuse: refuseBody, dryRun: false },
  };
}

/** The request with the labels that its guard adds, and its body if that has changed. */
async function withLabels(
  request: Conditional,
): Promise<{ request: Conditional; body: Judgement["body"] }> {
  const { method, decision, conditions, isSent } = request;
  const { match } = decision;
  const rules = conditions.find((one) => one.kind === "guard")?.rules;
  if (
    isSent || rules === undefined || match.kind !== "operation" ||
    knobOf(rules, "labels-added").list.length === 0
  ) return { request, body: null };
  // Few guards add labels.
  const { addLabels } = await import("../guard/add_labels.ts");
  const added = addLabels(rules, method, { match, body: request.body });
  if (added.match !== null) {
    request = { ...request, decision: { ...decision, match: added.match } };
  }
  return {
    request: withBody(request, added.body ?? request.body),
    body: added.body,
  };
}

async function judgeAll(
  sources: FactSources,
  received: Conditional,
): Promise<Refusal | Omit<Judgement, "refusal" | "answers">> {
  // First: all conditions are judged on what is sent.
  let { request, body: sent } = await withLabels(received);
  const { method, decision: { match }, conditions } = request;
  const rights = rightsOf(sources.policy, request.client);
  const refuse = refusalsOf(request, rights);
  // Only an operation has conditions: a bug must not pass for one that holds.
  if (match.kind !== "operation") {
    return refuse("policy.unreadable_body", UNKNOWN.problem);
  }
  let of: Case = { sources, match, rights };
  let held: InScope | null = null;
  let facts: Known | null = null;
  let [warning, passing]: [Refusal | null, Passing | null] = [null, null];
  for (const condition of conditions) {
    if (condition.kind === "scope") {
      const { isSent, body } = request;
      const asked = { ...of, isSent };
      const found = await judgeScope(asked, method, condition, body);
      if ("status" in found) return outOfScope(found, refuse);
      held = found;
      of = { ...of, match: found.match };
      sent = found.body ?? sent;
      if (found.body !== null) request = withBody(request, found.body);
      continue;
    }
    if (condition.kind === "guard") {
      const body = facts?.body ?? request.body;
      const found = await judgeGuard(of, method, condition.rules, body, refuse);
      if ("status" in found) return found;
      of = { ...of, match: found.match };
      ({ warning, passing } = found);
      continue;
    }
    const row = JUDGES[condition.kind];
    let why: string | null;
    let more: RefusalDetails = {};
    if (row.needs === "match") why = row.judge(of);
    else {
      if (facts === null) {
        const found = await factsOf(of, request, refuse);
        if ("status" in found) return found;
        facts = found;
      }
      why = row.judge({ ...of, facts });
      if (why !== null) more = { remedies: row.remedies?.({ ...of, facts }) };
    }
    if (why !== null) return refuse(row.code, why, more);
  }
  return {
    body: facts?.body ?? sent,
    match: of.match === received.decision.match ? null : of.match,
    held: held === null ? null : { ...held, match: of.match },
    wouldRefuse: warning,
    passing,
  };
}

/** How the answer is rewritten; null where it is not. */
function answersOf({ conditions }: Conditional): Judgement["answers"] {
  return conditions.find((one) => one.kind === "hide")?.answers ?? null;
}

/** The request with a body that was rewritten. */
function withBody(request: Conditional, body: Uint8Array): Conditional {
  return { ...request, body, claims: claimsOf(request.decision, body) };
}

/** Why a request is not sent where the engine did not say what must be known. */
function unsureOf(code: ReasonCode, why: string): Refusal {
  const message = `sockwarden: ${why}`;
  return { status: 502, code, message, byPolicy: false, unsure: true };
}

/** Why a request is not sent for the scope; of what is hidden only the log knows. */
function outOfScope(
  { status, code, why, note, remedies }: OutOfScope,
  refuse: Refuse,
): Refusal {
  if (status === 403) return refuse(code, why, { remedies });
  if (status === 502) return unsureOf(code, why);
  return {
    status,
    code,
    message: why,
    remedies,
    byPolicy: code === "policy.out_of_scope",
    ...(note === null ? {} : { note }),
  };
}

/** What is known of the body that is to be sent. */
type Known = ClaimFacts & Pick<Judgement, "body">;

/** What the request claims as it is to be sent, with what the engine says of it; or why that is not known. */
async function factsOf(
  of: Case,
  request: Conditional,
  refuse: Refuse,
): Promise<Known | Refusal> {
  const { decision, conditions, client } = request;
  let claims = request.claims();
  let body: Judgement["body"] = null;
  if (!("problem" in claims) && !request.isSent) {
    body = rewritten(of, request, claims);
    if (body !== null) claims = claimsOf(decision, body)();
  }
  if ("problem" in claims) {
    return refuse("policy.unreadable_body", claims.problem);
  }
  const facts = await claimFacts(of.sources, claims, conditions, client);
  return "problem" in facts
    ? { ...refuse("policy.identity", facts.problem), unsure: true }
    : { ...facts, body };
}

/** The body as the conditions want it; null where it is as it came. */
function rewritten(
  of: Case,
  { body, conditions }: Conditional,
  claims: Claims,
): Judgement["body"] {
  // One kind alone rewrites: a second one would not know what the first did.
  for (const { kind } of conditions) {
    const rewrite = kind === "scope" || kind === "guard"
      ? undefined
      : JUDGES[kind].rewrite;
    if (rewrite !== undefined) return rewrite(of, claims, body);
  }
  return null;
}

/**
 * What to do with a request head: read, decided on, and written out for the
 * engine or refused. Equal heads of clients with equal rights give equal
 * plans, so plans of plain requests are kept for the next one.
 *
 * @module
 */

import type { Match } from "../docker/match.ts";
import type { UpgradeProtocol } from "../docker/operations.ts";
import { encodeLatin1 } from "../host.ts";
import {
  formatRequestHead,
  parseRequestHead,
  type RequestHead,
} from "../http1/request.ts";
import type { Framing } from "../http1/framing.ts";
import type { HeadLimits } from "../http1/limits.ts";
import type { ReasonCode } from "../observe/reasons.ts";
import type { Policy } from "../policy/compile.ts";
import {
  type Condition,
  mostOf,
  type Reads,
  readsOf,
} from "../policy/conditions.ts";
import { type Client, decide, type Decision } from "../policy/decide.ts";
import { recordedOf } from "../policy/recorded.ts";
import { answer } from "../wire/reply.ts";
import { type Admission, admit } from "./gate.ts";
import type { Refusal } from "./refusal.ts";
import type { ClientCounts } from "./client_counts.ts";
import { requestIdIn, withIdPlace } from "./request_id.ts";

/** What to do with one request. */
export type Plan = SendPlan | RefusePlan | RejectPlan | DropPlan | OwnPlan;

/** The request goes to the engine if its conditions hold. */
export interface SendPlan {
  readonly kind: "send";
  readonly head: RequestHead;
  readonly decision: Decision;
  /** What must hold before it is sent. */
  readonly conditions: readonly Condition[];
  /** What of the request must be read to judge them, and to record it; null where nothing is. */
  readonly reads: Reads | null;
  /** Whether something is read to judge them, not to record it alone. */
  readonly judges: boolean;
  /** Whether it is looked at to record it. */
  readonly records: boolean;
  /** Why it would be refused without the dry run; null if it would not be. */
  readonly wouldRefuse: Refusal | null;
  /** The id that the client sent, where ours takes its place; null where there is none. */
  readonly clientId: string | null;
  /** The head as it is sent. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The operation is a tunnel, and this is how its engine may answer 200 or 101. */
  readonly tunnel: UpgradeProtocol | null;
  /** The `Upgrade` that is sent, or null. */
  readonly upgrade: string | null;
  /** A client that ends its side cancels the answer. */
  readonly streams: boolean;
}

/** The request is refused; the connection may go on. */
export interface RefusePlan {
  readonly kind: "refuse";
  readonly head: RequestHead;
  readonly decision: Decision;
  readonly refusal: Refusal;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The head is malformed or ambiguous, or the client is unknown: answered and closed. */
export interface RejectPlan {
  readonly kind: "reject";
  readonly status: number;
  readonly code: ReasonCode;
  readonly reason: string;
  /** The start of the request line, for the log. */
  readonly excerpt: string;
  /** What it asks for, where its head could be read. */
  readonly asked?: Pick<RefusePlan, "head" | "decision">;
}

/** The connection is closed without an answer: its address is now another client's. */
export interface DropPlan {
  readonly kind: "drop";
  readonly code: ReasonCode;
  readonly reason: string;
  /** The start of the request line, for the log. */
  readonly excerpt: string;
}

/** The request is for sockwarden itself: its health, or whether the engine's address leads back to it. */
export interface OwnPlan {
  readonly kind: "health" | "self";
  readonly head: RequestHead;
}

/** The prefix of sockwarden's own paths. */
const RESERVED = "/_sockwarden/";
/** The path of sockwarden's health check. */
export const HEALTH_PATH = `${RESERVED}health`;
/** The prefix of the path that tells whether the engine's address leads back to us. */
const SELF_PATH = `${RESERVED}self/`;

/** Characters of heads that are kept for each client, and how many heads. */
const MAX_KEPT_CHARACTERS = 256 * 1024;
const MAX_KEPT_PLANS = 512;
/** Characters of the longest head that is kept. */
const MAX_KEPT_HEAD_CHARACTERS = 16 * 1024;

/** Bytes of a body that are read to keep the connection, where the request gets our own answer. */
const MAX_DISCARDED_BYTES = 64 * 1024;

/** Fields that carry credentials: such heads are not kept. */
const CREDENTIALS = /\r\n(?:x-registry-|authorization|cookie)/i;

/** Fields that ask for another form of the answer than the plain one; lines with their line ends. */
const READ_FIELDS =
  /(?<=^|\r\n)(?:accept|accept-encoding|range|if-[a-z-]+|te):[^\r]*\r\n/gi;

/** Plans of one policy for one client. */
export interface Planner extends PlannerOptions {
  readonly kept: Map<string, Plan>;
  size: number;
}

/** What {@link createPlanner} needs. */
export interface PlannerOptions {
  readonly policy: Policy;
  readonly client: Client;
  readonly limits: HeadLimits;
  /** A path that only this process knows: what answers on it is this process. */
  readonly selfPath: string;
  /** Whether requests that the policy refuses are let through and logged. */
  readonly dryRun: boolean;
  /** Whether what requests name and contain is recorded; not if left out. */
  readonly records?: boolean;
  /** Whether requests get an id; not if left out. */
  readonly audits?: boolean;
  /** What the client has under way; null, or left out, for one without limits. */
  readonly counts?: ClientCounts | null;
}

/** A path that cannot be guessed. */
export function newSelfPath(): string {
  return SELF_PATH + [Math.random(), Math.random()]
    .map((number) => number.toString(36).slice(2)).join("");
}

/** Whether a head asks for one of sockwarden's own paths, which no engine has. */
export function isReserved(text: string): boolean {
  return text.startsWith(`GET ${RESERVED}`);
}

/** Makes an empty planner. */
export function createPlanner(options: PlannerOptions): Planner {
  return { ...options, kept: new Map(), size: 0 };
}

/**
 * The plan for a head.
 *
 * @param text The exact head with its last empty line, one code unit a byte.
 */
export function planFor(planner: Planner, text: string): Plan {
  const kept = planner.kept.get(text);
  if (kept !== undefined) return kept;
  const plan = makePlan(planner, text);
  if (
    isKept(plan) && text.length <= MAX_KEPT_HEAD_CHARACTERS &&
    !CREDENTIALS.test(text)
  ) {
    planner.size += text.length;
    if (
      planner.size > MAX_KEPT_CHARACTERS || planner.kept.size >= MAX_KEPT_PLANS
    ) {
      planner.kept.clear();
      planner.size = text.length;
    }
    planner.kept.set(text, plan);
  }
  return plan;
}

/** The bytes of a request head whose body was gathered and is sent in one piece. */
export function gatheredHead(
  plan: SendPlan,
  length: number,
): Uint8Array<ArrayBuffer> {
  const framing: Framing = length > 0
    ? { kind: "length", length }
    : { kind: "none" };
  return encodeLatin1(
    formatRequestHead(plan.head, framing, plan.upgrade, false),
  );
}

/**
 * The same plan for a request that is sent to another target; messages and the
 * log keep the path that was asked for.
 *
 * @param isRead Whether its answer is read here, so that it must come plain.
 */
export function withTarget(
  plan: SendPlan,
  match: Extract<Match, { kind: "operation" }>,
  isRead: boolean,
): SendPlan {
  const fields = isRead
    ? plan.head.fields.replace(READ_FIELDS, "")
    : plan.head.fields;
  const head = { ...plan.head, target: match.sent, fields };
  const decision = { ...plan.decision, match };
  const { tunnel, upgrade } = plan;
  return { ...plan, head, decision, bytes: headBytes(head, tunnel, upgrade) };
}

/** Plans under which an answer is read, of those that are kept and change in nothing else. */
const PLAIN = new WeakMap<SendPlan, SendPlan>();

/** The same plan, for an answer that is read: {@link withTarget} once for each plan. */
export function forPlainAnswer(
  plan: SendPlan,
  match: Extract<Match, { kind: "operation" }>,
): SendPlan {
  let plain = PLAIN.get(plan);
  if (plain === undefined) {
    plain = withTarget(plan, match, true);
    PLAIN.set(plan, plain);
  }
  return plain;
}

/** The bytes of a head as it is sent. */
function headBytes(
  head: RequestHead,
  tunnel: UpgradeProtocol | null,
  upgrade: string | null,
): Uint8Array<ArrayBuffer> {
  const waits = head.expectContinue && tunnel === null;
  return encodeLatin1(formatRequestHead(head, head.framing, upgrade, waits));
}

function makePlan(planner: Planner, text: string): Plan {
  const head = parseRequestHead(text, planner.limits);
  if ("reason" in head) {
    const { status, code, reason } = head;
    return { kind: "reject", status, code, reason, excerpt: excerptOf(text) };
  }
  if (head.target === HEALTH_PATH && head.method === "GET") {
    return { kind: "health", head };
  }
  if (head.target === planner.selfPath) return { kind: "self", head };
  const { policy, client, dryRun, records = false, audits = false } = planner;
  const decision = decide(policy, client, head);
  if (decision.outcome === "refused" && decision.malformed !== null) {
    const { status, code, malformed: reason } = decision;
    const asked = { head, decision };
    const excerpt = excerptOf(text);
    return { kind: "reject", status, code, reason, excerpt, asked };
  }
  const admission = admit(decision, dryRun);
  return admission.refusal === null
    ? planSend(audits ? withIdPlace(head) : head, decision, admission, {
      records,
      clientId: audits ? requestIdIn(head.fields) : null,
    })
    : planRefusal(head, decision, admission.refusal);
}

/** The plan that refuses a request. */
export function planRefusal(
  head: RequestHead,
  decision: Decision,
  refusal: Refusal,
): RefusePlan {
  const bytes = answer(
    refusal.status,
    refusal.message,
    !readsOn(head),
    head.method === "HEAD",
    refusal.fields,
  );
  return { kind: "refuse", head, decision, refusal, bytes };
}

function planSend(
  received: RequestHead,
  decision: Decision,
  { conditions, wouldRefuse }: Admission,
  { records, clientId }: { records: boolean; clientId: string | null },
): SendPlan {
  const { match, operation } = decision;
  const recorded = records && operation !== null ? recordedOf(operation) : null;
  const head = match.kind === "operation" && match.sent !== received.target
    ? { ...received, target: match.sent }
    : received;
  const judged = readsOf(conditions);
  const tunnel = operation?.upgrade ?? null;
  const upgrade = upgradeFor(tunnel, head.upgrade);
  return {
    kind: "send",
    head,
    decision,
    conditions,
    reads: mostOf(judged, recorded),
    judges: judged !== null,
    records: recorded !== null,
    wouldRefuse,
    clientId,
    bytes: headBytes(head, tunnel, upgrade),
    tunnel,
    upgrade,
    streams: operation === null || operation.transport === "stream",
  };
}

function isKept(plan: Plan): boolean {
  switch (plan.kind) {
    case "send":
      return plan.tunnel === null && plan.head.framing.kind === "none";
    case "refuse":
      return plan.head.framing.kind === "none";
    default:
      return false;
  }
}

/**
 * The `Upgrade` to send: only where the operation is a tunnel, and only the
 * protocol that it speaks, spelled as engines compare it
 * (docs/engine-api/streams.md, "Upgrades").
 */
function upgradeFor(
  tunnel: UpgradeProtocol | null,
  asked: string | null,
): string | null {
  return tunnel !== null && asked?.toLowerCase() === tunnel ? tunnel : null;
}

/**
 * Whether the connection is read on after a request that gets our own answer.
 * The answer announces its end (RFC 9112 section 9.6), so this is known before
 * the body has come: a body is read only where it is known to be small.
 */
export function readsOn(
  { framing, keepAlive, expectContinue }: RequestHead,
): boolean {
  // A client that waits for 100 may or may not send its body now.
  return keepAlive &&
    (framing.kind === "none" ||
      !expectContinue && framing.kind === "length" &&
        framing.length <= MAX_DISCARDED_BYTES);
}

/** The start of a request line, without its query. */
export function excerptOf(text: string): string {
  const line = text.slice(0, 200);
  const end = line.search(/[\r\n?]/);
  return end < 0 ? line : line.slice(0, end);
}

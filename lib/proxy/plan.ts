/**
 * What to do with a request head: read, decided on, and written out for the
 * engine or refused. Equal heads of clients with equal rights give equal
 * plans, so plans of plain requests are kept for the next one.
 *
 * @module
 */

import type { UpgradeProtocol } from "../docker/operations.ts";
import { encodeUtf8 } from "../host.ts";
import {
  formatRequestHead,
  type Framing,
  type HeadLimits,
  parseRequestHead,
  type RequestHead,
} from "../http1/request.ts";
import { claimKind } from "../policy/claim.ts";
import type { Policy } from "../policy/compile.ts";
import { type Client, decide, type Decision } from "../policy/decide.ts";
import { answer } from "../wire/reply.ts";

/** What to do with one request. */
export type Plan =
  | SendPlan
  | RefusePlan
  | BadPlan
  | UnknownPlan
  | AnotherPlan
  | HealthPlan
  | SelfPlan;

/** The request goes to the engine. */
export interface SendPlan {
  readonly kind: "send";
  readonly head: RequestHead;
  readonly decision: Decision;
  /** The head as it is sent. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The operation is a tunnel, and this is how its engine may answer 200 or 101. */
  readonly tunnel: UpgradeProtocol | null;
  /** The `Upgrade` that is sent, or null. */
  readonly upgrade: string | null;
  /** A client that ends its side cancels the answer. */
  readonly streams: boolean;
  /** What must be read and judged before it is sent: its query, or its body too. */
  readonly claims: "query" | "body" | null;
  /** Why it would be refused, were this no dry run; else empty. */
  readonly wouldRefuse: string;
}

/** The request is refused; the connection may go on. */
export interface RefusePlan {
  readonly kind: "refuse";
  readonly head: RequestHead;
  readonly decision: Decision;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The head cannot be read in one way only: answered and closed. */
export interface BadPlan {
  readonly kind: "bad";
  readonly status: number;
  readonly reason: string;
  /** The start of the request line, for the log. */
  readonly excerpt: string;
}

/** It cannot be told whose request it is: answered and closed. */
export interface UnknownPlan {
  readonly kind: "unknown";
  readonly status: number;
  readonly reason: string;
  /** The start of the request line, for the log. */
  readonly excerpt: string;
}

/** The address has become another's: closed without an answer. */
export interface AnotherPlan {
  readonly kind: "another";
  /** The start of the request line, for the log. */
  readonly excerpt: string;
}

/** Our own health check. */
export interface HealthPlan {
  readonly kind: "health";
  readonly head: RequestHead;
}

/** Our own question whether the engine's address leads back to us. */
export interface SelfPlan {
  readonly kind: "self";
  readonly head: RequestHead;
}

/** The start of the paths that are our own. */
const RESERVED = "/_sockwarden/";
/** The reserved path of our own health check. */
export const HEALTH_PATH = `${RESERVED}health`;
/** The start of the path that asks whether we are our own engine. */
const SELF_PATH = `${RESERVED}self/`;

/** Characters of heads that are kept for each client, and how many heads. */
const MAX_KEPT_CHARACTERS = 256 * 1024;
const MAX_KEPT_PLANS = 512;

/** Fields that carry credentials: such heads are not kept. */
const CREDENTIALS = /\r\n(?:x-registry-|authorization|cookie)/i;

/** Plans of one policy for one client. */
export interface Planner extends PlannerOptions {
  readonly kept: Map<string, Plan>;
  size: number;
}

/** What plans are made by. */
export interface PlannerOptions {
  readonly policy: Policy;
  readonly client: Client;
  readonly limits: HeadLimits;
  /** A path that nobody else knows: whoever answers on it is this very program. */
  readonly selfPath: string;
  /** What the policy refuses is sent, and told. */
  readonly dryRun: boolean;
}

/** A path that nobody can guess. */
export function newSelfPath(): string {
  return SELF_PATH + [Math.random(), Math.random()]
    .map((number) => number.toString(36).slice(2)).join("");
}

/** Whether a head asks for a path of ours, which no engine has. */
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
  if (isKept(plan) && !CREDENTIALS.test(text)) {
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
  return encodeUtf8(
    formatRequestHead(plan.head, framing, plan.upgrade, false),
  );
}

function makePlan(planner: Planner, text: string): Plan {
  const head = parseRequestHead(text, planner.limits);
  if ("reason" in head) {
    return {
      kind: "bad",
      status: head.status,
      reason: head.reason,
      excerpt: excerptOf(text),
    };
  }
  if (head.target === HEALTH_PATH && head.method === "GET") {
    return { kind: "health", head };
  }
  if (head.target === planner.selfPath) return { kind: "self", head };
  const { policy, client, dryRun } = planner;
  const decision = decide(policy, client, head);
  if (!decision.allowed && !(dryRun && decision.byPolicy)) {
    return decision.status === 400
      ? {
        kind: "bad",
        status: 400,
        reason: decision.message.replace(/^sockwarden: /, ""),
        excerpt: excerptOf(text),
      }
      : {
        kind: "refuse",
        head,
        decision,
        bytes: answer(
          decision.status,
          decision.message,
          !head.keepAlive,
          head.method === "HEAD",
        ),
      };
  }
  const operation = decision.operation;
  const claims = operation === null ? null : claimKind(policy, operation);
  const tunnel = operation?.upgrade ?? null;
  const upgrade = upgradeFor(tunnel, head.upgrade);
  return {
    kind: "send",
    head,
    decision,
    bytes: encodeUtf8(
      formatRequestHead(
        head,
        head.framing,
        upgrade,
        head.expectContinue && tunnel === null,
      ),
    ),
    tunnel,
    upgrade,
    streams: operation === null || operation.transport === "stream",
    // Only a dry run gets here with what cannot be read.
    claims: claims === "unreadable" ? null : claims,
    wouldRefuse: decision.message,
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

/** The start of a request line, without its query. */
export function excerptOf(text: string): string {
  const line = text.slice(0, 200);
  const end = line.search(/[\r\n?]/);
  return end < 0 ? line : line.slice(0, end);
}

/**
 * Holds clients to their limits: the one place where a request is refused for
 * them, before anything is asked or sent for it, and where an upload is slowed.
 *
 * @module
 */

import { monotonic, pause } from "../host.ts";
import { limitText } from "../policy/client_limits.ts";
import { rightsOf } from "../policy/compile.ts";
import { whom } from "../policy/decide.ts";
import { hasBytes, type Source } from "../wire/source.ts";
import {
  type ClientCounts,
  type Excess,
  giveBack,
  judgeRequest,
  type Slot,
  takeSlot,
  waitToAnswer,
} from "./client_counts.ts";
import {
  type Plan,
  planRefusal,
  type RefusePlan,
  type SendPlan,
} from "./plan.ts";
import type { Refusal } from "./refusal.ts";
import type { Exchange, Session } from "./state.ts";
import { borrow } from "./token_bucket.ts";

/** Milliseconds after which an upload that waits looks whether it is still wanted. */
const LOOK_AGAIN_MS = 250;

/** What a session's requests count for; null for a client without limits. */
export function countsOf(
  { identified, context }: Session,
): ClientCounts | null {
  return identified === null
    ? context.access.unknown
    : identified.planner.counts ?? null;
}

/**
 * Holds a request to its client's limits. One that is sent gets its place
 * (`session.slot`) at once, so that no other comes in between.
 *
 * @returns The plan, or the one that refuses it: a promise where that answer
 * waits.
 */
export function withinLimits(
  session: Session,
  counts: ClientCounts,
  plan: Plan,
): Plan | Promise<Plan> {
  if (plan.kind === "drop") return plan;
  const now = monotonic();
  const isStream = plan.kind === "send" ? opensStream(plan) : null;
  const excess = judgeRequest(counts, isStream, now);
  if (excess === null || session.identified?.planner.dryRun) {
    if (plan.kind !== "send") return plan;
    session.slot = takeSlot(counts, isStream!);
    return excess === null ? plan : letThrough(session, counts, plan, excess);
  }
  const instead = plan.kind === "send" || plan.kind === "refuse"
    ? refused(session, counts, plan, excess)
    // What is malformed is refused already, and a health check may be that of
    // an orchestrator: these answers only wait.
    : plan;
  const wait = waitToAnswer(counts, now);
  return wait === 0 ? instead : later(session, wait, instead);
}

/** The plan after so many milliseconds, which do not count as time that we took. */
async function later(
  session: Session,
  milliseconds: number,
  plan: Plan,
): Promise<Plan> {
  await pause(milliseconds);
  session.since = monotonic();
  return plan;
}

/** Whether a request may stay open for long: what the engine's API calls a stream or upgrades, and what is not known. */
function opensStream({ streams, tunnel }: SendPlan): boolean {
  return streams || tunnel !== null;
}

/** The plan of a request that a dry run lets through. */
function letThrough(
  session: Session,
  counts: ClientCounts,
  plan: SendPlan,
  excess: Excess,
): SendPlan {
  const wouldRefuse = plan.wouldRefuse ??
    refusalOf(session, counts, plan, excess);
  return { ...plan, wouldRefuse };
}

/** The plan that refuses a request in place of another. */
function refused(
  session: Session,
  counts: ClientCounts,
  plan: SendPlan | RefusePlan,
  excess: Excess,
): RefusePlan {
  const refusal = refusalOf(session, counts, plan, excess);
  return planRefusal(plan.head, plan.decision, refusal);
}

function refusalOf(
  { identified }: Session,
  { limits }: ClientCounts,
  { head, decision }: SendPlan | RefusePlan,
  { code, retryAfter }: Excess,
): Refusal {
  const { policy, client } = identified!.planner;
  const { operation, path } = decision;
  const to = whom(rightsOf(policy, client.name));
  return {
    status: 429,
    code,
    byPolicy: true,
    fields: `Retry-After: ${retryAfter}\r\n`,
    message: `sockwarden: ${
      operation?.name ?? "the request"
    } (${head.method} ${path}) is more than is allowed${to}: ${
      limitText(limits, code)
    } (${limits.setting}); try again in ${retryAfter} s`,
  };
}

/** Ends what a request counts for; does nothing the second time. */
export function leaveLimits(exchange: Exchange): void {
  const { slot } = exchange;
  exchange.slot = null;
  if (slot !== null) giveBack(slot);
}

/**
 * Counts bytes that a client has uploaded, so that the next ones wait for them.
 *
 * @returns Milliseconds after which they may go on.
 */
export function countUpload(
  { slot, session }: Exchange,
  bytes: number,
): number {
  if (slot === null || slot.counts.upload === null) return 0;
  if (session.identified!.planner.dryRun) return 0;
  return borrow(slot.counts.upload, bytes, monotonic());
}

/**
 * Counts bytes that a client uploads, before they go on.
 *
 * @param engine Where they go; null while they are gathered.
 * @returns null where they may go on at once, else what ends when they may, or
 * when one side is gone.
 */
export function slow(
  exchange: Exchange,
  bytes: number,
  engine: Source | null,
): Promise<void> | null {
  const { slot } = exchange;
  if (slot === null) return null;
  const wait = countUpload(exchange, bytes);
  return wait < 1 ? null : holdBack(exchange, slot, wait, engine);
}

/** Whether the client is gone, or has ended its side before its body had come. */
function isOver({ session: { client }, body }: Exchange): boolean {
  return client.closed || client.failure !== null ||
    client.ended && !body.done && !hasBytes(client);
}

async function holdBack(
  exchange: Exchange,
  { counts }: Slot,
  milliseconds: number,
  engine: Source | null,
): Promise<void> {
  const begun = monotonic();
  const end = begun + milliseconds;
  for (let now = begun; now < end; now = monotonic()) {
    if (engine?.closed === true || isOver(exchange)) break;
    await pause(Math.min(end - now, LOOK_AGAIN_MS));
  }
  const waited = monotonic() - begun;
  exchange.slowedMs += waited;
  counts.slowedMs += waited;
}

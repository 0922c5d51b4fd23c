/**
 * Tells which plans are plain enough to be carried: the one place that says so.
 *
 * @module
 */

import type { Plan, RefusePlan, SendPlan } from "./plan.ts";

/**
 * Whether a request may be carried: a GET or HEAD of HTTP/1.1 without a body
 * that goes to the engine as it is, whose answer is passed on as it comes, and
 * for which nothing is judged; or one that is refused and has no body.
 */
export function isCarriable(plan: Plan): plan is SendPlan | RefusePlan {
  if (plan.kind === "refuse") return plan.head.framing.kind === "none";
  if (plan.kind !== "send") return false;
  const { method, minor, framing, expectContinue } = plan.head;
  return (method === "GET" || method === "HEAD") && minor === 1 &&
    framing.kind === "none" && !expectContinue &&
    plan.conditions.length === 0 && !plan.judges && plan.reads !== "body" &&
    plan.wouldRefuse === null && plan.clientId === null &&
    plan.tunnel === null && plan.upgrade === null;
}

/**
 * A decision with every field of a refusal, for tests that expect one.
 *
 * @module
 */

import type { Decision, Refused } from "../../lib/policy/decide.ts";

/** The decision, and whether it is allowed, be it under conditions. */
export type FlatDecision =
  & Omit<Refused, "outcome" | "code" | "status" | "malformed">
  & {
    readonly outcome: Decision["outcome"];
    readonly allowed: boolean;
    readonly code: Refused["code"] | null;
    readonly status: number;
  };

/** Fills in what an allowed request does not have: no code, status 0, no message. */
export function flat(decision: Decision): FlatDecision {
  const none = { code: null, status: 0, byPolicy: false, message: "" };
  const allowed = decision.outcome !== "refused";
  return { ...none, ...decision, allowed };
}

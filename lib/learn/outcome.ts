/**
 * What became of a recorded call. Pure.
 *
 * @module
 */

import type { Entry } from "./recording.ts";

/**
 * - `served`: it did what it was sent for;
 * - `failed`: the engine answered with an error, or not at all;
 * - `refused`: sockwarden refused it;
 * - `malformed`: no client sends such a request.
 */
export type Outcome = "served" | "failed" | "refused" | "malformed";

/** The starts of the codes of refusals. */
const REFUSALS = /^(?:policy|identity)\.|^engine\.(?:own|scope)_unknown$/;

/** What became of a call; one that a dry run let through counts as what came of it. */
export function outcomeOf(
  { method, code, status }: Pick<Entry, "method" | "code" | "status">,
): Outcome {
  // A stream whose client lost the right to it was served before.
  if (REFUSALS.test(code) && code !== "policy.revoked") return "refused";
  if (/^(?:http|api)\./.test(code) && !code.startsWith("api.no_such_")) {
    return "malformed";
  }
  // It asks whether something is there, and was told; refused, it would be told something else.
  if (method === "HEAD" && status === 404) return "served";
  return status === 0 || status >= 400 ? "failed" : "served";
}

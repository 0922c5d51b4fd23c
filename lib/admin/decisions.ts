/**
 * The last requests, as they are answered.
 *
 * @module
 */

import type { Policy } from "../policy/compile.ts";
import { remediesFor } from "../policy/remedies.ts";
import type { Decision, DecisionsAnswer, Remedy } from "./api.ts";
import { type Kept, newestFirst } from "./decision_ring.ts";
import type { Facts } from "./facts.ts";
import { rounded, stamp } from "./forms.ts";

/** Which requests are asked for. */
export interface DecisionFilter {
  /** Each of them is empty where anything will do. */
  readonly client: string | null;
  readonly operation: string;
  readonly decision: string;
  readonly text: string;
  readonly before: number;
  readonly limit: number;
}

/** One request, as it is answered. */
export function decisionOf(policy: Policy, kept: Kept): Decision {
  const { at, outcome, engineMs, ownMs, bytesIn, bytesOut, wouldRefuse } = kept;
  return {
    id: kept.id,
    time: stamp(at),
    client: kept.client,
    container: kept.container,
    remote: kept.remote,
    operation: kept.operation,
    method: kept.method,
    path: kept.path,
    status: kept.status,
    decision: outcome,
    code: wouldRefuse ?? kept.code,
    rule: kept.rule,
    message: kept.message,
    remedies: outcome === "refused" || outcome === "would_refuse"
      ? remediesOf(policy, kept)
      : [],
    engine_ms: engineMs === null ? null : rounded(engineMs),
    own_ms: rounded(ownMs),
    in: bytesIn,
    out: bytesOut,
    ...(kept.requestId === undefined ? {} : { request_id: kept.requestId }),
  };
}

/** The requests that are asked for, newest first. */
export function decisionsAnswer(
  { watch, policy }: Pick<Facts, "watch" | "policy">,
  filter: DecisionFilter,
): DecisionsAnswer {
  const found: Kept[] = [];
  for (const kept of newestFirst(watch.decisions, 0, filter.before)) {
    if (!fits(kept, filter)) continue;
    // One more than asked for shows that there are more.
    if (found.length === filter.limit) {
      return answered(policy(), found, found.at(-1)!.id);
    }
    found.push(kept);
  }
  return answered(policy(), found, null);
}

function answered(
  policy: Policy,
  found: readonly Kept[],
  next: number | null,
): DecisionsAnswer {
  return { decisions: found.map((kept) => decisionOf(policy, kept)), next };
}

function fits(
  kept: Kept,
  { client, operation, decision, text }: DecisionFilter,
): boolean {
  const prefix = operation.endsWith(".*") ? operation.slice(0, -1) : null;
  return (client === null || kept.client === client) &&
    (decision === "" || kept.outcome === decision) &&
    (operation === "" ||
      (prefix === null
        ? kept.operation === operation
        : kept.operation.startsWith(prefix))) &&
    (text === "" || has(kept, text.toLowerCase()));
}

function has(kept: Kept, text: string): boolean {
  return [
    kept.client,
    kept.container,
    kept.remote,
    kept.operation,
    `${kept.method} ${kept.path}`,
    kept.code,
    kept.rule,
    kept.message,
    kept.requestId ?? "",
  ].some((one) => one.toLowerCase().includes(text));
}

function remediesOf(policy: Policy, kept: Kept): readonly Remedy[] {
  const { client, method, path, operation, remedy } = kept;
  if (remedy !== undefined) return [{ kind: "policy", ...remedy }];
  return remediesFor(policy, {
    client: client === "" || !policy.clients.has(client) ? null : client,
    method,
    path,
    operation,
    code: kept.wouldRefuse ?? kept.code,
  });
}

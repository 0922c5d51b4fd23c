/**
 * The last requests, as they are answered.
 *
 * @module
 */

import type { Policy } from "../policy/compile.ts";
import type { RequestRecord } from "../observe/record.ts";
import { whyNoRemedy } from "../policy/no_remedy.ts";
import { remediesFor } from "../policy/remedies.ts";
import type { Decision, DecisionsAnswer } from "./api.ts";
import { type Kept, newestFirst } from "./decision_ring.ts";
import type { Facts } from "./facts.ts";
import { rounded, stamp } from "./forms.ts";
import { outcomeOf } from "./outcome.ts";

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
  const { id, at, record } = kept;
  const { engineMs, ownMs, bytesIn, bytesOut, wouldRefuse } = record;
  const outcome = outcomeOf(record);
  return {
    id,
    time: stamp(at),
    client: record.client,
    container: record.container,
    remote: record.remote,
    operation: record.operation,
    method: record.method,
    path: record.path,
    status: record.status,
    decision: outcome,
    code: wouldRefuse ?? record.code,
    rule: record.rule,
    message: record.message,
    ...(outcome === "refused" || outcome === "would_refuse"
      ? remediesOf(policy, record)
      : NOTHING_REFUSED),
    engine_ms: engineMs === null ? null : rounded(engineMs),
    own_ms: rounded(ownMs),
    in: bytesIn,
    out: bytesOut,
    ...(record.requestId === undefined ? {} : { request_id: record.requestId }),
  };
}

/** The requests that are asked for, newest first. */
export function decisionsAnswer(
  { watch, policy }: Pick<Facts, "watch" | "policy">,
  filter: DecisionFilter,
): DecisionsAnswer {
  const found: Kept[] = [];
  for (const kept of newestFirst(watch.decisions, 0, filter.before)) {
    if (!fits(kept.record, filter)) continue;
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
  record: RequestRecord,
  { client, operation, decision, text }: DecisionFilter,
): boolean {
  const prefix = operation.endsWith(".*") ? operation.slice(0, -1) : null;
  return (client === null || record.client === client) &&
    (decision === "" || outcomeOf(record) === decision) &&
    (operation === "" ||
      (prefix === null
        ? record.operation === operation
        : record.operation.startsWith(prefix))) &&
    (text === "" || has(record, text.toLowerCase()));
}

function has(record: RequestRecord, text: string): boolean {
  return [
    record.client,
    record.container,
    record.remote,
    record.operation,
    `${record.method} ${record.path}`,
    record.code,
    record.rule,
    record.message,
    record.requestId ?? "",
  ].some((one) => one.toLowerCase().includes(text));
}

const NOTHING_REFUSED = { remedies: [], no_remedy: "" } as const;

/** What would allow a refused request; or why nothing does. */
function remediesOf(
  policy: Policy,
  record: RequestRecord,
): Pick<Decision, "remedies" | "no_remedy"> {
  const { client } = record;
  const request = {
    ...record,
    client: client === "" || !policy.clients.has(client) ? null : client,
    code: record.wouldRefuse ?? record.code,
  };
  const remedies = record.remedies ?? remediesFor(policy, request);
  return {
    remedies,
    no_remedy: remedies.length > 0 ? "" : whyNoRemedy(policy, request),
  };
}

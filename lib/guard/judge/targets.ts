/**
 * Judges the container that a request acts on: it must keep to the guard itself.
 *
 * @module
 */

import { shown } from "../json.ts";
import { type Collector, find, knobOf } from "../rules.ts";
import { judgeContainer } from "./container.ts";
import { describedRequest } from "./described_request.ts";
import { judgeMountsOf } from "./described_mounts.ts";
import { valuesOf } from "./places.ts";
import type { Described, GuardedRequest, GuardFacts } from "./request.ts";
import { EXEC_STARTS, guardWay } from "./rows.ts";

/** Operations that act on the container in their path, beside those whose way is `target`. */
const ALSO: ReadonlySet<string> = new Set([
  "container.start",
  "container.exec.create",
  "checkpoint.create",
]);

/** The containers that a request names as what it acts on; those of an exec are known by its description. */
export function targetsOf(
  { operation, parameters, query }: GuardedRequest,
): readonly string[] {
  if (operation === "container.commit") return valuesOf(query, "container");
  if (EXEC_STARTS.has(operation)) return [];
  return guardWay(operation).kind === "target" || ALSO.has(operation)
    ? parameters.slice(0, 1)
    : [];
}

/**
 * Judges a container that a request acts on, by the engine's description. One
 * that is not there is refused: it could be made in the moment between.
 */
export function judgeTarget(
  collector: Collector,
  path: string,
  name: string,
  facts: GuardFacts,
): void {
  if (knobOf(collector.rules, "targets").verdict === "allow") return;
  const described = facts.containers.get(name) ?? null;
  const why = described === null
    ? "is not there"
    : outsideOf(collector, described, facts);
  if (why === null) return;
  const subject = `the container '${shown(name)}'`;
  find(
    collector,
    "targets",
    path,
    path === "" ? `${subject} ${why}` : `names ${subject}, which ${why}`,
  );
}

/** What puts a container outside of the guard; null for nothing. */
function outsideOf(
  { rules }: Collector,
  described: NonNullable<Described>,
  facts: GuardFacts,
): string | null {
  const request = describedRequest(described);
  if ("problem" in request) {
    return `cannot be judged: its description has a field that this release reads otherwise (${request.problem})`;
  }
  const inner: Collector = { rules, refused: [], warned: [] };
  judgeContainer(inner, request, facts, true);
  judgeMountsOf(inner, described, facts);
  const [first] = inner.refused;
  return first === undefined
    ? null
    : `is outside of the guard itself: ${first.path} ${first.what}`;
}

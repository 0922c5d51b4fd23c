/**
 * Judges the container that a request acts on: it must keep to the guard itself.
 *
 * @module
 */

import { shown } from "../json.ts";
import { type Collector, find, knobOf } from "../rules.ts";
import { whyTargetOutside } from "./container.ts";
import { valuesOf } from "./places.ts";
import type { GuardedRequest, GuardFacts } from "./request.ts";
import { actsOnContainer, EXEC_STARTS } from "./rows.ts";

/** The containers that a request names as what it acts on; those of an exec are known by its description. */
export function targetsOf(
  { operation, parameters, query }: GuardedRequest,
): readonly string[] {
  if (operation === "container.commit") return valuesOf(query, "container");
  if (EXEC_STARTS.has(operation)) return [];
  return actsOnContainer(operation) ? parameters.slice(0, 1) : [];
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
    : whyTargetOutside(collector.rules, described, facts);
  if (why === null) return;
  const subject = `the container '${shown(name)}'`;
  find(
    collector,
    "targets",
    path,
    path === "" ? `${subject} ${why}` : `names ${subject}, which ${why}`,
  );
}

/**
 * Settles which of the rules that were seen are proposed, and under which guard:
 * the guard decides which of them are grave, and they decide what it must allow.
 * Pure.
 *
 * @module
 */

import { OPERATIONS } from "../docker/operations.ts";
import { isJudged, openToHost } from "../policy/guarded.ts";
import type { ProposedGuard } from "./proposal.ts";
import { type GuardFound, proposeGuard } from "./propose_guard.ts";
import { guardRules, rightsOfProposal } from "./proposed_rights.ts";
import { risksOf } from "./risks.ts";
import { isPath, isRule } from "./rule_of.ts";
import type { Kind } from "./tally.ts";
import { createdIn } from "./why.ts";

/** What is proposed. */
export interface Settled {
  /** In the order of the table of operations, paths last. */
  readonly rules: readonly string[];
  readonly guard: ProposedGuard | null;
  /** What grave rules give, in words: of those that are left out, and of those that were accepted. */
  readonly risks: ReadonlyMap<string, string>;
  /** What the rules would give that the guard keeps off the host. */
  readonly kept: ReadonlyMap<string, string>;
}

const PLACES: ReadonlyMap<string, number> = new Map(
  OPERATIONS.map(({ name }, place) => [name, place]),
);

/** What is known of a route without an operation. */
const UNKNOWN_ROUTE =
  "sockwarden does not know this route, nor what it gives away";

/**
 * Settles it.
 *
 * @param served The calls that were served, by rule.
 * @param accepted Rules that are proposed although they are grave.
 */
export function settle(
  served: ReadonlyMap<string, readonly Kind[]>,
  accepted: ReadonlySet<string>,
): Settled {
  const all = [...served.keys()].filter(isRule).sort((a, b) =>
    placeOf(a) - placeOf(b)
  );
  const calls = (rules: readonly string[]) =>
    rules.flatMap((rule) => served.get(rule)!);
  const created = createdIn(served.get("container.create") ?? []);
  const guardOf = (rules: readonly string[]) =>
    proposeGuard(calls(rules), created, accepted);

  /** Grave without a guard: of these a guard may keep some off the host. */
  const bare = risksOf(rightsOfProposal(all, [], null));
  const risks = new Map<string, string>();
  for (const rule of all) {
    if (isPath(rule)) risks.set(rule, UNKNOWN_ROUTE);
    else if (
      bare.has(rule) && !(isJudged(rule) && isKept(guardOf([rule])))
    ) risks.set(rule, bare.get(rule)!);
  }
  const isOpen = (rule: string) => !risks.has(rule) || accepted.has(rule);
  const needsGuard = (rules: readonly string[]) =>
    rules.some((rule) => bare.has(rule) && isJudged(rule));

  let rules = all.filter(isOpen);
  const guard = needsGuard(rules) ? guardOf(rules).guard : null;
  // What one operation needs of the guard opens the host to all of them.
  const left = risksOf(rightsOfProposal(rules, [], guard));
  for (const [rule, sentence] of left) risks.set(rule, sentence);
  rules = rules.filter(isOpen);
  return {
    rules,
    guard: needsGuard(rules) ? guardOf(rules).guard : null,
    risks,
    kept: new Map([...bare].filter(([rule]) => !risks.has(rule))),
  };
}

/** Whether a guard can be proposed under which an operation stays off the host. */
function isKept({ guard, foreign }: GuardFound): boolean {
  return guard !== null && foreign.length === 0 &&
    openToHost(guardRules(guard)).length === 0;
}

function placeOf(rule: string): number {
  return PLACES.get(rule) ?? OPERATIONS.length;
}

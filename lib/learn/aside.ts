/**
 * What was seen and is not proposed: it stands apart, with why. Pure.
 *
 * @module
 */

import { parseRule } from "../policy/rules.ts";
import type { SetAside } from "./proposal.ts";
import { isPath, ruleOf } from "./rule_of.ts";
import type { Kind } from "./tally.ts";
import { groupBy, whyOf } from "./why.ts";

/** What the codes of refusals mean, for who reads the proposal alone. */
const REFUSALS: ReadonlyMap<string, string> = new Map([
  ["policy.not_granted", "no rule granted it"],
  ["policy.denied", "a rule of deny forbade it"],
  ["policy.unknown_operation", "its path is no operation that is known"],
  ["policy.own_container", "it was about sockwarden's own container"],
  ["policy.scope", "what it named was not in scope"],
  ["policy.out_of_scope", "what it named was not in scope"],
  ["policy.guard", "the guard did not allow it"],
  ["policy.hidden", "its answer would have shown what is hidden"],
]);

/**
 * The rules that are set aside.
 *
 * @param served The calls that were served, by rule.
 * @param proposed The rules that are proposed. What was refused of them is told all the
 * same, unless the same call was served later, when more was granted.
 * @param risks What grave rules give, in words.
 */
export function setAsideOf(
  kinds: readonly Kind[],
  served: ReadonlyMap<string, readonly Kind[]>,
  proposed: ReadonlySet<string>,
  risks: ReadonlyMap<string, string>,
): SetAside[] {
  const grave = [...served].filter(([rule]) => !proposed.has(rule)).map((
    [rule, of],
  ): SetAside => ({
    rule,
    why: whyOf(of),
    note: risks.get(rule) ?? unknownText(rule),
    reason: risks.has(rule) ? "risk" : "unknown",
  }));
  const later = new Set(
    [...served].filter(([rule]) => proposed.has(rule))
      .flatMap(([, of]) => of.map(sameCall)),
  );
  const without = (outcome: Kind["outcome"]) =>
    groupBy(
      kinds.filter((kind) =>
        kind.outcome === outcome &&
        (kind.code === "policy.guard" || !later.has(sameCall(kind)))
      ),
      (kind) =>
        `${ruleOf(kind)}\n${outcome === "failed" ? kind.status : kind.code}`,
    );
  const failed = [...without("failed").values()].filter(([first]) =>
    !served.has(ruleOf(first!))
  ).map((of): SetAside => ({
    rule: ruleOf(of[0]!),
    why: whyOf(of),
    note: of[0]!.status === 0
      ? "it failed: no answer"
      : `it failed: status ${of[0]!.status}`,
    reason: "failed",
  }));
  const refused = [...without("refused").values()].map((of): SetAside => ({
    rule: ruleOf(of[0]!),
    why: whyOf(of),
    note: refusalText(of[0]!.code),
    reason: "refused",
  }));
  return [...grave, ...failed, ...refused];
}

/** What makes a call that was refused and one that was served the same: its rule and its object. */
function sameCall(kind: Kind): string {
  const { object } = kind;
  return JSON.stringify([ruleOf(kind), object?.kind ?? "", object?.name ?? ""]);
}

function refusalText(code: string): string {
  const text = REFUSALS.get(code);
  return text === undefined ? `refused: ${code}` : `refused: ${text} (${code})`;
}

function unknownText(rule: string): string {
  if (!isPath(rule)) {
    return "this version of sockwarden has no such operation";
  }
  const parsed = parseRule(rule, "");
  return "problem" in parsed
    ? `no rule can allow it: ${parsed.problem}`
    : "it is not proposed";
}

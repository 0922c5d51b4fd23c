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

/**
 * The rules that are set aside.
 *
 * @param served The calls that were served, by rule.
 * @param proposed The rules that are proposed: what failed or was refused of them is not told again, unless by its scope or guard.
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
  const without = (outcome: Kind["outcome"]) =>
    groupBy(
      kinds.filter((kind) => kind.outcome === outcome),
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
    note: `it was refused: ${of[0]!.code}`,
    reason: "refused",
  }));
  return [...grave, ...failed, ...refused];
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

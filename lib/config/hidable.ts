/**
 * Which rules can stand beside `hide`. What a wildcard, a preset or a switch
 * grants beside it and would show what is hidden is left out; what is named is
 * granted with a warning, unless it would destroy data.
 *
 * @module
 */

import type { Preset } from "../docker/presets.ts";
import type { Hide } from "../guard/hide/words.ts";
import { describeHide, isNamed, whyWritesBack } from "../policy/hiding.ts";
import { hasHide, settingOf } from "../policy/preset_needs.ts";
import type { Rule } from "../policy/rules.ts";

/**
 * Why a rule cannot stand beside what is hidden, and what to write in its place.
 *
 * @param allow All rules that grant.
 * @param deny All rules that refuse.
 * @param presets Those by which it is hidden; none where the client says it.
 * @returns A clause; null where it can.
 */
export function whyNotHidable(
  hide: Hide,
  rule: Rule,
  allow: readonly Rule[],
  deny: readonly Rule[],
  presets: readonly Preset[],
): string | null {
  const problem = problemOf(hide, rule, allow, deny);
  const hiding = presets.filter(hasHide);
  return problem === null || hiding.length === 0
    ? problem
    : `${problem}; ${settingOf(hiding)} ${
      hiding.length === 1 ? "hides" : "hide"
    } here (${describeHide(hide)}): hide: none (--hide none) shows all`;
}

function problemOf(
  hide: Hide,
  rule: Rule,
  allow: readonly Rule[],
  deny: readonly Rule[],
): string | null {
  if (rule.kind === "path") {
    return "nothing can be hidden in the answer of a path rule: grant it to another client, without hide";
  }
  const name = rule.text.split(":", 1)[0]!;
  if (!isNamed([rule], name) || !covers(allow, name) || covers(deny, name)) {
    return null;
  }
  return whyWritesBack(
    hide,
    name,
    (one) => covers(allow, one) && !covers(deny, one),
  );
}

function covers(rules: readonly Rule[], name: string): boolean {
  return rules.some((rule) =>
    rule.kind === "operations" && rule.names.has(name)
  );
}

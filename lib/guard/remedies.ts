/**
 * What would allow findings, as it is written in the policy file.
 *
 * @module
 */

import { item } from "./judge/judging.ts";
import { KNOB_ROWS } from "./knobs.ts";
import { type Finding, type GuardRules, knobOf } from "./rules.ts";

/**
 * What would allow all of these findings: each knob once, since a key stands
 * once in a mapping.
 *
 * @example `binds: [/etc/localtime:ro, /run/dbus:ro]` of two findings
 */
export function remediesOf(
  rules: GuardRules,
  findings: readonly Finding[],
): string[] {
  const values = new Map<string, Set<string>>();
  for (const { remedy } of findings) {
    const end = remedy.indexOf(": ");
    const key = remedy.slice(0, end);
    const known = values.get(key) ?? new Set();
    values.set(key, known.add(remedy.slice(end + 2)));
  }
  return [...values].map(([key, all]) =>
    `${key}: ${valueOf(rules, key, [...all])}`
  );
}

function valueOf(
  rules: GuardRules,
  key: string,
  values: readonly string[],
): string {
  if (values.length === 1) return values[0]!;
  if (values.includes("allow")) return "allow";
  if (KNOB_ROWS.get(key)?.kind === "words") {
    // What cannot be read is allowed where no word asks.
    if (values.includes("[]")) return "[]";
    return fewerWords(rules, key, values);
  }
  if (values.every((one) => one.startsWith("["))) {
    return `[${values.map((one) => one.slice(1, -1)).join(", ")}]`;
  }
  // A ceiling: the highest one allows the others too.
  return String(Math.max(...values.map(Number)));
}

/** Of lists that each lack one word, the list that lacks all of these. */
function fewerWords(
  rules: GuardRules,
  key: string,
  values: readonly string[],
): string {
  const words = knobOf(rules, key).list.map(item);
  const listed = (left: readonly string[]) => `[${left.join(", ")}]`;
  return listed(
    words.filter((word) =>
      !values.includes(listed(words.filter((other) => other !== word)))
    ),
  );
}

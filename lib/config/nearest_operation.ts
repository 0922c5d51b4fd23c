/**
 * What was meant by a rule that covers no operation.
 *
 * @module
 */

import { OPERATIONS } from "../docker/operations.ts";
import { nearest } from "./nearest.ts";

/** How many changes of one character a slip of an operation's name may take. */
const MOST_SLIPS = 3;

/**
 * The operation or pattern that is nearest to a rule.
 *
 * @param text The rule as written, such as `container.restrat:write`.
 * @returns `; did you mean container.restart?`, or nothing where none is near,
 * where the rule names one already, or where it is one of a path.
 */
export function nearestOperation(text: string): string {
  if (text.includes(" ")) return "";
  const word = text.split(":", 1)[0]!;
  const names = OPERATIONS.map(({ name }) => name);
  const rules = [...names, ...operationGroups(names)];
  // Then the class is what is wrong. `*` itself is never what was meant.
  if (word === "*" || rules.includes(word)) return "";
  const near = names.some((name) => name.startsWith(`${word}.`))
    ? `${word}.*`
    : nearest(word, rules, MOST_SLIPS);
  return near === null ? "" : `; did you mean ${near}?`;
}

/** The patterns that cover some of these operations, such as `container.*`; without `*` alone. */
export function operationGroups(names: readonly string[]): string[] {
  const groups = names.flatMap((name) => {
    const parts = name.split(".");
    return parts.slice(1).map((_, i) => `${parts.slice(0, i + 1).join(".")}.*`);
  });
  return [...new Set(groups)];
}

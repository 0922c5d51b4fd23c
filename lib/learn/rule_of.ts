/**
 * The rule that would allow a recorded call. Pure.
 *
 * @module
 */

import { parseTarget } from "../docker/match.ts";
import { OPERATION_BY_NAME } from "../docker/operations.ts";
import { parseRule, pathOfRule } from "../policy/rules.ts";
import type { Kind } from "./tally.ts";

/**
 * The rule: the name of the operation, or the path where the route is unknown.
 *
 * @returns A text that {@link isRule} refuses where none can allow it.
 */
export function ruleOf(
  { operation, method, path }: Pick<Kind, "operation" | "method" | "path">,
): string {
  if (operation !== "-") return operation;
  const target = parseTarget(path);
  return "reason" in target
    ? `${method} ${path}`
    : `${method} ${pathOfRule(target.path)}`;
}

/** Whether a rule is one of a path. */
export function isPath(rule: string): boolean {
  return rule.includes(" ");
}

/** Whether a rule can stand in a policy file of this version. */
export function isRule(rule: string): boolean {
  return isPath(rule)
    ? !("problem" in parseRule(rule, ""))
    : OPERATION_BY_NAME.has(rule);
}

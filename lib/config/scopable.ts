/**
 * Which rules can stand beside a scope. What a wildcard, a preset or a switch
 * grants beside it and cannot be held is left out; what is named is an error.
 *
 * @module
 */

import type { Rule } from "../policy/rules.ts";
import type { Scope } from "../policy/scope.ts";
import { cannotHold, insteadOf } from "../policy/scope_table.ts";

/**
 * Why a rule cannot stand beside a scope, and what to write in its place.
 *
 * @returns A clause; null where it can.
 */
export function whyNotScopable(scope: Scope, rule: Rule): string | null {
  if (rule.kind === "path") {
    return "a path rule cannot be held to a scope: grant it to another client, without a scope";
  }
  const name = rule.text.split(":", 1)[0]!;
  if (!rule.names.has(name)) return null;
  const hold = cannotHold(scope, name);
  return hold === null
    ? null
    : `${name} cannot be held to a scope on ${hold.kind}: ${insteadOf(name)}`;
}

/**
 * Reads the scope that flags and environment set: on containers alone.
 *
 * @module
 */

import type { PolicyFile } from "../policy/compile.ts";
import type { Rule } from "../policy/rules.ts";
import { type Alternative, namePattern, type Scope } from "../policy/scope.ts";
import { SCOPE_TERMS } from "./policy_format.ts";
import { readLabel } from "./policy_scope.ts";
import { whyNotScopable } from "./scopable.ts";
import { readList, type SettingsReading } from "./setting_values.ts";

/**
 * Reads the scope.
 *
 * @param file The policy file; its `default` and the settings apply together.
 * @returns null where there is none.
 */
export function readScopeSettings(
  reading: SettingsReading,
  file: PolicyFile | null,
): Scope | null {
  let setting = "";
  const texts = (key: string) => {
    const { pattern, expected } = SCOPE_TERMS.find((one) => one.key === key)!;
    const found = readList(reading, `containers-${key}`);
    return found.flatMap(({ value, setting: from }) => {
      setting ||= from;
      if (pattern!.test(value)) return [value];
      reading.problems.push(`${from} '${value}': expected ${expected}`);
      return [];
    });
  };
  const alternative: Alternative = {
    name: texts("name").map(namePattern),
    label: texts("label").map(readLabel),
    project: texts("project"),
    not: [],
  };
  if (setting === "") return null;
  const other = file?.rest.scope?.containers ?? null;
  if (other !== null) {
    reading.problems.push(
      `${setting}: default of the policy file has a scope on containers too: write both there, as one`,
    );
  }
  return {
    containers: { setting, anyOf: [alternative] },
    networks: null,
    volumes: null,
    images: null,
  };
}

/** Reports each rule of `--allow` that cannot stand beside the scope. */
export function checkScopable(
  reading: SettingsReading,
  scope: Scope | null,
  rules: readonly Rule[],
): void {
  if (scope === null) return;
  for (const rule of rules) {
    const problem = whyNotScopable(scope, rule);
    if (problem !== null) {
      reading.problems.push(`${rule.setting} '${rule.text}': ${problem}`);
    }
  }
}

/**
 * Reads what a client of the policy file is granted and refused.
 *
 * @module
 */

import type { PolicyFile } from "../policy/compile.ts";
import { canNeedAllowSelf } from "../policy/self_protection.ts";
import { type OperationRule, parseRule, type Rule } from "../policy/rules.ts";
import { whyNotHidable } from "./hidable.ts";
import { effectiveHide, presetsOf } from "../policy/preset_needs.ts";
import type { Scope } from "../policy/scope.ts";
import type { Hide } from "../guard/hide/words.ts";
import type { Entry } from "./document.ts";
import { nearestOperation } from "./nearest_operation.ts";
import { readAllow, withoutEnding } from "./policy_allow.ts";
import { GUARD_KEY, HIDE_KEY, LIMITS_KEY, ORIGIN } from "./policy_format.ts";
import { readGuard } from "./policy_guard.ts";
import { readHide } from "./policy_hide.ts";
import { readLimits } from "./policy_limits.ts";
import { readScope } from "./policy_scope.ts";
import { readPreset } from "./preset_rule.ts";
import { whyNotScopable } from "./scopable.ts";
import {
  type PlacedText,
  type PolicyReading,
  readTexts,
  report,
} from "./policy_shape.ts";

/** What a key of the file grants and refuses. */
export type FileGrants = PolicyFile["rest"];

/**
 * Reads the keys that grant and refuse; problems are reported.
 *
 * @param keys The entries of the mapping by key.
 * @param where The mapping's own key, for messages.
 */
export function readGrantKeys(
  reading: PolicyReading,
  keys: ReadonlyMap<string, Entry>,
  where: string,
): FileGrants {
  const scope = readScope(reading, keys, where);
  const guard = keys.get(GUARD_KEY.key);
  const hide = keys.get(HIDE_KEY.key);
  const limits = keys.get(LIMITS_KEY.key);
  const placed: PlacedRule[] = [];
  const texts = (key: string, expected: string) => {
    const entry = keys.get(key);
    if (entry === undefined) return [];
    const at = `${where}.${key}`;
    const node = withoutEnding(reading, entry.value, at, NO_END);
    return readTexts(reading, node, at, expected, true);
  };
  const allow = keys.get("allow");
  const grants: FileGrants = {
    allow: [
      ...texts("preset", "the name of a preset, or a list of them").flatMap(
        (text) => presetRules(reading, text, `${where}.preset`),
      ),
      ...(allow === undefined
        ? []
        : readAllow(reading, allow.value, `${where}.allow`, RULE)).flatMap(
          (text) =>
            readRule(reading, text, `${where}.allow`).flatMap((endless) => {
              const { until } = text;
              const rule = until === null ? endless : { ...endless, until };
              placed.push({ rule, text });
              return isScopable(reading, rule, text, `${where}.allow`, scope)
                ? [rule]
                : [];
            }),
        ),
    ],
    deny: texts("deny", RULE).flatMap((text) =>
      readRule(reading, text, `${where}.deny`)
    ),
    allowSelf: texts("allow-self", RULE).flatMap((text) =>
      readSelfRule(reading, text, `${where}.allow-self`)
    ),
    origins: texts("allow-origin", "an origin, or a list of them").flatMap(
      (text) => readOrigin(reading, text, `${where}.allow-origin`),
    ),
    scope,
    guard: guard === undefined
      ? null
      : readGuard(reading, guard, `${where}.guard`),
    hide: hide === undefined ? null : readHide(reading, hide, `${where}.hide`),
    limits: limits === undefined
      ? null
      : readLimits(reading, limits, `${where}.limits`),
  };
  const hidden = effectiveHide(grants);
  if (hidden !== null) checkHidable(reading, hidden, grants, placed, where);
  return grants;
}

/** A rule with its place. */
interface PlacedRule {
  readonly rule: Rule;
  readonly text: PlacedText;
}

/** Reports each rule that cannot stand beside what is hidden. */
function checkHidable(
  reading: PolicyReading,
  hide: Hide,
  { allow, deny, hide: own }: FileGrants,
  rules: readonly PlacedRule[],
  where: string,
): void {
  const presets = own === null ? presetsOf(allow) : [];
  for (const { rule, text: { text, offset } } of rules) {
    const problem = whyNotHidable(hide, rule, allow, deny, presets);
    if (problem === null) continue;
    report(reading, offset, `${where}.allow`, `'${text}': ${problem}`);
  }
}

/** Whether a rule can stand beside a scope; reports one that names an operation that cannot. */
function isScopable(
  reading: PolicyReading,
  rule: Rule,
  { text, offset }: PlacedText,
  where: string,
  scope: Scope | null,
): boolean {
  const problem = scope === null ? null : whyNotScopable(scope, rule);
  if (problem === null) return true;
  report(reading, offset, where, `'${text}': ${problem}`);
  return false;
}

const RULE =
  "an operation such as container.restart, a pattern such as container.*:read, or a list of them";

const NO_END =
  "until may stand in allow only: a refusal that ends would allow more by itself, and a preset or allow-self grants by the operations that allow names";

function readRule(
  reading: PolicyReading,
  { text, offset }: PlacedText,
  where: string,
): Rule[] {
  const rule = parseRule(text, reading.document.place(offset));
  if (!("problem" in rule)) return [rule];
  report(
    reading,
    offset,
    where,
    `${
      rule.problem.startsWith(`'${text}'`) ? "" : `'${text}': `
    }${rule.problem}${nearestOperation(text)}`,
  );
  return [];
}

function readSelfRule(
  reading: PolicyReading,
  text: PlacedText,
  where: string,
): OperationRule[] {
  return readRule(reading, text, where).flatMap((rule) => {
    if (rule.kind === "path") {
      report(
        reading,
        text.offset,
        where,
        `'${rule.text}' is a path rule: write the name of an operation, such as container.restart`,
      );
      return [];
    }
    if ([...rule.names].some(canNeedAllowSelf)) return [rule];
    report(
      reading,
      text.offset,
      where,
      `'${rule.text}' is not restricted on sockwarden's own container: leave it out here`,
    );
    return [];
  });
}

/** Reads the presets of one text, as rules that grant their operations. */
function presetRules(
  reading: PolicyReading,
  { text, offset }: PlacedText,
  where: string,
): OperationRule[] {
  const place = reading.document.place(offset);
  return text.split(",").map((part) => part.trim()).flatMap((name) => {
    const read = readPreset(name, `${place} preset`);
    if ("problem" in read) {
      report(reading, offset, where, `'${name}': ${read.problem}`);
      return [];
    }
    const { rule, warning } = read;
    if (warning !== null) reading.warnings.push(`${place}: ${warning}`);
    return [rule];
  });
}

function readOrigin(
  reading: PolicyReading,
  { text, offset }: PlacedText,
  where: string,
): string[] {
  if (ORIGIN.test(text)) return [text];
  report(
    reading,
    offset,
    where,
    `'${text}': expected an origin such as https://portainer.example, without a path`,
  );
  return [];
}

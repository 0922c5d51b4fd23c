/**
 * The rights that a proposal gives, as if its policy file had been read. Pure.
 *
 * @module
 */

import { guardOf } from "../config/policy_guard.ts";
import { readLabel } from "../config/policy_scope.ts";
import type { GuardRules, KnobSetting } from "../guard/rules.ts";
import { compile, type Grants, type Rights } from "../policy/compile.ts";
import { parseRule, type Rule } from "../policy/rules.ts";
import {
  type ImageScope,
  namePattern,
  type ObjectScope,
  type Scope,
} from "../policy/scope.ts";
import type { ProposedGuard, ProposedScope } from "./proposal.ts";

/** Where the parts of a proposal stand, for messages. */
const SETTING = "the proposal";

/** What a proposal grants to one client. */
export function grantsOf(
  rules: readonly string[],
  scopes: readonly ProposedScope[],
  guard: ProposedGuard | null,
): Grants {
  return {
    switches: new Map(),
    defaultSwitches: false,
    allow: rules.map(ruleOf),
    deny: [],
    allowSelf: [],
    origins: [],
    scope: scopeOf(scopes),
    guard: guard === null ? null : guardRules(guard),
    hide: null,
    limits: null,
  };
}

/** The rights of one client of a proposal. */
export function rightsOfProposal(
  rules: readonly string[],
  scopes: readonly ProposedScope[],
  guard: ProposedGuard | null,
): Rights {
  return compile(grantsOf(rules, scopes, guard)).rest;
}

function ruleOf(text: string): Rule {
  const rule = parseRule(text, SETTING);
  // Only rules that can be read are proposed.
  if ("problem" in rule) throw new Error(`${text}: ${rule.problem}`);
  return rule;
}

/** The scope as the policy file's reader makes it. */
function scopeOf(scopes: readonly ProposedScope[]): Scope | null {
  const of = (kind: ProposedScope["kind"]) =>
    scopes.find((one) => one.kind === kind)?.value ?? null;
  const scope: Scope = {
    containers: objectsOf(of("containers")),
    networks: objectsOf(of("networks")),
    volumes: objectsOf(of("volumes")),
    images: imagesOf(of("images")),
  };
  return Object.values(scope).every((one) => one === null) ? null : scope;
}

function objectsOf(value: ProposedScope["value"]): ObjectScope | "any" | null {
  if (value === null || value === "any") return value;
  if (value.key === "images") return null;
  const { key } = value;
  const texts = value.terms.map(({ text }) => text);
  return {
    setting: SETTING,
    anyOf: [{
      name: key === "name" ? texts.map(namePattern) : [],
      label: key === "label" ? texts.map(readLabel) : [],
      project: key === "project" ? texts : [],
      not: [],
    }],
  };
}

function imagesOf(value: ProposedScope["value"]): ImageScope | "any" | null {
  if (value === null || value === "any") return value;
  if (value.key !== "images") return null;
  return {
    setting: SETTING,
    use: value.use.map(({ text }) => namePattern(text)),
    change: value.change.map(({ text }) => namePattern(text)),
  };
}

/** The guard as the policy file's reader makes it. */
export function guardRules({ level, knobs }: ProposedGuard): GuardRules {
  const own = new Map<string, KnobSetting>();
  for (const { name, items } of knobs) {
    if (name === "fields") continue;
    own.set(name, {
      verdict: items === null ? "allow" : "deny",
      list: items ?? [],
    });
  }
  const fields = knobs.find(({ name }) => name === "fields")?.items ?? [];
  return guardOf(SETTING, level, own, fields);
}

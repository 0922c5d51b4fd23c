/**
 * From settings to an immutable policy: for every operation whether it is
 * granted, and by what.
 *
 * @module
 */

import { type Operation, OPERATIONS } from "../docker/operations.ts";
import type { PathRule, Rule } from "./rules.ts";
import {
  GATES_OF,
  GRANTERS_OF,
  sectionSwitches,
  SWITCH_BY_NAME,
} from "./switches.ts";

/** The settings that grant and refuse. */
export interface Grants {
  /** Switches that somebody set, with where: `CONTAINERS=1` or `--containers`. */
  readonly switches: ReadonlyMap<
    string,
    { readonly on: boolean; readonly source: string }
  >;
  readonly allow: readonly Rule[];
  readonly deny: readonly Rule[];
  /** Origins that may attach by WebSocket, such as `https://portainer.example`. */
  readonly origins: readonly string[];
}

/** Whether one operation is granted, and why. */
export interface Verdict {
  readonly operation: Operation;
  readonly allowed: boolean;
  /** The settings responsible, such as `CONTAINERS=1 POST=1`; empty where none is. */
  readonly by: string;
}

/** Everything that decides on requests; never changed once made. */
export interface Policy {
  readonly grants: Grants;
  readonly verdicts: ReadonlyMap<string, Verdict>;
  readonly allowPaths: readonly PathRule[];
  readonly denyPaths: readonly PathRule[];
  readonly origins: ReadonlySet<string>;
}

/** Compiles settings to a policy. */
export function compile(grants: Grants): Policy {
  return {
    grants,
    verdicts: new Map(
      OPERATIONS.map((
        operation,
      ) => [operation.name, verdictOf(grants, operation)]),
    ),
    allowPaths: pathsOf(grants.allow),
    denyPaths: pathsOf(grants.deny),
    origins: new Set(grants.origins),
  };
}

/** Whether a switch is on: as it was set, or as it is preset. */
export function isOn(grants: Grants, name: string): boolean {
  return grants.switches.get(name)?.on ?? SWITCH_BY_NAME.get(name)?.preset ??
    false;
}

/** Judges one operation: deny wins over allow, a gate that is off over switches. */
export function verdictOf(grants: Grants, operation: Operation): Verdict {
  const denied = ruleFor(grants.deny, operation);
  if (denied !== null) return { operation, allowed: false, by: denied };
  const allowed = ruleFor(grants.allow, operation);
  if (allowed !== null) return { operation, allowed: true, by: allowed };
  return judgeSwitches(grants, operation);
}

function judgeSwitches(grants: Grants, operation: Operation): Verdict {
  const { name } = operation;
  for (const gate of GATES_OF.get(name) ?? []) {
    if (grants.switches.get(gate.name)?.on === false) {
      return { operation, allowed: false, by: say(grants, gate.name) };
    }
  }
  for (const granter of GRANTERS_OF.get(name) ?? []) {
    if (isOn(grants, granter.name)) {
      return { operation, allowed: true, by: say(grants, granter.name) };
    }
  }
  const needs = sectionSwitches(operation);
  if (needs !== null && needs.every((need) => isOn(grants, need))) {
    return {
      operation,
      allowed: true,
      by: needs.map((need) => say(grants, need)).join(" "),
    };
  }
  return { operation, allowed: false, by: "" };
}

function ruleFor(rules: readonly Rule[], operation: Operation): string | null {
  for (const rule of rules) {
    if (rule.kind === "operations" && rule.names.has(operation.name)) {
      return `${rule.setting} ${rule.text}`;
    }
  }
  return null;
}

function pathsOf(rules: readonly Rule[]): PathRule[] {
  return rules.filter((rule): rule is PathRule => rule.kind === "path");
}

/** How a switch came to its value, in words. */
function say(grants: Grants, name: string): string {
  return grants.switches.get(name)?.source ?? `${name}=1 (default)`;
}

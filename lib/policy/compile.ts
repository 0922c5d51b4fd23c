/**
 * Compiles settings to an immutable policy: whether each operation is granted to
 * each client, and by which setting.
 *
 * @module
 */

import {
  type Operation,
  OPERATION_BY_NAME,
  OPERATIONS,
} from "../docker/operations.ts";
import type { GuardRules } from "../guard/rules.ts";
import type { Hide } from "../guard/hide/words.ts";
import type { ClientLimits } from "./client_limits.ts";
import type { ClientIdentity } from "./clients.ts";
import { type Hiding, hidingOf } from "./hiding.ts";
import { effectiveGuard, effectiveHide, presetsOf } from "./preset_needs.ts";
import type { OperationRule, PathRule, Rule } from "./rules.ts";
import { mergeScopes, type Scope } from "./scope.ts";
import { cannotHold, type Hold, holdsOf } from "./scope_table.ts";
import type { OwnContainer } from "./self_protection.ts";
import {
  GATES_OF,
  GRANTERS_OF,
  sectionSwitches,
  SWITCH_BY_NAME,
} from "./switches.ts";
import { CLOCK_STARTS, earliestEnd, isClockSet, isOver } from "./until.ts";

/** The settings that grant and refuse operations. */
export interface Grants {
  /** The switches that are set, with their source: `CONTAINERS=1` or `--containers`. */
  readonly switches: ReadonlyMap<
    string,
    { readonly on: boolean; readonly source: string }
  >;
  /** Whether switches that are on unless set otherwise (PING, VERSION, EVENTS) count. */
  readonly defaultSwitches: boolean;
  readonly allow: readonly Rule[];
  readonly deny: readonly Rule[];
  /** Operations that are allowed on sockwarden's own container too, where they are granted. */
  readonly allowSelf: readonly OperationRule[];
  /** Origins that may attach by WebSocket, such as `https://portainer.example`. */
  readonly origins: readonly string[];
  /** The objects that the grants cover; null for all. */
  readonly scope: Scope | null;
  /** What is judged inside of requests; `none` for nothing, null for what the presets say. */
  readonly guard: GuardRules | "none" | null;
  /** What is hidden in answers; `none` for nothing, null for what the presets say. */
  readonly hide: Hide | "none" | null;
  /** How much may be asked for at a time and in a second; null for no limits. */
  readonly limits: ClientLimits | null;
}

/** A policy file that says nothing of what is granted, refused, judged or hidden. */
export const NO_RULES: PolicyFile["rest"] = {
  allow: [],
  deny: [],
  allowSelf: [],
  origins: [],
  scope: null,
  guard: null,
  hide: null,
  limits: null,
};

/** Nothing is granted, refused, judged or hidden. */
export const NO_GRANTS: Grants = {
  ...NO_RULES,
  switches: new Map(),
  defaultSwitches: false,
};

/** One client of a policy file: who it is, and what it is granted. */
export interface ClientGrants {
  readonly identity: ClientIdentity;
  /** Its place, such as `policy.yaml:3:3`. */
  readonly source: string;
  readonly grants: Grants;
}

/** What a policy file says, checked. */
export interface PolicyFile {
  /** Its path, as given. */
  readonly path: string;
  /** In the order of the file, which is the order of matching. */
  readonly clients: readonly ClientGrants[];
  /** What it grants to connections that are none of its clients. */
  readonly rest: Omit<Grants, "switches" | "defaultSwitches">;
}

/** Whether one operation is granted, and why. */
export interface Verdict {
  readonly operation: Operation;
  readonly allowed: boolean;
  /** The settings that decided, such as `CONTAINERS=1 POST=1`; empty if none did. */
  readonly by: string;
  /** When the grant ends, in milliseconds since 1970; left out if it never does. */
  readonly until?: number;
}

/** The rights of one client, or of all connections that match none. */
export interface Rights {
  /** The client's name in the policy file; null for all others. */
  readonly client: string | null;
  /** Where the client stands, such as `policy.yaml:3:3`; the file's path for all others; empty without a file. */
  readonly source: string;
  /** What is granted; rules that have ended are left out. */
  readonly grants: Grants;
  /** The rules that would allow, had they not ended. */
  readonly ended: readonly Rule[];
  /** Whether the clock was set: where it was not, each rule with an end counts as ended. */
  readonly clockSet: boolean;
  readonly verdicts: ReadonlyMap<string, Verdict>;
  readonly allowPaths: readonly PathRule[];
  readonly denyPaths: readonly PathRule[];
  readonly origins: ReadonlySet<string>;
  /** Names of the operations that are allowed on our own container too. */
  readonly allowSelf: ReadonlySet<string>;
  /** The objects that the rights cover; null for all. */
  readonly scope: Scope | null;
  /** What is judged inside of requests; null for nothing. */
  readonly guard: GuardRules | null;
  /** What is hidden in answers; null for nothing. */
  readonly hide: Hide | null;
  /** How much may be asked for at a time and in a second; null for no limits. */
  readonly limits: ClientLimits | null;
  /** What becomes of the grants for that. */
  readonly hiding: Hiding;
  /** How each granted operation is held to the scope; one that is not held is left out. */
  readonly held: ReadonlyMap<string, readonly Hold[]>;
  /** Operations that a wildcard, a preset or a switch grants and that cannot be held to the scope, with that setting: they are not allowed. */
  readonly leftOut: ReadonlyMap<string, string>;
}

/** Everything that decides on requests; never changed once made. */
export interface Policy {
  /** How the clients are identified, in the order of matching. */
  readonly identities: readonly ClientIdentity[];
  /** Rights of the clients by name. */
  readonly clients: ReadonlyMap<string, Rights>;
  /** The rights of all connections that match no client of the file; of every connection without a file. */
  readonly rest: Rights;
  /** The container that sockwarden runs in; null where it is none, or not known. */
  readonly own: OwnContainer | null;
  /** Whether that container is still looked for: nothing that may touch it is decided before. */
  readonly ownSought: boolean;
  /** When the next rule ends, or the clock may be set, in milliseconds since 1970: the settings are compiled anew then. Null if none ends. */
  readonly until: number | null;
}

/**
 * Compiles settings to a policy.
 *
 * Switches, `--allow`, `--allow-self` and `--allow-origin` grant to connections
 * that match no client of the file. A client of the file has only what the file
 * grants. `--deny` refuses to all.
 *
 * @param grants What flags and environment say.
 * @param file What the policy file says; null without one.
 * @param now The wall clock: rules that have ended by then allow nothing.
 * Without it that is every rule that ends.
 */
export function compile(
  grants: Grants,
  file: PolicyFile | null = null,
  now = Infinity,
): Policy {
  const rest: Grants = file === null ? grants : {
    switches: grants.switches,
    defaultSwitches: grants.defaultSwitches,
    allow: [...grants.allow, ...file.rest.allow],
    deny: [...grants.deny, ...file.rest.deny],
    allowSelf: [...grants.allowSelf, ...file.rest.allowSelf],
    origins: [...grants.origins, ...file.rest.origins],
    scope: mergeScopes(grants.scope, file.rest.scope),
    // One of them at most: the reader of the settings refuses both.
    // What presets say is found for all of them together.
    guard: grants.guard ?? file.rest.guard,
    hide: grants.hide ?? file.rest.hide,
    limits: grants.limits ?? file.rest.limits,
  };
  const identities = (file?.clients ?? []).map(({ identity }) => identity);
  const clients = (file?.clients ?? []).map((client) =>
    compileRights(client.identity.name, client.source, {
      ...client.grants,
      deny: [...grants.deny, ...client.grants.deny],
    }, now)
  );
  const others = compileRights(null, file?.path ?? "", rest, now);
  return {
    identities,
    clients: new Map(clients.map((rights) => [rights.client!, rights])),
    rest: others,
    own: null,
    ownSought: false,
    until: isClockSet(now)
      ? earliestEnd(
        [...clients, others].flatMap((rights) => rights.grants.allow),
      )
      : [...clients, others].some(({ ended }) => ended.length > 0)
      ? CLOCK_STARTS
      : null,
  };
}

/** The same policy for a sockwarden that runs in that container, or looks for it still. */
export function withOwnContainer(
  policy: Policy,
  own: OwnContainer | null,
  ownSought = false,
): Policy {
  return { ...policy, own, ownSought };
}

/** The rights of a client by its name; those of all others for null. */
export function rightsOf(policy: Policy, client: string | null): Rights {
  return client === null
    ? policy.rest
    : policy.clients.get(client) ?? policy.rest;
}

/** The rights of all clients, those of all others last. */
export function allRights(policy: Policy): Rights[] {
  return [...policy.clients.values(), policy.rest];
}

function compileRights(
  client: string | null,
  source: string,
  given: Grants,
  now: number,
): Rights {
  const ended = given.allow.filter((rule) => isOver(rule, now));
  const grants = ended.length === 0
    ? given
    : { ...given, allow: given.allow.filter((rule) => !ended.includes(rule)) };
  const { scope } = grants;
  const verdicts = new Map<string, Verdict>();
  const held = new Map<string, readonly Hold[]>();
  const leftOut = new Map<string, string>();
  for (const operation of OPERATIONS) {
    const { name } = operation;
    const verdict = verdictOf(grants, operation);
    verdicts.set(name, verdict);
    if (scope === null || !verdict.allowed) continue;
    if (cannotHold(scope, name) !== null) {
      verdicts.set(name, { operation, allowed: false, by: "" });
      leftOut.set(name, verdict.by);
      continue;
    }
    const holds = holdsOf(scope, name);
    if (holds.length > 0) held.set(name, holds);
  }
  const hide = effectiveHide(grants);
  const hiding = hidingOf(
    hide,
    verdicts,
    grants.allow,
    grants.hide === null ? presetsOf(grants.allow) : [],
    (name) => wasGranted(given, ended, name),
  );
  for (const name of hiding.leftOut.keys()) {
    const { operation } = verdicts.get(name)!;
    verdicts.set(name, { operation, allowed: false, by: "" });
  }
  return {
    client,
    source,
    grants,
    ended,
    clockSet: isClockSet(now),
    verdicts,
    scope,
    guard: effectiveGuard(grants),
    hide,
    limits: grants.limits,
    hiding,
    held,
    leftOut,
    allowPaths: pathsOf(grants.allow),
    denyPaths: pathsOf(grants.deny),
    origins: new Set(grants.origins),
    allowSelf: new Set(grants.allowSelf.flatMap(({ names }) => [...names])),
  };
}

/** Whether an operation was granted by a rule that has ended. */
function wasGranted(
  given: Grants,
  ended: readonly Rule[],
  name: string,
): boolean {
  const operation = OPERATION_BY_NAME.get(name)!;
  return rulesFor(ended, operation).length > 0 &&
    verdictOf(given, operation).allowed;
}

/** Whether a switch is on: by its setting, or else by default. */
export function isOn(grants: Grants, name: string): boolean {
  return grants.switches.get(name)?.on ??
    (grants.defaultSwitches && SWITCH_BY_NAME.get(name)?.onByDefault === true);
}

/**
 * Decides on one operation: deny wins over allow, allow over switches, and a
 * gate that is off over the other switches. Of several grants the one that ends
 * last counts.
 */
export function verdictOf(grants: Grants, operation: Operation): Verdict {
  const [denied] = rulesFor(grants.deny, operation);
  if (denied !== undefined) {
    return { operation, allowed: false, by: sayRule(denied) };
  }
  let last: Rule | null = null;
  for (const rule of rulesFor(grants.allow, operation)) {
    if (last === null || endOf(rule) > endOf(last)) last = rule;
  }
  if (last?.until !== undefined) {
    const verdict = judgeSwitches(grants, operation);
    return verdict.allowed
      ? verdict
      : { operation, allowed: true, by: sayRule(last), until: last.until };
  }
  return last === null
    ? judgeSwitches(grants, operation)
    : { operation, allowed: true, by: sayRule(last) };
}

function endOf({ until = Infinity }: Rule): number {
  return until;
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

function rulesFor(rules: readonly Rule[], { name }: Operation): Rule[] {
  return rules.filter((rule) =>
    rule.kind === "operations" && rule.names.has(name)
  );
}

function sayRule({ setting, text }: Rule): string {
  return `${setting} ${text}`;
}

function pathsOf(rules: readonly Rule[]): PathRule[] {
  return rules.filter((rule): rule is PathRule => rule.kind === "path");
}

/** The setting that turned a switch on or off. */
function say(grants: Grants, name: string): string {
  return grants.switches.get(name)?.source ?? `${name}=1 (default)`;
}

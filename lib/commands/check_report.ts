/**
 * What `check` says of the effective policy, as data: its text and its JSON are
 * made of this.
 *
 * @module
 */

import { UNREADABLE } from "../guard/claims.ts";
import type { Config } from "../config/config.ts";
import { formatAddress } from "../net/address.ts";
import { allRights, type Policy, type Rights } from "../policy/compile.ts";
import {
  canBeClaimed,
  conditionsOf,
  describeCondition,
} from "../policy/conditions.ts";
import { escalationsOf, type Severity } from "../policy/escalations.ts";
import { classesHeld, heldGroups } from "../policy/groups.ts";
import { guardLines } from "../policy/guarded.ts";
import { policyHash } from "../policy/hash.ts";
import { notesOf, warningsOf } from "./advice.ts";
import { describeUser } from "./confine.ts";
import { describeIdentity } from "./differences.ts";
import { type Granted, grantedOf } from "./grants.ts";
import { hideLines } from "./hide_lines.ts";
import { limitLines } from "./limit_lines.ts";
import { runningAs } from "./running.ts";
import { scopeLines } from "./scope_lines.ts";

/** A rule, and the setting that it stands in. */
interface RuleAndSetting {
  readonly rule: string;
  readonly by: string;
}

/** What one client may do. */
export interface CheckedClient extends Granted {
  /** `default` for all connections that match no client. */
  readonly name: string;
  /** Where it stands in the policy file; empty without one. */
  readonly where: string;
  /** How it is identified, in words. */
  readonly identity: string;
  /** Its access classes in each group that some client holds, as letters. */
  readonly groups: readonly {
    readonly group: string;
    readonly classes: string;
  }[];
  readonly denied: readonly RuleAndSetting[];
  readonly allow_self: readonly RuleAndSetting[];
  /** In words, one sentence each; empty without one. */
  readonly scope: readonly string[];
  readonly guard: readonly string[];
  readonly hide: readonly string[];
  readonly limits: readonly string[];
  /** Conditions of granted operations, in words. */
  readonly conditions: readonly {
    readonly condition: string;
    readonly operations: readonly string[];
  }[];
  /** What the grants give away beyond their names. */
  readonly gives_away: readonly {
    readonly severity: Severity;
    readonly operations: string;
    readonly sentence: string;
  }[];
}

/** What `check` says. */
export interface CheckReport {
  readonly format: "check/1";
  /** The path of the policy file; null without one. */
  readonly policy_file: string | null;
  /** The hash of the policy, as the audit and the metrics have it. */
  readonly policy_hash: string;
  readonly dry_run: boolean;
  /** The clients of the file in its order, then `default`. */
  readonly clients: readonly CheckedClient[];
  readonly listening: readonly string[];
  readonly engine: string;
  readonly runs_as: string;
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
}

/** Gathers what `check` says. */
export function checkReport(config: Config, policy: Policy): CheckReport {
  const all = allRights(policy);
  const groups = heldGroups(all);
  return {
    format: "check/1",
    policy_file: config.policyFile?.path ?? null,
    policy_hash: policyHash(policy),
    dry_run: config.dryRun,
    clients: all.map((rights) => clientOf(policy, rights, groups)),
    listening: config.listeners.map(formatAddress),
    engine: formatAddress(config.engine),
    runs_as: runningAs() ?? describeUser(config),
    warnings: warningsOf(config, policy),
    notes: notesOf(config, policy),
  };
}

function clientOf(
  policy: Policy,
  rights: Rights,
  groups: readonly string[],
): CheckedClient {
  const { client, source, grants } = rights;
  const rule = ({ text, setting }: { text: string; setting: string }) => ({
    rule: text,
    by: setting,
  });
  return {
    name: client ?? "default",
    where: source,
    identity: client === null ? "all others" : describeIdentity(policy, client),
    ...grantedOf(rights),
    groups: groups.map((group) => ({
      group,
      classes: classesHeld(rights, group),
    })),
    denied: grants.deny.map(rule),
    allow_self: grants.allowSelf.map(rule),
    scope: scopeLines(rights),
    guard: guardLines(rights),
    hide: hideLines(rights),
    limits: limitLines(rights),
    conditions: conditionsIn(policy, rights),
    gives_away: escalationsOf(
      rights,
      canBeClaimed(policy) ? UNREADABLE : new Set(),
    ).map(({ severity, operations, sentence }) => ({
      severity,
      operations,
      sentence,
    })),
  };
}

/** The granted operations that are allowed under conditions, by condition. */
function conditionsIn(
  policy: Policy,
  rights: Rights,
): CheckedClient["conditions"] {
  const names = new Map<string, string[]>();
  for (const { operation, allowed } of rights.verdicts.values()) {
    if (!allowed) continue;
    const conditions = conditionsOf(policy, rights, operation);
    const texts = conditions === "unreadable"
      ? ["refused all the same, since its body cannot be judged"]
      : conditions.map((one) => `condition: ${describeCondition(one)}`);
    for (const text of texts) {
      names.set(text, [...names.get(text) ?? [], operation.name]);
    }
  }
  return [...names].map(([condition, operations]) => ({
    condition,
    operations,
  }));
}

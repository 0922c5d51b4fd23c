/**
 * `sockwarden check`: prints the effective policy.
 *
 * @module
 */

import { formatAddress } from "../net/address.ts";
import type { Config } from "../config/config.ts";
import { readFlags } from "../config/flags.ts";
import { printStdout, wallClock } from "../host.ts";
import {
  allRights,
  compile,
  type Policy,
  type Rights,
} from "../policy/compile.ts";
import { UNREADABLE } from "../guard/claims.ts";
import {
  canBeClaimed,
  conditionsOf,
  describeCondition,
} from "../policy/conditions.ts";
import { escalationsOf } from "../policy/escalations.ts";
import { CLASS_LETTERS, classesHeld, heldGroups } from "../policy/groups.ts";
import { notesOf, warningsOf } from "./advice.ts";
import { columns, narrowTables } from "./columns.ts";
import { describeUser } from "./confine.ts";
import { configure } from "./configure.ts";
import { describeIdentity } from "./differences.ts";
import { grantLines } from "./grants.ts";
import { hideLines } from "./hide_lines.ts";
import { runningAs } from "./running.ts";
import { guardLines } from "../policy/guarded.ts";
import { scopeLines } from "./scope_lines.ts";

/**
 * Prints what each client may do and what these grants give away: with a policy
 * file as a table of clients, else operation by operation.
 *
 * @returns The exit code.
 */
export async function check(argv: readonly string[]): Promise<number> {
  const config = await configure(readFlags(argv));
  if (config === null) return 2;
  const policy = compile(config.grants, config.policyFile, wallClock());
  printStdout(
    (config.policyFile === null ? operations(policy.rest) : clients(policy)) +
      givenAway(policy) +
      (config.policyFile === null ? "" : byClient(policy)) +
      `\nListening: ${config.listeners.map(formatAddress).join(", ")}\n` +
      `Engine: ${formatAddress(config.engine)}\n` +
      `Runs as: ${runningAs() ?? describeUser(config)}\n` +
      warnings(config, policy),
  );
  return 0;
}

/** Each granted operation with the setting that grants it. */
function operations(rights: Rights): string {
  const granted = [...rights.verdicts.values()].filter(({ allowed }) =>
    allowed
  );
  const rows = [
    ...granted.map(({ operation, by }) => [
      operation.name,
      operation.access,
      by,
    ]),
    ...rights.allowPaths.map(({ text, setting }) => [text, "path", setting]),
    ...rights.grants.deny.map(({ text, setting }) => [
      text,
      "-",
      `denied by ${setting}`,
    ]),
  ];
  return (rows.length === 0
    ? ""
    : columns([["OPERATION", "CLASS", "GRANTED BY"], ...rows]) + "\n") +
    `${granted.length} of ${rights.verdicts.size} known operations are granted; everything else is refused.\n` +
    [...scopeLines(rights), ...guardLines(rights), ...hideLines(rights)].map((
      line,
    ) => `${line}\n`)
      .join("");
}

/** The clients with their rights by group of operations. */
function clients(policy: Policy): string {
  const all = allRights(policy);
  const groups = heldGroups(all);
  const letters = Object.entries(CLASS_LETTERS).map(([name, letter]) =>
    `${letter} ${name}`
  );
  return narrowTables([
    ["CLIENT", ...groups, "WHO"],
    ...all.map((rights) => [
      nameOf(rights),
      ...groups.map((group) => classesHeld(rights, group)),
      rights.client === null
        ? "all others"
        : describeIdentity(policy, rights.client),
    ]),
  ]) +
    `\n${
      letters.join(", ")
    }: upper case if all operations of the class are granted, lower case if some are.\n`;
}

/** What each client is granted and refused, one line per rule. */
function byClient(policy: Policy): string {
  return allRights(policy).map((rights) => {
    const lines = [
      ...grantLines(rights),
      ...scopeLines(rights),
      ...guardLines(rights),
      ...hideLines(rights),
      ...rights.grants.deny.map(({ setting, text }) =>
        `${setting} ${text}: denied`
      ),
      ...rights.grants.allowSelf.map(({ setting, text }) =>
        `${setting} ${text}: allowed on sockwarden's own container too`
      ),
      ...conditionLines(policy, rights),
    ];
    return `\n${nameOf(rights)}:\n${
      lines.length === 0
        ? "  nothing\n"
        : lines.map((line) => `  ${line}\n`).join("")
    }`;
  }).join("");
}

/** The granted operations that are allowed under conditions, by condition. */
function conditionLines(policy: Policy, rights: Rights): string[] {
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
  return [...names].map(([text, of]) => `${of.join(", ")}: ${text}`);
}

/** What the grants give away beyond their names, in words. */
function givenAway(policy: Policy): string {
  const refused = canBeClaimed(policy) ? UNREADABLE : new Set<string>();
  const lines = allRights(policy).flatMap((rights) =>
    escalationsOf(rights, refused).map(({ sentence }) =>
      policy.clients.size === 0
        ? `  ${sentence.replace(/^can/, "Every client can")}\n`
        : `  client ${nameOf(rights)} ${sentence}\n`
    )
  );
  return lines.length === 0
    ? ""
    : `\nWhat these grants give away:\n${lines.join("")}`;
}

function warnings(config: Config, policy: Policy): string {
  return warningsOf(config, policy).map((text) => `Warning: ${text}\n`)
    .join("") +
    notesOf(config, policy).map((text) => `Note: ${text}\n`).join("");
}

function nameOf({ client }: Rights): string {
  return client ?? "default";
}

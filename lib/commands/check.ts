/**
 * `sockwarden check`: prints the effective policy.
 *
 * @module
 */

import { formatAddress } from "../net/address.ts";
import type { Config } from "../config/config.ts";
import { printStdout } from "../host.ts";
import {
  allRights,
  compile,
  type Policy,
  type Rights,
} from "../policy/compile.ts";
import { UNREADABLE } from "../guard/claims.ts";
import { canBeClaimed } from "../policy/conditions.ts";
import { escalationsOf } from "../policy/escalations.ts";
import { CLASS_LETTERS, classesHeld, heldGroups } from "../policy/groups.ts";
import { notesOf, warningsOf } from "./advice.ts";
import { columns } from "./columns.ts";
import { configure } from "./configure.ts";
import { whoIs } from "./differences.ts";
import { grantLines } from "./grants.ts";

/**
 * Prints who may do what, and what that gives away; with a policy file as a
 * table of clients, else operation by operation.
 *
 * @returns The exit code.
 */
export async function check(argv: readonly string[]): Promise<number> {
  const config = await configure(argv);
  if (config === null) return 2;
  const policy = compile(config.grants, config.policyFile);
  printStdout(
    (config.policyFile === null ? operations(policy.rest) : clients(policy)) +
      givenAway(policy) +
      (config.policyFile === null ? "" : byClient(policy)) +
      `\nListening: ${config.listeners.map(formatAddress).join(", ")}\n` +
      `Engine: ${formatAddress(config.engine)}\n` +
      warnings(config, policy),
  );
  return 0;
}

/** Each granted operation with what grants it. */
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
    `${granted.length} of ${rights.verdicts.size} known operations are granted; all else is refused.\n`;
}

/** Clients by operation groups. */
function clients(policy: Policy): string {
  const all = allRights(policy);
  const groups = heldGroups(all);
  const letters = CLASS_LETTERS.map(([name, letter]) => `${letter} ${name}`);
  return columns([
    ["CLIENT", ...groups, "WHO"],
    ...all.map((rights) => [
      nameOf(rights),
      ...groups.map((group) => classesHeld(rights, group)),
      rights.client === null ? "everybody else" : whoIs(policy, rights.client),
    ]),
  ]) +
    `\n${
      letters.join(", ")
    }: a capital where all operations of the class are granted, a small letter where some are.\n`;
}

/** What each client is granted and refused, a line for each rule. */
function byClient(policy: Policy): string {
  return allRights(policy).map((rights) => {
    const lines = [
      ...grantLines(rights),
      ...rights.grants.deny.map(({ setting, text }) =>
        `${setting} ${text}: denied`
      ),
      ...rights.grants.allowSelf.map(({ setting, text }) =>
        `${setting} ${text}: on sockwarden's own container too`
      ),
    ];
    return `\n${nameOf(rights)}:\n${
      lines.length === 0
        ? "  nothing at all\n"
        : lines.map((line) => `  ${line}\n`).join("")
    }`;
  }).join("");
}

/** What the grants give beyond their names, in words. */
function givenAway(policy: Policy): string {
  const refused = canBeClaimed(policy) ? UNREADABLE : new Set<string>();
  const lines = allRights(policy).flatMap((rights) =>
    escalationsOf(rights, refused).map(({ sentence }) =>
      policy.clients.size === 0
        ? `  ${sentence.replace(/^can/, "Whoever connects can")}\n`
        : `  client ${nameOf(rights)} ${sentence}\n`
    )
  );
  return lines.length === 0 ? "" : `\nWhat this gives away:\n${lines.join("")}`;
}

function warnings(config: Config, policy: Policy): string {
  return warningsOf(config, policy).map((text) => `Warning: ${text}\n`)
    .join("") +
    notesOf(config, policy).map((text) => `Note: ${text}\n`).join("");
}

function nameOf({ client }: Rights): string {
  return client ?? "default";
}

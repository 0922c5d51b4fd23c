/**
 * `sockwarden check`: prints the effective policy.
 *
 * @module
 */

import { readFlags } from "../config/flags.ts";
import { printStdout, wallClock } from "../host.ts";
import { compile } from "../policy/compile.ts";
import { CLASS_LETTERS } from "../policy/groups.ts";
import {
  type CheckedClient,
  type CheckReport,
  checkReport,
} from "./check_report.ts";
import { columns, narrowTables } from "./columns.ts";
import { configure } from "./configure.ts";
import { grantLines } from "./grants.ts";
import { jsonText } from "./json_text.ts";
import { ownArguments } from "./own_flags.ts";

/**
 * Prints what each client may do and what these grants give away: with a policy
 * file as a table of clients, else operation by operation; with `--json` all of
 * it as JSON.
 *
 * @returns The exit code.
 */
export async function check(argv: readonly string[]): Promise<number> {
  const flags = readFlags(argv, ownArguments("check"));
  const config = await configure(flags);
  if (config === null) return 2;
  const policy = compile(config.grants, config.policyFile, wallClock());
  const report = checkReport(config, policy);
  printStdout(
    flags.values.has("json") ? jsonText(report) : checkText(report),
  );
  return 0;
}

function checkText(report: CheckReport): string {
  const { policy_file, clients } = report;
  return (policy_file === null ? operations(clients[0]!) : table(clients)) +
    givenAway(clients) +
    (policy_file === null ? "" : clients.map(byClient).join("")) +
    `\nListening: ${report.listening.join(", ")}\n` +
    `Engine: ${report.engine}\n` +
    `Runs as: ${report.runs_as}\n` +
    report.warnings.map((text) => `Warning: ${text}\n`).join("") +
    report.notes.map((text) => `Note: ${text}\n`).join("");
}

/** Each granted operation with the setting that grants it. */
function operations(client: CheckedClient): string {
  const rows = [
    ...client.operations.map(({ name, access, by }) => [name, access, by]),
    ...client.paths.map(({ path, by }) => [path, "path", by]),
    ...client.denied.map(({ rule, by }) => [rule, "-", `denied by ${by}`]),
  ];
  return (rows.length === 0
    ? ""
    : columns([["OPERATION", "CLASS", "GRANTED BY"], ...rows]) + "\n") +
    `${client.operations.length} of ${client.known} known operations are granted; everything else is refused.\n` +
    [...client.scope, ...client.guard, ...client.hide, ...client.limits]
      .map((line) => `${line}\n`).join("");
}

/** The clients with their rights by group of operations. */
function table(clients: readonly CheckedClient[]): string {
  const letters = Object.entries(CLASS_LETTERS).map(([name, letter]) =>
    `${letter} ${name}`
  );
  return narrowTables([
    ["CLIENT", ...clients[0]!.groups.map(({ group }) => group), "WHO"],
    ...clients.map(({ name, groups, identity }) => [
      name,
      ...groups.map(({ classes }) => classes),
      identity,
    ]),
  ]) +
    `\n${
      letters.join(", ")
    }: upper case if all operations of the class are granted, lower case if some are.\n`;
}

/** What a client is granted and refused, one line per rule. */
function byClient(client: CheckedClient): string {
  const lines = [
    ...grantLines(client),
    ...client.scope,
    ...client.guard,
    ...client.hide,
    ...client.limits,
    ...client.denied.map(({ rule, by }) => `${by} ${rule}: denied`),
    ...client.allow_self.map(({ rule, by }) =>
      `${by} ${rule}: allowed on sockwarden's own container too`
    ),
    ...client.conditions.map(({ condition, operations }) =>
      `${operations.join(", ")}: ${condition}`
    ),
  ];
  return `\n${client.name}:\n${
    lines.length === 0
      ? "  nothing\n"
      : lines.map((line) => `  ${line}\n`).join("")
  }`;
}

/** What the grants give away beyond their names, in words. */
function givenAway(clients: readonly CheckedClient[]): string {
  const lines = clients.flatMap(({ name, gives_away }) =>
    gives_away.map(({ sentence }) =>
      clients.length === 1
        ? `  ${sentence.replace(/^can/, "Every client can")}\n`
        : `  client ${name} ${sentence}\n`
    )
  );
  return lines.length === 0
    ? ""
    : `\nWhat these grants give away:\n${lines.join("")}`;
}

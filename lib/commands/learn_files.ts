/**
 * `sockwarden learn FILE…`: proposes what clients need, from recordings.
 *
 * @module
 */

import type { Config } from "../config/config.ts";
import type { Flags } from "../config/flags.ts";
import { readPolicyFile } from "../config/policy_file.ts";
import { policyPath } from "../config/read.ts";
import { OPERATION_BY_NAME } from "../docker/operations.ts";
import { environment, printStderr, printStdout, wallClock } from "../host.ts";
import { flagsOf, grantedClients } from "../learn/flags_text.ts";
import { identityLines } from "../learn/identity_text.ts";
import { nearestPreset, nearestText } from "../learn/nearest_preset.ts";
import { policyText } from "../learn/policy_text.ts";
import type { By, Proposal } from "../learn/proposal.ts";
import { type Choices, propose } from "../learn/propose.ts";
import { isPath, isRule } from "../learn/rule_of.ts";
import type { Tally } from "../learn/tally.ts";
import { compile, NO_GRANTS, type PolicyFile } from "../policy/compile.ts";
import { configure, printProblems } from "./configure.ts";
import { differences } from "./differences.ts";
import { switchesText } from "./presets.ts";
import { readRecordings } from "./recordings.ts";

const FORMATS = ["policy", "flags", "switches", "json", "diff"] as const;

/** What is printed. */
type Format = typeof FORMATS[number];

/** What the command is asked for. */
export interface Asked extends Choices {
  readonly format: Format;
}

/** Proposes; the exit codes are those of `learn`. */
export async function learnFromFiles(flags: Flags): Promise<number> {
  const asked = readAsked(flags);
  if ("problems" in asked) {
    printProblems(asked.problems);
    return 2;
  }
  const named = policyPath(flags, environment()) !== null;
  const running = named ? await configure(flags) : null;
  if (named && running === null) return 2;
  if (asked.format === "diff" && running === null) {
    printStderr(
      "sockwarden: --format=diff compares with the running policy: name it with --config\n",
    );
    return 2;
  }
  const { tally, incomplete } = readRecordings(flags.words);
  const printed = proposalOf(tally, asked, running);
  if ("problem" in printed) {
    printStderr(`sockwarden: ${printed.problem}\n`);
    return 2;
  }
  printStdout(printed.text);
  return incomplete ? 2 : printed.wider ? 1 : 0;
}

/**
 * The proposal as it is printed.
 *
 * @param running What is served, whose clients are identified as there; null
 * where no policy file is named.
 */
export function proposalOf(
  tally: Tally,
  asked: Asked,
  running: Config | null,
): Printed {
  return print(asked.format, withPresets(propose(tally, asked)), running);
}

/** Reads what is asked for. */
export function readAsked(
  { values, problems }: Flags,
): Asked | { problems: readonly string[] } {
  const found = [...problems];
  const by = byOf(values.get("by")?.[0] ?? "name");
  if (by === null) {
    found.push(
      `--by=${
        values.get("by")?.[0]
      }: expected name, project, label or label=KEY`,
    );
  }
  const [text = "policy"] = values.get("format") ?? [];
  const format = FORMATS.find((one) => one === text);
  if (format === undefined) {
    found.push(`--format=${text}: expected ${FORMATS.join(", ")}`);
  }
  const accepted = values.get("accept-risk") ?? [];
  for (const rule of accepted) {
    if (!isRule(rule)) {
      found.push(
        `--accept-risk=${rule}: expected the name of an operation, as the proposal has it`,
      );
    }
  }
  return found.length > 0
    ? { problems: found }
    : { by: by!, format: format!, accepted: new Set(accepted) };
}

/** The key of scopes; null for another word. */
function byOf(text: string): By | null {
  if (text === "name" || text === "project") return { key: text };
  if (text === "label") return { key: "label", label: null };
  const label = /^label=([A-Za-z0-9][A-Za-z0-9_./-]*)$/.exec(text)?.[1];
  return label === undefined ? null : { key: "label", label };
}

/** Names the nearest preset of each client. */
function withPresets(proposal: Proposal): Proposal {
  const named = (client: Proposal["rest"]) => {
    const near = nearestPreset(
      client.allow.map(({ rule }) => rule).filter((rule) => !isPath(rule)),
    );
    return near === null ? client : {
      ...client,
      says: [...client.says, nearestText(near, proposal.seconds)],
    };
  };
  return {
    ...proposal,
    clients: proposal.clients.map(named),
    rest: named(proposal.rest),
  };
}

/** What is printed, and whether it allows what the running policy does not; or why nothing is. */
export type Printed =
  | { readonly text: string; readonly wider: boolean }
  | { readonly problem: string };

function print(
  format: Format,
  proposal: Proposal,
  running: Config | null,
): Printed {
  const said = (text: string) => ({ text, wider: false });
  switch (format) {
    case "policy": {
      const made = policyOf(proposal, running);
      return "problem" in made ? made : said(made.text);
    }
    case "flags":
      return said(flagsText(proposal));
    case "switches":
      return said(
        grantedClients(proposal).map(({ name, allow }) =>
          `${name ?? "default"}:\n${
            switchesText(
              allow.map(({ rule }) => rule)
                .filter((rule) => OPERATION_BY_NAME.has(rule)),
            )
          }`
        ).join("\n"),
      );
    case "json":
      return said(`${JSON.stringify({ proposal: 1, ...proposal }, null, 2)}\n`);
    case "diff":
      return diffText(proposal, running!);
  }
}

/** The policy file; a text that the reader would not take is not printed. */
function policyOf(
  proposal: Proposal,
  running: Config | null,
): { readonly text: string; readonly file: PolicyFile } | {
  readonly problem: string;
} {
  const seen = new Set(proposal.clients.map(({ name }) => name));
  const unseen = (running?.policyFile?.clients ?? []).filter(({ identity }) =>
    !seen.has(identity.name)
  );
  const text = policyText(
    inOrder(proposal, running?.policyFile ?? null),
    identityLines(running?.policyFile ?? null, running?.listeners ?? []),
    unseen.map(({ identity, source }) =>
      `Client ${identity.name} (${source}) was not seen, and is left out.`
    ),
  );
  const read = readPolicyFile("the proposal", text);
  return "problems" in read
    ? {
      problem: `the recordings say more than one policy file can hold (${
        read.problems[0]
      }): give fewer of them`,
    }
    : { text, file: read.file };
}

/** The clients in the order of the running policy, which is that of matching; others last. */
function inOrder(proposal: Proposal, file: PolicyFile | null): Proposal {
  const names = (file?.clients ?? []).map(({ identity }) => identity.name);
  const placeOf = ({ name }: Proposal["rest"]) =>
    names.includes(name!) ? names.indexOf(name!) : names.length;
  return {
    ...proposal,
    clients: [...proposal.clients].sort((a, b) => placeOf(a) - placeOf(b)),
  };
}

function flagsText(proposal: Proposal): string {
  const clients = grantedClients(proposal);
  return clients.map((client) => {
    const { flags, says } = flagsOf(client);
    return (clients.length === 1 ? "" : `# ${client.name ?? "default"}\n`) +
      says.map((text) => `# ${text}\n`).join("") +
      `${flags.join(" \\\n")}\n`;
  }).join("\n");
}

function diffText(proposal: Proposal, running: Config): Printed {
  const made = policyOf(proposal, running);
  if ("problem" in made) return made;
  const { lines, wider } = differences(
    compile(running.grants, running.policyFile, wallClock()),
    compile(NO_GRANTS, made.file, wallClock()),
  );
  return {
    text: lines.length === 0
      ? "Nothing is newly allowed or refused.\n"
      : lines.map((line) => `${line}\n`).join(""),
    wider,
  };
}

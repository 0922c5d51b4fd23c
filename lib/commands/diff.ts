/**
 * `sockwarden diff OLD NEW`: what a change of the policy file allows and refuses.
 *
 * @module
 */

import type { Config } from "../config/config.ts";
import { readFlags } from "../config/flags.ts";
import { environment, printStderr, printStdout, wallClock } from "../host.ts";
import { compile, type Policy } from "../policy/compile.ts";
import { CLOCK_STARTS } from "../policy/until.ts";
import { presetReader, printProblems, readPolicy } from "./configure.ts";
import { readConfig } from "../config/read.ts";
import { type Change, differences, socketDifferences } from "./differences.ts";
import { jsonText } from "./json_text.ts";
import { ownArguments } from "./own_flags.ts";

/** What `diff --json` says. */
export interface DiffReport {
  readonly format: "diff/1";
  /** Whether something is newly allowed. */
  readonly wider: boolean;
  readonly changes: readonly Change[];
}

/**
 * Compares two policy files, each with the same flags and environment.
 *
 * @returns 0 if nothing is newly allowed, 1 if something is, 2 if the call or a
 * file is not valid.
 */
export async function diff(argv: readonly string[]): Promise<number> {
  const flags = readFlags(argv, ownArguments("diff"));
  const [before = "", after = ""] = flags.words;
  if (before === "" || after === "") {
    if (flags.problems.length > 0) printProblems(flags.problems);
    else {
      printStderr(
        "sockwarden: expected two policy files: sockwarden diff OLD NEW [FLAGS]\n",
      );
    }
    return 2;
  }
  const configs: Config[] = [];
  const problems: string[] = [];
  for (const path of [before, after]) {
    const read = readConfig(
      flags,
      environment(),
      await readPolicy(path, "name another file"),
      undefined,
      false,
      await presetReader(flags, environment()),
    );
    if (read.config === null) problems.push(...read.problems);
    else configs.push(read.config);
  }
  if (problems.length > 0) {
    printProblems([...new Set(problems)]);
    return 2;
  }
  const [old, next] = configs as [Config, Config];
  // On a clock that is not set no grant with an end would be compared.
  const now = Math.max(wallClock(), CLOCK_STARTS);
  const rights = differences(policyOf(old, now), policyOf(next, now));
  const sockets = socketDifferences(old.listeners, next.listeners);
  const lines = [...rights.lines, ...sockets.lines];
  const report: DiffReport = {
    format: "diff/1",
    wider: rights.wider || sockets.wider,
    changes: [...rights.changes, ...sockets.changes],
  };
  printStdout(
    flags.values.has("json")
      ? jsonText(report)
      : lines.length === 0
      ? "Nothing is newly allowed or refused.\n"
      : lines.map((line) => `${line}\n`).join(""),
  );
  return report.wider ? 1 : 0;
}

function policyOf({ grants, policyFile }: Config, now: number): Policy {
  return compile(grants, policyFile, now);
}

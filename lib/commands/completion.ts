/**
 * `sockwarden completion SHELL`: prints a script with which a shell completes
 * commands, flags and their values.
 *
 * @module
 */

import { readFlags } from "../config/flags.ts";
import { printStderr, printStdout } from "../host.ts";
import type { Command, RunCommand } from "./command.ts";
import { bashScript } from "./completion_bash.ts";
import { fishScript } from "./completion_fish.ts";
import { commandEntries, settingEntries } from "./completion_table.ts";
import { zshScript } from "./completion_zsh.ts";
import { printProblems } from "./configure.ts";
import { ownArguments, SHELLS } from "./own_flags.ts";

const SCRIPTS: Readonly<Record<typeof SHELLS[number], typeof bashScript>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/**
 * The command, which is one of those that it completes.
 *
 * @returns What prints the script of a shell; it returns 2 if it is none of the three.
 */
export function completionOf(commands: readonly Command[]): RunCommand {
  return (argv) => completion(commands, argv);
}

function completion(
  commands: readonly Command[],
  argv: readonly string[],
): number {
  const { words, problems } = readFlags(argv, ownArguments("completion"));
  const shell = SHELLS.find((name) => name === words[0]);
  if (problems.length > 0) {
    printProblems(problems);
    return 2;
  }
  if (shell === undefined) {
    printStderr(
      `sockwarden: expected a shell: sockwarden completion ${
        SHELLS.join("|")
      }\n`,
    );
    return 2;
  }
  printStdout(SCRIPTS[shell](commandEntries(commands), settingEntries()));
  return 0;
}

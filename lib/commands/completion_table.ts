/**
 * What a shell completes, as data made from the tables of commands, settings and
 * switches: every completion script, and the man page, are written from it.
 *
 * @module
 */

import { switchFlag } from "../config/flags.ts";
import { SETTINGS } from "../config/settings.ts";
import { OPERATIONS } from "../docker/operations.ts";
import { presetNames } from "../docker/presets.ts";
import { LEVELS as GUARD_LEVELS } from "../guard/knobs.ts";
import { HIDE_WORDS } from "../guard/hide/words.ts";
import { LEVELS as LOG_LEVELS } from "../observe/level.ts";
import { canNeedAllowSelf } from "../policy/self_protection.ts";
import { SWITCHES } from "../policy/switches.ts";
import type { Command } from "./command.ts";
import { argumentsOf, type OwnFlag, SHELLS } from "./own_flags.ts";

/** What may stand where a value is expected: one of these words, a file, or what only the user knows. */
export type Values = readonly string[] | "file" | "free";

/** A flag. */
export interface FlagEntry {
  /** Without its dashes. */
  readonly flag: string;
  /** The placeholder of its value; empty for none. */
  readonly placeholder: string;
  /** What its value may be; null where it has none. */
  readonly values: Values | null;
  readonly repeatable: boolean;
  readonly help: string;
}

/** A command. */
export interface CommandEntry {
  /** Its name, and its alias if it has one. */
  readonly names: readonly string[];
  readonly usage: string;
  readonly summary: string;
  /** The flags that only it has. */
  readonly own: readonly FlagEntry[];
  /** Whether it takes the settings too. */
  readonly settings: boolean;
  /** What its words may be; null where it takes none. */
  readonly words: Values | null;
  /** The word before these; null for none. */
  readonly first: string | null;
}

/** Values of settings that are words of a table. */
function wordsOf(flag: string): readonly string[] | null {
  switch (flag) {
    case "preset":
      return presetNames();
    case "allow":
    case "deny":
      return OPERATIONS.map(({ name }) => name);
    case "allow-self":
      return OPERATIONS.map(({ name }) => name).filter(canNeedAllowSelf);
    case "guard":
      return GUARD_LEVELS;
    case "hide":
      return [...HIDE_WORDS, "none"];
    case "log-level":
      return LOG_LEVELS;
    case "log-format":
      return ["text", "json"];
    default:
      return null;
  }
}

/** What is a file, by its placeholder. */
const FILES: ReadonlySet<string> = new Set(["PATH", "FILE"]);

/** The settings and the switches, which nearly every command takes. */
export function settingEntries(): FlagEntry[] {
  return [
    ...SETTINGS.map(({ flag, placeholder, repeatable, help }) =>
      entryOf({ flag, placeholder, repeatable, help }, wordsOf(flag))
    ),
    ...SWITCHES.map(({ name, help }) =>
      entryOf({
        // Bare, --version prints the version of the program.
        flag: name === "VERSION" ? "version=1" : switchFlag(name),
        placeholder: "",
        help: `${name}: ${help}`,
      }, null)
    ),
  ];
}

/** The commands. */
export function commandEntries(commands: readonly Command[]): CommandEntry[] {
  return commands.map(({ name, alias, usage, summary }) => {
    const { flags, words, first = null, alone = false } = argumentsOf(name);
    return {
      names: alias === undefined ? [name] : [name, alias],
      usage,
      summary,
      own: flags.map((flag) => entryOf(flag, flag.values ?? null)),
      settings: !alone,
      words: wordValues(words),
      first,
    };
  });
}

function wordValues(
  words: ReturnType<typeof argumentsOf>["words"],
): Values | null {
  switch (words) {
    case "none":
      return null;
    case "file":
      return "file";
    case "preset":
      return presetNames();
    case "shell":
      return SHELLS;
    case "method":
      return ["GET", "HEAD", "POST", "PUT", "DELETE"];
  }
}

function entryOf(
  { flag, placeholder, repeatable = false, help }: OwnFlag,
  words: readonly string[] | null,
): FlagEntry {
  return {
    flag,
    placeholder,
    repeatable,
    help,
    values: placeholder === ""
      ? null
      : words ?? (FILES.has(placeholder) ? "file" : "free"),
  };
}

/**
 * What each command takes beside the settings, as data: the parser, completion
 * and the man page read the same table. Serving loads none of it.
 *
 * @module
 */

import type { OwnArguments } from "../config/flags.ts";

/** A flag that only one command has. */
export interface OwnFlag {
  /** Without its dashes. */
  readonly flag: string;
  /** The placeholder of its value; empty for a flag without a value. */
  readonly placeholder: string;
  readonly repeatable?: boolean;
  /** The values that it takes, where they are few. */
  readonly values?: readonly string[];
  readonly help: string;
}

/** What the arguments of a command are that are no flags. */
export type WordKind = "none" | "file" | "preset" | "method" | "shell";

/** What a command takes. */
export interface CommandArguments {
  readonly flags: readonly OwnFlag[];
  readonly words: WordKind;
  readonly maxWords: number;
  /** The word that stands before all others, where there is one. */
  readonly first?: string;
  /** Whether the settings, which are those of serving, are not for it. */
  readonly alone?: boolean;
}

/** The shells for which there is a completion script. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** How many recordings or presets may be named at once. */
const MANY = 1000;

const JSON_FLAG: OwnFlag = {
  flag: "json",
  placeholder: "",
  help: "print JSON instead of text; its schema is in schema/",
};

const NOTHING: CommandArguments = { flags: [], words: "none", maxWords: 0 };

/** By the name of the command; the other commands take the settings alone. */
const ARGUMENTS: Readonly<Record<string, CommandArguments>> = {
  check: { ...NOTHING, flags: [JSON_FLAG] },
  explain: {
    words: "method",
    maxWords: 2,
    flags: [
      {
        flag: "client",
        placeholder: "NAME",
        help: "the client of the policy file that asks",
      },
      {
        flag: "body",
        placeholder: "FILE",
        help: "the body of the request, for a guard to judge",
      },
      JSON_FLAG,
    ],
  },
  diff: { words: "file", maxWords: 2, flags: [JSON_FLAG] },
  learn: {
    words: "file",
    maxWords: MANY,
    flags: [
      {
        flag: "by",
        placeholder: "KEY",
        values: ["name", "project", "label"],
        help: "what tells clients of the proposal from each other",
      },
      {
        flag: "format",
        placeholder: "FORMAT",
        values: ["policy", "flags", "switches", "json", "diff"],
        help: "the form of the proposal",
      },
      {
        flag: "accept-risk",
        placeholder: "OPERATION",
        repeatable: true,
        help: "propose this operation, whatever it gives away",
      },
      {
        flag: "open",
        placeholder: "",
        help: "allow everything while it records",
      },
      {
        flag: "record",
        placeholder: "FILE",
        help: "write the recording to a file",
      },
      {
        flag: "for",
        placeholder: "TIME",
        help: "record for so long, then propose",
      },
    ],
  },
  replay: { ...NOTHING, words: "file", maxWords: MANY },
  unused: {
    words: "file",
    maxWords: MANY,
    flags: [{
      flag: "since",
      placeholder: "TIME",
      help: "the time that recordings have to cover",
    }],
  },
  audit: {
    first: "verify",
    words: "file",
    maxWords: MANY,
    alone: true,
    flags: [{
      flag: "audit-key",
      placeholder: "FILE",
      help: "file with the key of the chain",
    }],
  },
  presets: {
    words: "preset",
    maxWords: MANY,
    alone: true,
    flags: [JSON_FLAG],
  },
  top: {
    ...NOTHING,
    alone: true,
    flags: [
      {
        flag: "admin",
        placeholder: "ADDRESS",
        help:
          "where its admin listener is; else SOCKWARDEN_ADMIN, or as the sockwarden of this container has it",
      },
      {
        flag: "admin-token-file",
        placeholder: "PATH",
        help: "file with the token that the admin listener asks for",
      },
      {
        flag: "once",
        placeholder: "",
        help: "show it a single time, as where the output is no terminal",
      },
      JSON_FLAG,
    ],
  },
  completion: {
    words: "shell",
    maxWords: 1,
    alone: true,
    flags: [],
  },
};

/** What a command takes beside the settings, by its name. */
export function argumentsOf(command: string): CommandArguments {
  return Object.hasOwn(ARGUMENTS, command) ? ARGUMENTS[command]! : NOTHING;
}

/** The same for the parser. */
export function ownArguments(command: string): OwnArguments {
  const { flags, maxWords, alone = false } = argumentsOf(command);
  return {
    flags: flags.map(({ flag }) => flag),
    bare: flags.filter(({ placeholder }) => placeholder === "")
      .map(({ flag }) => flag),
    repeatable: flags.filter(({ repeatable }) => repeatable === true)
      .map(({ flag }) => flag),
    maxWords,
    alone,
  };
}

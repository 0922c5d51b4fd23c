/**
 * Reads the command line into values by name.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { SWITCHES } from "../policy/switches.ts";
import { nearest, slips } from "./nearest.ts";
import { SETTINGS } from "./settings.ts";

/** What the command line holds. */
export interface Flags {
  /** Values by flag without dashes, in the order given. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** What is wrong, each in one sentence. */
  readonly problems: readonly string[];
}

/** The flag of a switch: `--allow-start` for `ALLOW_START`. */
export function switchFlag(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}

const SWITCH_FLAGS: ReadonlySet<string> = new Set(
  SWITCHES.map(({ name }) => switchFlag(name)),
);
/** Flags that mean 1 when they stand alone. */
const BARE_FLAGS: ReadonlySet<string> = new Set([
  ...SWITCH_FLAGS,
  ...SETTINGS.filter(({ placeholder }) => placeholder === "")
    .map(({ flag }) => flag),
]);
/** Bare flags that begin with `no-`, with their dashes. */
const NEGATIONS: ReadonlySet<string> = new Set(
  SETTINGS.filter(({ flag }) => flag.startsWith("no-"))
    .map(({ flag }) => `--${flag}`),
);
const ALL_FLAGS: readonly string[] = [
  ...SETTINGS.map(({ flag }) => flag),
  ...SWITCH_FLAGS,
];

/**
 * Reads flags; a bare switch (`--containers`) means 1.
 *
 * @param argv The arguments after the command's own.
 */
export function readFlags(argv: readonly string[]): Flags {
  const problems: string[] = [];
  const values = new Map<string, readonly string[]>();
  // The parser takes `--no-` for the negation of another flag.
  const negations = argv.filter((arg) => NEGATIONS.has(arg));
  for (const arg of negations) {
    const flag = arg.slice(2);
    values.set(flag, [...values.get(flag) ?? [], "1"]);
  }
  const parsed = parseArgs(
    argv.filter((arg) => !NEGATIONS.has(arg)).map((arg) =>
      arg.startsWith("--") && BARE_FLAGS.has(arg.slice(2)) ? `${arg}=1` : arg
    ),
    {
      string: [...ALL_FLAGS],
      collect: [...ALL_FLAGS],
      unknown: (arg: string) => {
        problems.push(unknownArgument(arg));
        return false;
      },
    },
  ) as Record<string, unknown>;
  for (const flag of ALL_FLAGS) {
    const given = parsed[flag];
    if (!Array.isArray(given) || given.length === 0) continue;
    const list = given.map(String);
    if (list.includes("")) {
      problems.push(`--${flag} needs a value: write --${flag}=VALUE`);
    }
    values.set(flag, list);
  }
  for (const rest of parsed._ as unknown[]) {
    problems.push(unknownArgument(String(rest)));
  }
  return { values, problems };
}

function unknownArgument(arg: string): string {
  if (!arg.startsWith("-")) {
    return `'${arg}' is no argument of this command: see sockwarden --help`;
  }
  const name = arg.replace(/^-+/, "").replace(/=.*$/s, "");
  const near = nearest(name, ALL_FLAGS, slips(name));
  return `--${name} is no flag: ${
    near === null ? "see sockwarden --help" : `did you mean --${near}?`
  }`;
}

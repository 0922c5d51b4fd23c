/**
 * Reads the command line into values by name.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { SWITCHES } from "../policy/switches.ts";
import { foreignFlag } from "./foreign.ts";
import { nearest, slips } from "./nearest.ts";
import { SETTINGS } from "./settings.ts";

/** What the command line holds. */
export interface Flags {
  /** Values by flag without dashes, in the order given. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** The arguments that are not flags, in the order given. */
  readonly words: readonly string[];
  /** What is wrong, each in one sentence. */
  readonly problems: readonly string[];
}

/** What a command takes beside the flags of every command. */
export interface OwnArguments {
  /** Its own flags, without dashes; each takes a value and may be given once. */
  readonly flags?: readonly string[];
  /** Of its own flags those that mean 1 when they stand alone. */
  readonly bare?: readonly string[];
  /** Of its own flags those that may be given several times. */
  readonly repeatable?: readonly string[];
  /** How many arguments that are not flags it takes; 0 if left out. */
  readonly maxWords?: number;
  /** Whether it takes no other flags than its own. */
  readonly alone?: boolean;
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
const FLAGS: readonly string[] = [
  ...SETTINGS.map(({ flag }) => flag),
  ...SWITCH_FLAGS,
];
const REPEATABLE_FLAGS: ReadonlySet<string> = new Set(
  SETTINGS.filter(({ repeatable }) => repeatable).map(({ flag }) => flag),
);

/**
 * Reads a command's arguments; a bare switch (`--containers`) means 1. Flags
 * and words may stand in any order.
 *
 * @param argv The arguments after the command's name.
 * @param own What this command takes beside the flags of every command.
 */
export function readFlags(
  argv: readonly string[],
  own: OwnArguments = {},
): Flags {
  const known = [...own.alone === true ? [] : FLAGS, ...own.flags ?? []];
  const bare: ReadonlySet<string> = new Set([...BARE_FLAGS, ...own.bare ?? []]);
  const problems: string[] = [];
  const foreign = new Map<string, string[]>();
  const values = new Map<string, readonly string[]>();
  // The parser takes `--no-` for the negation of another flag.
  const negations = argv.filter((arg) => NEGATIONS.has(arg));
  for (const arg of negations) {
    const flag = arg.slice(2);
    values.set(flag, [...values.get(flag) ?? [], "1"]);
  }
  const parsed = parseArgs(
    withTwoDashes(argv, known, problems)
      .filter((arg) => !NEGATIONS.has(arg)).map((arg) =>
        arg.startsWith("--") && bare.has(arg.slice(2)) ? `${arg}=1` : arg
      ),
    {
      // The name `_` keeps words that look like numbers as they are.
      string: ["_", ...known],
      collect: known,
      unknown: (arg: string) => {
        if (!arg.startsWith("-")) return true;
        const twin = foreignFlag(nameOf(arg));
        if (twin === null) problems.push(unknownFlag(arg, known));
        else foreign.set(twin, [...foreign.get(twin) ?? [], writtenOf(arg)]);
        return false;
      },
    },
  ) as Record<string, unknown>;
  for (const [twin, flags] of foreign) {
    problems.push(
      `${
        [...new Set(flags)].join(", ")
      }: not a flag here, but of another proxy: ${twin}`,
    );
  }
  for (const flag of known) {
    const given = parsed[flag];
    if (!Array.isArray(given) || given.length === 0) continue;
    const list = given.map(String);
    if (list.includes("")) {
      problems.push(`--${flag} needs a value: write --${flag}=VALUE`);
    }
    values.set(flag, list);
  }
  for (const [flag, { length }] of values) {
    if (length === 1 || isRepeatable(flag, own)) continue;
    problems.push(`--${flag} is given ${times(length)}; give it once`);
  }
  const words = (parsed._ as unknown[]).map(String);
  for (const word of words.slice(own.maxWords ?? 0)) {
    problems.push(`unexpected argument '${word}'; see sockwarden --help`);
  }
  // The parser reports each letter of `-abc`.
  return { values, words, problems: [...new Set(problems)] };
}

function isRepeatable(
  flag: string,
  { repeatable = [] }: OwnArguments,
): boolean {
  return REPEATABLE_FLAGS.has(flag) || repeatable.includes(flag);
}

/** The arguments with `--` where a flag has one dash, as other programs take it; each is a problem. */
function withTwoDashes(
  argv: readonly string[],
  known: readonly string[],
  problems: string[],
): string[] {
  const end = argv.indexOf("--");
  return argv.flatMap((arg, i) => {
    const name = /^-([a-z][a-z0-9-]+)(?:=|$)/.exec(arg)?.[1];
    const asked = name === "help" || name === "version";
    if (
      name === undefined || end >= 0 && i > end ||
      !asked && !known.includes(name)
    ) return [arg];
    problems.push(`-${name} has one dash: write --${name}`);
    return asked ? [] : [`-${arg}`];
  });
}

function times(count: number): string {
  return count === 2 ? "twice" : `${count} times`;
}

/** A flag as it was written, without its value. */
function writtenOf(arg: string): string {
  return arg.replace(/=.*$/s, "");
}

function nameOf(arg: string): string {
  return writtenOf(arg).replace(/^-+/, "");
}

function unknownFlag(arg: string, known: readonly string[]): string {
  const written = writtenOf(arg);
  const name = nameOf(arg);
  if (NEGATIONS.has(`--${name}`)) return `--${name} takes no value`;
  const near = nearest(name, known, slips(name));
  return `unknown flag ${written}; ${
    near === null ? "see sockwarden --help" : `did you mean --${near}?`
  }`;
}

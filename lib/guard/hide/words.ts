/**
 * What a client may not see in the engine's answers, as data; and how a path to
 * a field is written. Pure.
 *
 * @module
 */

import { fitsPattern } from "../pattern.ts";

/**
 * The words, and what each hides wherever a row of the table (`rows.ts`) names it:
 *
 * | word        | what it hides                                                              |
 * | ----------- | -------------------------------------------------------------------------- |
 * | `env`       | environments, build arguments, options of log drivers, proxies and mirrors |
 * | `args`      | commands, entrypoints, health checks and their output, errors that cite them |
 * | `mounts`    | binds, mounts, devices, volumes' options, folders of the host               |
 * | `swarm`     | join tokens, keys, certificates, managers, contents of configs, secrets     |
 * | `addresses` | addresses of containers, networks, nodes and published ports                |
 */
export const HIDE_WORDS = [
  "env",
  "args",
  "mounts",
  "swarm",
  "addresses",
] as const;

/** One of {@link HIDE_WORDS}. */
export type HideWord = typeof HIDE_WORDS[number];

/** What is hidden from a client. */
export interface Hide {
  /** `all`, `none`, or patterns of the names of variables whose values are hidden. */
  readonly env: "all" | "none" | readonly string[];
  /** Patterns of the names of variables whose values stay. */
  readonly envExcept: readonly string[];
  readonly args: boolean;
  readonly mounts: boolean;
  readonly swarm: boolean;
  readonly addresses: boolean;
  /**
   * By operation the paths of the fields that are shown, as
   * {@link parseFieldPath} reads them: all others are removed. An operation
   * that is not there is shown whole but for the words; null for none.
   */
  readonly fields: ReadonlyMap<string, readonly string[]> | null;
}

/** Nothing is hidden. */
export const HIDE_NOTHING: Hide = {
  env: "none",
  envExcept: [],
  args: false,
  mounts: false,
  swarm: false,
  addresses: false,
  fields: null,
};

/** What stands in place of a text that is hidden. */
export const HIDDEN = "<hidden>";

/** Whether something of what a word stands for is hidden. */
export function hidesWord(hide: Hide, word: HideWord): boolean {
  if (word !== "env") return hide[word];
  return hide.env !== "none" && hide.env.length > 0;
}

/** Whether a name is the same in every encoding. */
export function isPlainName(name: string): boolean {
  return /^[\x20-\x7e]*$/.test(name);
}

/**
 * Whether the value of a variable is hidden. What a pattern hides it hides in
 * any case (`*password*` hides `DB_PASSWORD`), what stays is written exactly: a
 * mistake hides too much. So does a name with other characters than ASCII's
 * printable ones.
 */
export function hidesVariable({ env, envExcept }: Hide, name: string): boolean {
  if (env === "none") return false;
  // The usual case, spared the pattern below.
  if (env === "all" && envExcept.length === 0) return true;
  if (!isPlainName(name)) return true;
  if (envExcept.some((pattern) => fitsPattern(pattern, name))) return false;
  if (env === "all") return true;
  const lower = name.toLowerCase();
  return env.some((pattern) => fitsPattern(pattern.toLowerCase(), lower));
}

/** The steps to a field: its key, `*` for every key, `[]` for every entry of a list. */
export type FieldPath = readonly string[];

/** Steps of one path; engines nest less. */
const MAX_STEPS = 16;
const STEP = /^(?:\*|[A-Za-z][A-Za-z0-9_-]*)(?:\[\])*$/;

/**
 * Reads the path of a field: keys with dots between them, `*` for any key of an
 * object, `[]` after a key for each entry of its list. It begins at the
 * answer's object, in a list at an entry: `NetworkSettings.Networks.*.IPAddress`,
 * `Ports[].PublicPort`.
 *
 * @returns null where it is none.
 */
export function parseFieldPath(text: string): FieldPath | null {
  const keys = text.split(".");
  if (!keys.every((key) => STEP.test(key))) return null;
  const steps = keys.flatMap((key) => key.split(/(?=\[\])/));
  return steps.length > MAX_STEPS ? null : steps;
}

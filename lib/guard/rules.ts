/**
 * The guard of one client: what its knobs are set to. Immutable data.
 *
 * @module
 */

import { KNOB_ROWS, type Level, type Verdict } from "./knobs.ts";

/** What a knob is set to. */
export interface KnobSetting {
  /** What becomes of what is not in {@link list}. */
  readonly verdict: Verdict;
  /** What is allowed all the same; of the kind `words` the words; of `limit` the ceiling alone. */
  readonly list: readonly string[];
}

/** The guard of one client. */
export interface GuardRules {
  /** Where it stands, such as `policy.yaml:5:5` or `--guard`. */
  readonly setting: string;
  readonly level: Exclude<Level, "none">;
  /** All knobs. */
  readonly knobs: ReadonlyMap<string, KnobSetting>;
  /** The knobs that are set beside the level. */
  readonly own: ReadonlySet<string>;
  /** Fields that no table has, and that are allowed: their places without indexes, such as `HostConfig.Umask`. */
  readonly fields: ReadonlySet<string>;
  /** The engine's sockets by their paths, beside those that are well known. */
  readonly sockets?: readonly string[];
}

/**
 * What a guard found in a request.
 *
 * @example `{ knob: "binds", path: "HostConfig.Binds[0]", what: "mounts the
 * host's path '/etc'", remedy: "binds: [/etc]" }`
 */
export interface Finding {
  readonly knob: string;
  /** Its place in the body or the query. */
  readonly path: string;
  /** What it does, as a clause whose subject is the place. */
  readonly what: string;
  /** What would allow it: the knob with its value, as in the policy file. */
  readonly remedy: string;
}

/** Knobs whose entries may hold secrets, as commands do: the client alone is told such a remedy. */
const PRIVATE: ReadonlySet<string> = new Set(["commands"]);

/** Whether what would allow it must not be written down. */
export function isPrivate({ knob }: Finding): boolean {
  return PRIVATE.has(knob);
}

/** What a guard came to. */
export interface Findings {
  /** What is refused; empty where nothing is. */
  readonly refused: readonly Finding[];
  /** What is allowed with a warning. */
  readonly warned: readonly Finding[];
}

/**
 * The knobs of a level.
 *
 * @param own What is set beside it.
 */
export function knobsOf(
  level: GuardRules["level"],
  own: ReadonlyMap<string, KnobSetting> = new Map(),
): ReadonlyMap<string, KnobSetting> {
  const knobs = new Map<string, KnobSetting>();
  for (const [name, row] of KNOB_ROWS) {
    knobs.set(name, own.get(name) ?? levelSetting(row.kind, row[level]));
  }
  return knobs;
}

function levelSetting(kind: string, text: string): KnobSetting {
  if (text === "allow" || text === "deny") return { verdict: text, list: [] };
  const list = text === "-" ? [] : text.split(" ");
  return { verdict: kind === "words" ? "allow" : "deny", list };
}

/** The setting of a knob. */
export function knobOf({ knobs }: GuardRules, name: string): KnobSetting {
  const setting = knobs.get(name);
  // A knob without a row is a bug: it must not pass for one that allows.
  if (setting === undefined) throw new Error(`unknown knob '${name}'`);
  return setting;
}

/** Takes what is found in a request; decides by the knob whether it is refused, warned of or allowed. */
export interface Collector {
  readonly rules: GuardRules;
  readonly refused: Finding[];
  readonly warned: Finding[];
}

/**
 * Adds what was found, unless the knob allows it.
 *
 * @param allowed Whether an entry of the knob's list allows it; it is asked
 * only where the verdict does not.
 * @param remedy The value that would allow it; by default `allow`.
 */
export function find(
  { rules, refused, warned }: Collector,
  knob: string,
  path: string,
  what: string,
  remedy = "allow",
  allowed: (entry: string) => boolean = () => false,
): void {
  const { verdict, list } = knobOf(rules, knob);
  if (verdict === "allow" || list.some(allowed)) return;
  (verdict === "warn" ? warned : refused).push({
    knob,
    path,
    what,
    remedy: `${knob}: ${remedy}`,
  });
}

/**
 * Presets: the operations that a known client needs, under its name.
 *
 * @module
 */

import { PRESET_ROWS } from "./preset_rows.ts";

/** One version of what a client needs. */
export interface Preset {
  /** Such as `traefik`. */
  readonly name: string;
  /** From 1 on; a released version never changes. */
  readonly version: number;
  /** Which client it is for, in a few words. */
  readonly title: string;
  /** Where its needs were recorded, documented, read or inferred from. */
  readonly source: string;
  /** Names of operations: neither sections nor patterns. */
  readonly operations: readonly string[];
  /** What it leaves out on purpose and what adds it; empty if nothing. */
  readonly note: string;
}

/** Every version of every preset, the newest last of its name. */
export const PRESETS: readonly Preset[] = PRESET_ROWS.map(
  ([name, version, title, operations, source, note = ""]) => ({
    name,
    version,
    title,
    source,
    operations: operations.split(" "),
    note,
  }),
);

/** The newest version of every preset by its name, in the order of the table. */
const NEWEST: ReadonlyMap<string, Preset> = new Map(
  PRESETS.map((preset) => [preset.name, preset]),
);

/** The names of all presets, each once. */
export const PRESET_NAMES: readonly string[] = [...NEWEST.keys()];

/**
 * Finds a preset.
 *
 * @param text `traefik` for the newest version, `traefik@1` for that one.
 * @returns The preset, or what is wrong with the text and how to mend it.
 */
export function findPreset(text: string): Preset | { problem: string } {
  const [name = "", version, ...rest] = text.split("@");
  const newest = NEWEST.get(name);
  if (newest === undefined) {
    return { problem: "no preset has this name, see sockwarden presets" };
  }
  if (version === undefined) return newest;
  const found = rest.length > 0
    ? undefined
    : versionsOf(name, PRESETS).find((one) => String(one.version) === version);
  return found ?? {
    problem: `preset ${name} has no such version: write ${
      versionsOf(name, PRESETS).map((one) => `${name}@${one.version}`)
        .join(" or ")
    }`,
  };
}

/** The versions of a preset, oldest first. */
export function versionsOf(name: string, all: readonly Preset[]): Preset[] {
  return all.filter((preset) => preset.name === name);
}

/**
 * What the newest version of a preset does not grant any more and an earlier
 * one did, for a warning at the start: whoever writes a name without a version
 * gets the newest, and must hear when that takes something away.
 *
 * @param preset The preset that is used.
 * @param all Every version of every preset, the newest last of its name.
 * @returns One sentence that names each operation with the last version that
 * grants it; null where nothing was lost, or where the preset is an older
 * version, which grants what it always did.
 */
export function lostWithUpgrade(
  preset: Preset,
  all: readonly Preset[] = PRESETS,
): string | null {
  const versions = versionsOf(preset.name, all);
  if (versions.at(-1)?.version !== preset.version) return null;
  const lastGrant = new Map<string, number>();
  for (const { operations, version } of versions) {
    for (const operation of operations) lastGrant.set(operation, version);
  }
  const lost = [...lastGrant].filter(([, version]) =>
    version !== preset.version
  );
  if (lost.length === 0) return null;
  return `preset ${preset.name} is version ${preset.version} now and no longer grants ${
    lost.map(([operation, version]) =>
      `${operation} (${preset.name}@${version} does)`
    ).join(", ")
  }; to keep one, write its version`;
}

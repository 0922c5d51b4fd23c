/**
 * Presets: the operations that a known client needs, by the client's name.
 *
 * @module
 */

import { presetNeeds } from "./preset_needs.ts";
import { PRESET_ROWS } from "./preset_rows.ts";

/** One version of a preset. */
export interface Preset {
  /** Its name, such as `traefik`. */
  readonly name: string;
  /** Its version, from 1; a released version never changes. */
  readonly version: number;
  /** The client that it is for, in a few words. */
  readonly title: string;
  /** The sources from which its needs were recorded, documented, read or inferred. */
  readonly source: string;
  /** Names of operations; neither sections nor patterns. */
  readonly operations: readonly string[];
  /** What it leaves out on purpose, and how to add that; empty if nothing. */
  readonly note: string;
  /** The guard that its requests keep to, as `preset_needs.ts` writes it; empty in a version that says nothing of it. */
  readonly guard: string;
  /** What is hidden in its answers, as `preset_needs.ts` writes it; empty in a version that says nothing of it. */
  readonly hide: string;
  /** Its earlier versions, the oldest first. */
  readonly earlier: readonly Preset[];
}

/** What a version needs that has no entry. */
const UNSAID = { guard: "", hide: "" };

// Read when a preset is named first: most programs that run name few or none.
let presets: readonly Preset[] | null = null;
let newest: ReadonlyMap<string, Preset> | null = null;

/** Every version of every preset; the versions of one preset ascend. */
export function allPresets(): readonly Preset[] {
  return presets ??= readPresets();
}

/** The newest version of every preset by its name, in the order of the table. */
function newestPresets(): ReadonlyMap<string, Preset> {
  return newest ??= new Map(
    allPresets().map((preset) => [preset.name, preset]),
  );
}

/** The names of all presets, each once. */
export function presetNames(): string[] {
  return [...newestPresets().keys()];
}

function readPresets(): Preset[] {
  const needs = presetNeeds();
  const hasRow = new Set(
    PRESET_ROWS.map(([name, version]) => `${name}@${version}`),
  );
  const found: Preset[] = [];
  for (
    const [name, first, title, operations, source, note = ""] of PRESET_ROWS
  ) {
    const names = operations.split(" ");
    // A version without a row changes only what its preset needs.
    for (
      let version = first, key = `${name}@${version}`;
      version === first || needs.has(key) && !hasRow.has(key);
      version++, key = `${name}@${version}`
    ) {
      const { guard, hide } = needs.get(key) ?? UNSAID;
      found.push({
        name,
        version,
        title,
        source,
        operations: names,
        note,
        guard,
        hide,
        earlier: versionsOf(name, found),
      });
    }
  }
  return found;
}

/**
 * Finds a preset.
 *
 * @param text `traefik` for the newest version, `traefik@1` for version 1.
 * @returns The preset, or a clause that says what is wrong and how to mend it.
 */
export function findPreset(text: string): Preset | { problem: string } {
  const [name = "", version, ...rest] = text.split("@");
  const last = newestPresets().get(name);
  if (last === undefined) {
    return { problem: "unknown preset; run sockwarden presets for a list" };
  }
  if (version === undefined) return last;
  const found = rest.length > 0
    ? undefined
    : versionsOf(name, allPresets()).find((one) =>
      String(one.version) === version
    );
  return found ?? {
    problem: `preset ${name} does not have this version; write ${
      versionsOf(name, allPresets()).map((one) => `${name}@${one.version}`)
        .join(" or ")
    }`,
  };
}

/** The versions of a preset, oldest first. */
export function versionsOf(name: string, all: readonly Preset[]): Preset[] {
  return all.filter((preset) => preset.name === name);
}

/**
 * Names the operations that the newest version of a preset no longer grants,
 * for a warning at startup: a name without a version means the newest one, so
 * that an upgrade may take operations away.
 *
 * @param preset The preset that is used.
 * @param all Every version of every preset; the versions of one preset ascend.
 * @returns One sentence that names each operation with the last version that
 * grants it; null if nothing was lost, or if the preset is not the newest
 * version.
 */
export function lostWithUpgrade(
  preset: Preset,
  all: readonly Preset[] = allPresets(),
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

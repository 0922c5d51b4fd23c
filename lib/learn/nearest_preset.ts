/**
 * The preset that comes nearest to what a client needs, and how it differs. Pure.
 *
 * @module
 */

import { findPreset, type Preset, presetNames } from "../docker/presets.ts";
import { durationText } from "./coverage.ts";

/** A preset, and how it differs from a set of operations. */
export interface NearestPreset {
  readonly preset: Preset;
  /** What it grants and was not seen. */
  readonly beyond: readonly string[];
  /** What was seen and it does not grant. */
  readonly lacks: readonly string[];
}

/**
 * Finds the newest version of a preset that differs least; of several the one
 * that lacks least, then the first.
 *
 * @returns null where none has more in common with the set than apart.
 */
export function nearestPreset(
  operations: readonly string[],
): NearestPreset | null {
  const wanted = new Set(operations);
  let best: NearestPreset | null = null;
  const apart = (one: NearestPreset) => one.beyond.length + one.lacks.length;
  for (const name of presetNames()) {
    const preset = findPreset(name) as Preset;
    const granted = new Set(preset.operations);
    const near: NearestPreset = {
      preset,
      beyond: preset.operations.filter((one) => !wanted.has(one)),
      lacks: operations.filter((one) => !granted.has(one)),
    };
    const common = operations.length - near.lacks.length;
    if (common <= apart(near)) continue;
    if (
      best === null || apart(near) < apart(best) ||
      apart(near) === apart(best) && near.lacks.length < best.lacks.length
    ) best = near;
  }
  return best;
}

/**
 * It in words.
 *
 * @param seconds How long was recorded.
 */
export function nearestText(
  { preset: { name, version }, beyond, lacks }: NearestPreset,
  seconds: number,
): string {
  const start = `nearest preset: ${name}@${version}`;
  if (beyond.length + lacks.length === 0) {
    return `${start}, which grants these operations and no others`;
  }
  return start +
    (beyond.length === 0
      ? ""
      : `; it also grants ${beyond.join(", ")}, not seen in ${
        durationText(seconds)
      }`) +
    (lacks.length === 0 ? "" : `; it does not grant ${lacks.join(", ")}`);
}

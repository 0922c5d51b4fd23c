/**
 * Reads the name of a preset as the rule that it stands for.
 *
 * @module
 */

import { findPreset, lostWithUpgrade, presetNames } from "../docker/presets.ts";
import type { OperationRule } from "../policy/rules.ts";
import { nearest, slips } from "./nearest.ts";

/** Such as {@link readPreset}. */
export type PresetReader = typeof readPreset;

/**
 * Reads the name of a preset.
 *
 * @param text Such as `traefik`, or `traefik@1`.
 * @param setting Where it was written, for messages.
 * @returns The rule, with a warning if the newest version no longer grants what
 * an older one does; or the problem, with the nearest known name.
 */
export function readPreset(
  text: string,
  setting: string,
): { rule: OperationRule; warning: string | null } | { problem: string } {
  const preset = findPreset(text);
  if ("problem" in preset) {
    const near = nearest(text.split("@", 1)[0]!, presetNames(), slips(text));
    return {
      problem: near === null || text.startsWith(`${near}@`)
        ? preset.problem
        : `${preset.problem}; did you mean ${near}?`,
    };
  }
  return {
    rule: {
      kind: "operations",
      text,
      setting,
      names: new Set(preset.operations),
      preset,
    },
    warning: lostWithUpgrade(preset),
  };
}

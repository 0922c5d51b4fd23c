/**
 * Reads the guard that flags and environment set.
 *
 * @module
 */

import { type Level, LEVELS } from "../guard/knobs.ts";
import type { GuardRules, KnobSetting } from "../guard/rules.ts";
import type { PolicyFile } from "../policy/compile.ts";
import { guardOf, readListKnob } from "./policy_guard.ts";
import { readList, type SettingsReading } from "./setting_values.ts";

/**
 * Reads the guard.
 *
 * @param file The policy file; a guard of its `default` and one of the settings exclude each other.
 * @returns null where nothing is said of a guard.
 */
export function readGuardSettings(
  reading: SettingsReading,
  file: PolicyFile | null,
): GuardRules | "none" | null {
  const [named] = readList(reading, "guard");
  const binds = readList(reading, "guard-binds");
  let level: Level = "none";
  if (named !== undefined) {
    const found = LEVELS.find((one) => one === named.value);
    if (found === undefined) {
      reading.problems.push(
        `${named.setting} '${named.value}': expected ${LEVELS.join(", ")}`,
      );
    } else level = found;
  }
  const own = new Map<string, KnobSetting>();
  if (binds.length > 0) {
    const { setting } = binds[0]!;
    if (level === "none") {
      reading.problems.push(
        `${setting} needs a guard: add --guard standard or --guard strict`,
      );
    }
    const knob = readListKnob("binds", binds.map(({ value }) => value));
    if ("problem" in knob) reading.problems.push(`${setting} ${knob.problem}`);
    else own.set("binds", knob);
  }
  if (named === undefined) return null;
  const { setting } = named;
  if ((file?.rest.guard ?? null) !== null) {
    reading.problems.push(
      `${setting}: default of the policy file has a guard too: write both there, as one`,
    );
  }
  return level === "none" ? level : guardOf(setting, level, own);
}

/**
 * Reads what flags and environment hide in answers.
 *
 * @module
 */

import type { Hide } from "../guard/hide/words.ts";
import type { PolicyFile } from "../policy/compile.ts";
import { effectiveHide, presetsOf } from "../policy/preset_needs.ts";
import type { Rule } from "../policy/rules.ts";
import { whyNotHidable } from "./hidable.ts";
import { HIDE_NONE, hideOf, hideWord } from "./policy_hide.ts";
import { readList, type SettingsReading } from "./setting_values.ts";

/**
 * Reads what is hidden.
 *
 * @param file The policy file; a `hide` of its `default` and one of the settings exclude each other.
 * @param allow The rules that grant, and `deny` those that refuse: those that cannot stand beside what is hidden are reported.
 * @returns null where nothing is said of it.
 */
export function readHideSettings(
  reading: SettingsReading,
  file: PolicyFile | null,
  allow: readonly Rule[],
  deny: readonly Rule[],
): Hide | typeof HIDE_NONE | null {
  const found = readList(reading, "hide");
  const words = found.flatMap(({ value, setting }) => {
    if (value === HIDE_NONE && found.length === 1) return [];
    const word = hideWord(value);
    if (typeof word === "string") return [word];
    reading.problems.push(`${setting} '${value}': ${word.problem}`);
    return [];
  });
  const inFile = file?.rest.hide ?? null;
  if (found.length > 0 && inFile !== null) {
    reading.problems.push(
      `${
        found[0]!.setting
      }: default of the policy file has hide too: write both there, as one`,
    );
  }
  const own = found.length === 0
    ? null
    : found[0]!.value === HIDE_NONE
    ? HIDE_NONE
    : hideOf(words);
  const said = own ?? inFile;
  const all = [...allow, ...file?.rest.allow ?? []];
  const refused = [...deny, ...file?.rest.deny ?? []];
  const hide = effectiveHide({ allow: all, hide: said });
  if (hide === null) return own;
  const presets = said === null ? presetsOf(all) : [];
  // What stands in the file can meet here what hides, or what is written back.
  for (const rule of all) {
    const problem = whyNotHidable(hide, rule, all, refused, presets);
    if (problem !== null) {
      reading.problems.push(`${rule.setting} '${rule.text}': ${problem}`);
    }
  }
  return own;
}

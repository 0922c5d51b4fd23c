/**
 * Reads what flags and environment hide in answers.
 *
 * @module
 */

import type { Hide } from "../guard/hide/words.ts";
import type { PolicyFile } from "../policy/compile.ts";
import type { Rule } from "../policy/rules.ts";
import { whyNotHidable } from "./hidable.ts";
import { hideOf, hideWord } from "./policy_hide.ts";
import { readList, type SettingsReading } from "./setting_values.ts";

/**
 * Reads what is hidden.
 *
 * @param file The policy file; a `hide` of its `default` and one of the settings exclude each other.
 * @param allow The rules that grant, and `deny` those that refuse: those that cannot stand beside what is hidden are reported.
 * @returns null where nothing is.
 */
export function readHideSettings(
  reading: SettingsReading,
  file: PolicyFile | null,
  allow: readonly Rule[],
  deny: readonly Rule[],
): Hide | null {
  const found = readList(reading, "hide");
  const words = found.flatMap(({ value, setting }) => {
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
  const own = words.length === 0 ? null : hideOf(words);
  const hide = own ?? inFile;
  if (hide === null) return null;
  const all = [...allow, ...file?.rest.allow ?? []];
  const refused = [...deny, ...file?.rest.deny ?? []];
  for (const rule of allow) {
    const problem = whyNotHidable(hide, rule, all, refused);
    if (problem !== null) {
      reading.problems.push(`${rule.setting} '${rule.text}': ${problem}`);
    }
  }
  return own;
}

/**
 * Reads the settings of the audit.
 *
 * @module
 */

import type { AuditSettings } from "./config.ts";
import {
  isGiven,
  readOne,
  readWord,
  type SettingsReading,
} from "./setting_values.ts";

/** What becomes of requests whose lines cannot be written. */
const WHEN_FULL = ["refuse", "drop"];

/** Reads the settings of the audit; null where there is none. */
export function readAudit(reading: SettingsReading): AuditSettings | null {
  const file = readOne(reading, "audit");
  const key = readOne(reading, "audit-key");
  const full = readOne(reading, "audit-full");
  const whenFull = readWord(reading, "audit-full", WHEN_FULL, "drop");
  if (!isGiven(file)) {
    for (const found of [key, full]) {
      if (!isGiven(found) || found.value === "drop") continue;
      reading.problems.push(
        `${found.setting}=${found.value}: there is no audit: name its file with --audit`,
      );
    }
    return null;
  }
  const { setting, value: path } = file;
  for (const flag of ["audit-key", "config"]) {
    const other = readOne(reading, flag);
    if (!isGiven(other) || other.value !== path) continue;
    reading.problems.push(
      `${setting}=${path}: this is the file of ${other.setting}, and lines would be added to it: name another`,
    );
  }
  return {
    setting,
    path,
    full: whenFull as AuditSettings["full"],
    key: isGiven(key) ? { setting: key.setting, path: key.value } : null,
  };
}

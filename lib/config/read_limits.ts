/**
 * Reads the limits that flags and environment set for all clients that the
 * policy file does not name.
 *
 * @module
 */

import type { ClientLimits, LimitKey } from "../policy/client_limits.ts";
import type { PolicyFile } from "../policy/compile.ts";
import { LIMIT_ROWS } from "./limit_format.ts";
import { nearest, slips } from "./nearest.ts";
import { limitsOf, NO_RATE, parseLimit } from "./policy_limits.ts";
import { readList, type SettingsReading } from "./setting_values.ts";

/**
 * Reads the limits.
 *
 * @param file The policy file; limits of its `default` and of the settings exclude each other.
 * @returns null where nothing is said of them.
 */
export function readLimitSettings(
  reading: SettingsReading,
  file: PolicyFile | null,
): ClientLimits | null {
  const found = readList(reading, "limits");
  if (found.length === 0) return null;
  const { setting } = found[0]!;
  const values = new Map<LimitKey, number>();
  for (const { value } of found) {
    const problem = readLimit(value, values);
    if (problem !== null) {
      reading.problems.push(`${setting} '${value}': ${problem}`);
    }
  }
  if (values.has("burst") && !values.has("rate")) {
    reading.problems.push(`${setting}: burst ${NO_RATE}`);
  }
  if ((file?.rest.limits ?? null) !== null) {
    reading.problems.push(
      `${setting}: default of the policy file has limits too: write both there, as one`,
    );
  }
  return limitsOf(values, setting);
}

/** Reads `NAME=VALUE` into the values; returns what is wrong with it, or null. */
function readLimit(
  text: string,
  values: Map<LimitKey, number>,
): string | null {
  const mark = text.indexOf("=");
  const name = mark < 0 ? text : text.slice(0, mark);
  const row = LIMIT_ROWS.find(({ key }) => key === name);
  if (mark < 0 || row === undefined) {
    const names = LIMIT_ROWS.map(({ key }) => key);
    const near = row === undefined ? nearest(name, names, slips(name)) : null;
    return `expected NAME=VALUE with ${names.join(", ")}${
      near === null ? "" : `; did you mean ${near}?`
    }`;
  }
  if (values.has(row.key)) return `${row.key} is given twice; give it once`;
  const read = parseLimit(row, text.slice(mark + 1));
  if (typeof read !== "number") return read.problem;
  values.set(row.key, read);
  return null;
}

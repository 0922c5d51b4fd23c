/**
 * Reads single settings: where each value comes from, and its parsed value.
 *
 * @module
 */

import type { Flags } from "./flags.ts";
import { type Setting, SETTINGS } from "./settings.ts";
import type { PresetReader } from "./preset_rule.ts";

/** A value with the setting that it came from, such as `--engine` or `SOCKET_PATH`. */
export interface SettingValue {
  readonly value: string;
  readonly setting: string;
}

/** The flags and the environment while they are read, and what was found so far. */
export interface SettingsReading {
  readonly flags: Flags;
  readonly environment: Readonly<Record<string, string>>;
  readonly problems: string[];
  readonly warnings: string[];
  /** Whether this build supports TLS. */
  readonly tls: boolean;
  /** Whether we are in a container that has a socket at the default place of the engine's. */
  readonly mounted: boolean;
  /** Reads the names of presets; null where none is named, so that their tables were not loaded. */
  readonly readPreset: PresetReader | null;
}

const INTEGER = /^[+-]?[0-9]+$/;
const OFF_WORDS: ReadonlySet<string> = new Set(["", "false", "no", "off"]);
/** Words that mean on, for settings that docker-socket-proxy does not have. */
export const ON_WORDS: ReadonlySet<string> = new Set(["true", "yes", "on"]);

function settingOf(flag: string): Setting {
  return SETTINGS.find((setting) => setting.flag === flag)!;
}

/** Whether there is a value that is not empty. */
export function isGiven(found: SettingValue | null): found is SettingValue {
  return found !== null && found.value !== "";
}

/** The value of a flag; null if it is not given. */
export function flagValue(
  reading: SettingsReading,
  flag: string,
): SettingValue | null {
  const given = reading.flags.values.get(flag);
  if (given === undefined) return null;
  return { value: given[0]!, setting: `--${flag}` };
}

/** The value of a setting's variable; null if it is not set. */
export function variableValue(
  reading: SettingsReading,
  flag: string,
): SettingValue | null {
  const { variable } = settingOf(flag);
  const value = variable === "" ? undefined : reading.environment[variable];
  return value === undefined ? null : { value, setting: variable };
}

/** One value: the flag's if given, else the variable's. */
export function readOne(
  reading: SettingsReading,
  flag: string,
): SettingValue | null {
  return flagValue(reading, flag) ?? variableValue(reading, flag);
}

/** The values of a repeatable setting: the flags' if any is given, else the variable's. */
export function readList(
  reading: SettingsReading,
  flag: string,
): SettingValue[] {
  const given = reading.flags.values.get(flag);
  const found = given === undefined
    ? variableValue(reading, flag)
    : { value: given.join(","), setting: `--${flag}` };
  if (found === null) return [];
  return found.value.split(",").map((part) => part.trim())
    .filter((part) => part !== "")
    .map((value) => ({ value, setting: found.setting }));
}

/** Whether a switch with this value is on; null if the value is not valid. */
export function switchValue(value: string): boolean | null {
  if (INTEGER.test(value)) return Number(value) !== 0;
  return OFF_WORDS.has(value.toLowerCase()) ? false : null;
}

/** A setting that is 1 or 0; a bare flag means 1. */
export function readOnOff(reading: SettingsReading, flag: string): boolean {
  const found = readOne(reading, flag);
  if (found === null) return false;
  const on = switchValue(found.value);
  if (on !== null) return on;
  if (ON_WORDS.has(found.value.toLowerCase())) return true;
  reading.problems.push(`${found.setting}=${found.value}: expected 1 or 0`);
  return false;
}

/** One of these words; the default if it is not given. */
export function readWord(
  reading: SettingsReading,
  flag: string,
  words: readonly string[],
  defaultValue: string,
): string {
  const found = readOne(reading, flag);
  if (found === null || found.value === "") return defaultValue;
  if (words.includes(found.value)) return found.value;
  reading.problems.push(
    `${found.setting}=${found.value}: expected ${
      words.slice(0, -1).join(", ")
    } or ${words.at(-1)}`,
  );
  return defaultValue;
}

/** A whole number within bounds (both inclusive); the default if it is not given. */
export function readNumber(
  reading: SettingsReading,
  flag: string,
  min: number,
  max: number,
  defaultValue: number | null,
): number | null {
  const found = readOne(reading, flag);
  if (found === null || found.value === "") return defaultValue;
  const value = /^[0-9]{1,9}$/.test(found.value) ? Number(found.value) : NaN;
  if (value >= min && value <= max) return value;
  reading.problems.push(
    `${found.setting}=${found.value}: expected a whole number from ${min} to ${max}`,
  );
  return defaultValue;
}

const SIZES: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
};

/** A size in bytes, at least `min`, in the notation of Docker's `mem_limit`; null if it is not given. */
export function readSize(
  reading: SettingsReading,
  flag: string,
  min: number,
): number | null {
  const found = readOne(reading, flag);
  if (found === null || found.value === "") return null;
  const value = parseSize(found.value);
  if (value >= min) return value;
  reading.problems.push(
    `${found.setting}=${found.value}: expected a size of at least ${
      min / 1024 ** 2
    }m, such as 24m (b, k, m or g)`,
  );
  return null;
}

/** A size in the notation of Docker's `mem_limit` in bytes; NaN for what is none. */
export function parseSize(text: string): number {
  const parts = /^([0-9]{1,12})([bkmg]?)$/.exec(text.toLowerCase());
  return parts === null ? NaN : Number(parts[1]) * SIZES[parts[2]!]!;
}

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** A time in milliseconds, from 1 to 2^31 - 1; the default if it is not given, or malformed, which is reported. */
export function readTime<Default extends number | null>(
  reading: SettingsReading,
  flag: string,
  defaultValue: Default,
): number | Default {
  const found = readOne(reading, flag);
  if (found === null || found.value === "") return defaultValue;
  const value = parseTime(found.value);
  if (typeof value === "number") return value;
  reading.problems.push(`${found.setting}=${found.value}: ${value.problem}`);
  return defaultValue;
}

/** A time such as `10s` in milliseconds, from 1 to 2^31 - 1; without a unit it is seconds. */
export function parseTime(text: string): number | { readonly problem: string } {
  const parts = /^([0-9]{1,6})(ms|s|m|h)?$/.exec(text);
  const value = parts === null ? 0 : Number(parts[1]) * UNITS[parts[2] ?? "s"]!;
  // A timer holds 2^31 - 1 milliseconds.
  return value > 0 && value < 2 ** 31
    ? value
    : { problem: "expected a time such as 500ms, 10s, 5m or 1h" };
}

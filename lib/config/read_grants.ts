/**
 * Reads what flags and environment grant: switches, presets and rules.
 *
 * @module
 */

import type { Grants, PolicyFile } from "../policy/compile.ts";
import { type OperationRule, parseRule, type Rule } from "../policy/rules.ts";
import { readGuardSettings } from "./read_guard.ts";
import { mergeScopes } from "../policy/scope.ts";
import { SWITCH_BY_NAME, SWITCHES } from "../policy/switches.ts";
import { switchFlag } from "./flags.ts";
import { nearestOperation } from "./nearest_operation.ts";
import { ORIGIN } from "./policy_format.ts";
import { readHideSettings } from "./read_hide.ts";
import { readLimitSettings } from "./read_limits.ts";
import { checkScopable, readScopeSettings } from "./read_scope.ts";
import {
  ON_WORDS,
  readList,
  type SettingsReading,
  switchValue,
} from "./setting_values.ts";

/**
 * Switches whose names other programs use for their own variables. Such a
 * value (`VERSION=3.2`, `COMMIT=ab12`) gets a warning and sets no switch.
 */
export const COMMON_NAMES: ReadonlySet<string> = new Set([
  "VERSION",
  "COMMIT",
  "BUILD",
]);

/**
 * Reads what is granted.
 *
 * @param nothingElse Whether nothing else grants anything. Then, and without a
 * preset, the switches that are on by default count as on: a preset grants what
 * it says, and no more.
 */
export function readGrantSettings(
  reading: SettingsReading,
  nothingElse: boolean,
  file: PolicyFile | null = null,
): Grants {
  const presets = readPresets(reading);
  const defaultSwitches = nothingElse && presets.length === 0;
  const switches = new Map<string, { on: boolean; source: string }>();
  for (const { name } of SWITCHES) {
    const found = readSwitch(reading, name, defaultSwitches);
    if (found !== null) switches.set(name, found);
  }
  const allow = [...presets, ...readRules(reading, "allow")];
  const deny = readRules(reading, "deny");
  const scope = readScopeSettings(reading, file);
  checkScopable(reading, mergeScopes(scope, file?.rest.scope ?? null), allow);
  if (switches.get("POST")?.on) warnOfNumbers(reading, switches);
  return {
    switches,
    defaultSwitches,
    allow,
    deny,
    allowSelf: readSelfRules(reading),
    origins: readOrigins(reading),
    scope,
    guard: readGuardSettings(reading, file),
    hide: readHideSettings(reading, file, allow, deny),
    limits: readLimitSettings(reading, file),
  };
}

function readSwitch(
  reading: SettingsReading,
  name: string,
  defaultSwitches: boolean,
): { on: boolean; source: string } | null {
  const flag = switchFlag(name);
  const given = reading.flags.values.get(flag);
  const variable = reading.environment[name];
  if (given === undefined && variable === undefined) return null;
  const value = given?.[0] ?? variable!;
  const on = switchValue(value);
  const source = given === undefined
    ? `${name}=${value}`
    : value === "1"
    ? `--${flag}`
    : `--${flag}=${value}`;
  if (on !== null) return { on, source };
  if (given === undefined && COMMON_NAMES.has(name)) {
    if (!ON_WORDS.has(value.toLowerCase())) {
      const state = defaultSwitches && SWITCH_BY_NAME.get(name)!.onByDefault
        ? "on"
        : "off";
      reading.warnings.push(
        `${source} is ignored, since it may be a variable of another program: ${name} stays ${state}; set ${name}=1 or ${name}=0 to change it`,
      );
      return null;
    }
  }
  reading.problems.push(
    ON_WORDS.has(value.toLowerCase())
      ? `${source}: docker-socket-proxy reads '${value}' as 0: expected 1 or 0`
      : `${source}: expected 1 or 0`,
  );
  return null;
}

/**
 * Warns of a number of another program (`BUILD=20260101`) that turns a switch
 * on, as any integer but 0 does.
 */
function warnOfNumbers(
  reading: SettingsReading,
  switches: ReadonlyMap<string, { on: boolean; source: string }>,
): void {
  for (const name of COMMON_NAMES) {
    const { onByDefault } = SWITCH_BY_NAME.get(name)!;
    const { on, source = "" } = switches.get(name) ?? {};
    if (onByDefault || !on || !source.startsWith(`${name}=`)) continue;
    if (/^[^=]*=\+?0*1$/.test(source)) continue;
    reading.warnings.push(
      `${source} turns the switch ${name} on, since every integer but 0 does: write ${name}=1 if that is intended; if it is a number of another program, unset it or add --${
        switchFlag(name)
      }=0`,
    );
  }
}

function readPresets(reading: SettingsReading): OperationRule[] {
  return readList(reading, "preset").flatMap(({ value, setting }) => {
    // A preset that is passed over would leave its guard out.
    if (reading.readPreset === null) throw new Error("no presets are loaded");
    const read = reading.readPreset(value, setting);
    if ("problem" in read) {
      reading.problems.push(`${setting} '${value}': ${read.problem}`);
      return [];
    }
    if (read.warning !== null) reading.warnings.push(read.warning);
    return [read.rule];
  });
}

function readSelfRules(reading: SettingsReading): OperationRule[] {
  return readRules(reading, "allow-self").flatMap((rule) => {
    if (rule.kind === "operations") return [rule];
    reading.problems.push(
      `${rule.setting} '${rule.text}': expected an operation such as container.restart, not a path`,
    );
    return [];
  });
}

function readRules(
  reading: SettingsReading,
  flag: "allow" | "deny" | "allow-self",
): Rule[] {
  const rules: Rule[] = [];
  for (const { value, setting } of readList(reading, flag)) {
    const rule = parseRule(value, setting);
    if ("problem" in rule) {
      reading.problems.push(
        `${setting} '${value}': ${rule.problem}${nearestOperation(value)}`,
      );
    } else rules.push(rule);
  }
  return rules;
}

function readOrigins(reading: SettingsReading): string[] {
  return readList(reading, "allow-origin").map(({ value, setting }) => {
    if (!ORIGIN.test(value)) {
      reading.problems.push(
        `${setting} '${value}': expected an origin such as https://portainer.example, without a path`,
      );
    }
    return value;
  });
}

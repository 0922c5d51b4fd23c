/**
 * From the command line and the environment to one validated configuration.
 * Every problem names the setting, its value, what is expected and how to mend
 * it; all problems are reported at once.
 *
 * @module
 */

import type { Limits } from "../proxy/limits.ts";
import { runtimeName } from "../host.ts";
import { LEVELS, type LogLevel } from "../observe/level.ts";
import type { Config } from "./config.ts";
import type { Flags } from "./flags.ts";
import type { PolicyFileResult } from "./policy_file.ts";
import type { PresetReader } from "./preset_rule.ts";
import { readAdmin } from "./read_admin.ts";
import { readAudit } from "./read_audit.ts";
import { readEngine, readListenSettings, readTls } from "./read_addresses.ts";
import { readWatchdog } from "./read_watchdog.ts";
import { withoutQuotes } from "./quotes.ts";
import { readGrantSettings } from "./read_grants.ts";
import {
  flagValue,
  readNumber,
  readOne,
  readOnOff,
  readSize,
  readTime,
  readWord,
  type SettingsReading,
  switchValue,
} from "./setting_values.ts";
import { checkVariableNames } from "./variable_names.ts";

/** The outcome: a configuration, or all problems with the settings. */
export type ReadResult =
  | { readonly config: Config; readonly problems: null }
  | { readonly config: null; readonly problems: readonly string[] };

/** The contents of a policy file, or its problems. */
export type PolicySource =
  | PolicyFileResult
  | { readonly problems: readonly string[] };

/** The path of the policy file in the settings; null if there is none. */
export function policyPath(
  flags: Flags,
  environment: Readonly<Record<string, string>>,
): string | null {
  const given = flags.values.get("config")?.[0] ??
    environment.SOCKWARDEN_CONFIG ?? "";
  return given === "" ? null : given;
}

/** Whether flags or environment name presets. */
export function namesPresets(
  flags: Flags,
  environment: Readonly<Record<string, string>>,
): boolean {
  return flags.values.has("preset") ||
    (environment.SOCKWARDEN_PRESET ?? "") !== "";
}

/**
 * Reads and checks every setting.
 *
 * @param flags The flags of the command line.
 * @param environment The whole environment.
 * @param policy The file at {@link policyPath}; null if there is none.
 * @param runtime What runs the program: not every runtime can serve TLS.
 * @param mounted Whether we are in a container that has a socket at the default
 * place of the engine's.
 * @param readPreset Reads presets; it may be null where flags and environment
 * name none ({@link namesPresets}).
 */
export function readConfig(
  flags: Flags,
  environment: Readonly<Record<string, string>>,
  policy: PolicySource | null = null,
  runtime: typeof runtimeName = runtimeName,
  mounted = false,
  readPreset: PresetReader | null = null,
): ReadResult {
  const problems = [...flags.problems];
  const reading: SettingsReading = {
    ...withoutQuotes(flags, environment, problems),
    problems,
    warnings: [],
    tls: runtime === "v8",
    mounted,
    readPreset,
  };
  checkVariableNames(reading);
  checkWatch(reading, policy);
  if (policy !== null) {
    if ("problems" in policy) reading.problems.push(...policy.problems);
    else reading.warnings.push(...policy.warnings);
  }
  const file = policy === null || "problems" in policy ? null : policy;
  const listeners = readListenSettings(reading, file);
  const tls = readTls(reading, listeners, file);
  const engineAddress = readEngine(reading, listeners);
  const config: Config = {
    // With a policy file nothing is granted by default.
    grants: readGrantSettings(reading, policy === null, file?.file ?? null),
    policyFile: file?.file ?? null,
    watch: readOnOff(reading, "watch"),
    dryRun: readOnOff(reading, "dry-run"),
    listeners,
    tls,
    admin: readAdmin(reading, listeners, engineAddress),
    engine: engineAddress,
    watchdog: readWatchdog(reading),
    logLevel: readWord(reading, "log-level", LEVELS, "info") as LogLevel,
    logFormat: readWord(reading, "log-format", ["text", "json"], "text") as
      | "text"
      | "json",
    audit: readAudit(reading),
    limits: readLimits(reading),
    sandbox: flagValue(reading, "no-sandbox") === null,
    warnings: reading.warnings,
  };
  return reading.problems.length > 0
    ? { config: null, problems: reading.problems }
    : { config, problems: null };
}

/** Reports `--watch` without a policy file. */
function checkWatch(
  reading: SettingsReading,
  policy: PolicySource | null,
): void {
  const named = readOne(reading, "config");
  const watch = readOne(reading, "watch");
  if (
    policy === null && (named === null || named.value === "") &&
    watch !== null && switchValue(watch.value) !== false
  ) {
    reading.problems.push(
      `${watch.setting}=${watch.value}: there is no policy file to watch: set one with --config`,
    );
  }
}

function readLimits(reading: SettingsReading): Limits {
  return {
    maxConnections: readNumber(reading, "max-connections", 1, 100_000, null),
    memory: readSize(reading, "memory-limit", 8 << 20),
    enginePool: readNumber(reading, "engine-pool", 0, 64, 64)!,
    headBytes: readNumber(reading, "max-head-bytes", 1024, 1 << 20, 1 << 20)!,
    headerCount: readNumber(reading, "max-headers", 8, 1000, 100)!,
    requestLineBytes: readNumber(
      reading,
      "max-request-line",
      256,
      1 << 20,
      1 << 20,
    )!,
    heldBytes: readNumber(
      reading,
      "max-held-bytes",
      1 << 20,
      1 << 30,
      null,
    ),
    headTimeout: readTime(reading, "head-timeout", 10_000),
    idleTimeout: readTime(reading, "idle-timeout", 600_000),
    stopGrace: readTime(reading, "stop-grace", 5_000),
  };
}

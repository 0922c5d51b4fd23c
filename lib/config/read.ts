/**
 * From the command line and the environment to one validated configuration.
 * Every problem names the setting, its value, what is expected and how to mend
 * it; all problems are told at once.
 *
 * @module
 */

import type { Limits } from "../proxy/limits.ts";
import { runtimeName } from "../host.ts";
import { LEVELS, type LogLevel } from "../observe/level.ts";
import type { Config } from "./config.ts";
import { readFlags } from "./flags.ts";
import type { PolicyFileResult } from "./policy_file.ts";
import { readEngine, readListeners, readTls } from "./read_addresses.ts";
import { readGrants } from "./read_grants.ts";
import {
  flagValue,
  type Reading,
  readNumber,
  readOne,
  readOnOff,
  readTime,
  readWord,
  switchValue,
} from "./reading.ts";
import { checkVariableNames } from "./variable_names.ts";

/** The outcome: a configuration, or all that is wrong with the settings. */
export type ReadResult =
  | { readonly config: Config; readonly problems: null }
  | { readonly config: null; readonly problems: readonly string[] };

/** What a policy file was read to, or what is wrong with it. */
export type PolicySource =
  | PolicyFileResult
  | { readonly problems: readonly string[] };

/** The path of the policy file that the settings name; null where they name none. */
export function policyPath(
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
): string | null {
  const given = readFlags(argv).values.get("config")?.[0] ??
    environment.SOCKWARDEN_CONFIG ?? "";
  return given === "" ? null : given;
}

/**
 * Reads and checks every setting.
 *
 * @param argv The arguments after the command's name.
 * @param environment The whole environment.
 * @param policy What the file at {@link policyPath} was read to; null where
 * there is none.
 * @param engine The engine that runs the program: not each can do everything.
 */
export function readConfig(
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
  policy: PolicySource | null = null,
  engine: typeof runtimeName = runtimeName,
): ReadResult {
  const flags = readFlags(argv);
  const reading: Reading = {
    flags,
    environment,
    problems: [...flags.problems],
    warnings: [],
    tls: engine === "v8",
  };
  checkVariableNames(reading);
  checkWatch(reading, policy);
  if (policy !== null) {
    if ("problems" in policy) reading.problems.push(...policy.problems);
    else reading.warnings.push(...policy.warnings);
  }
  const file = policy === null || "problems" in policy ? null : policy;
  const listeners = readListeners(reading, file);
  const tls = readTls(reading, listeners, file);
  const engineAddress = readEngine(reading, listeners);
  const config: Config = {
    // With a policy file nothing is granted that nobody wrote down.
    grants: readGrants(reading, policy === null),
    policyFile: file?.file ?? null,
    watch: readOnOff(reading, "watch"),
    dryRun: readOnOff(reading, "dry-run"),
    listeners,
    tls,
    engine: engineAddress,
    logLevel: readWord(reading, "log-level", LEVELS, "info") as LogLevel,
    logFormat: readWord(reading, "log-format", ["text", "json"], "text") as
      | "text"
      | "json",
    limits: readLimits(reading),
    sandbox: flagValue(reading, "no-sandbox") === null,
    warnings: reading.warnings,
  };
  return reading.problems.length > 0
    ? { config: null, problems: [...new Set(reading.problems)] }
    : { config, problems: null };
}

/** What is named twice, or watched and not named. */
function checkWatch(reading: Reading, policy: PolicySource | null): void {
  const named = readOne(reading, "config");
  const watch = readOne(reading, "watch");
  if (
    policy === null && (named === null || named.value === "") &&
    watch !== null && switchValue(watch.value) !== false
  ) {
    reading.problems.push(
      `${watch.setting}=${watch.value}: there is no policy file to watch: name one with --config`,
    );
  }
}

function readLimits(reading: Reading): Limits {
  return {
    maxConnections: readNumber(reading, "max-connections", 1, 100_000, null),
    headBytes: readNumber(reading, "max-head-bytes", 1024, 1 << 20, 131072)!,
    headerCount: readNumber(reading, "max-headers", 8, 1000, 100)!,
    requestLineBytes: readNumber(
      reading,
      "max-request-line",
      256,
      1 << 20,
      32768,
    )!,
    headTimeout: readTime(reading, "head-timeout", 10_000),
    idleTimeout: readTime(reading, "idle-timeout", 600_000),
    stopGrace: readTime(reading, "stop-grace", 5_000),
  };
}

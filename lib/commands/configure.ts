/**
 * Reads the configuration for a command, or prints its problems.
 *
 * @module
 */

import type { Config } from "../config/config.ts";
import type { Flags } from "../config/flags.ts";
import type { PresetReader } from "../config/preset_rule.ts";
import {
  namesPresets,
  policyPath,
  type PolicySource,
  readConfig,
  type ReadResult,
} from "../config/read.ts";
import { DEFAULT_SOCKET } from "../config/read_addresses.ts";
import {
  environment,
  errorKind,
  printStderr,
  readTextFile,
  runtimeName,
  stat,
} from "../host.ts";
import { inContainer } from "../identity/own_container.ts";

/**
 * Reads the configuration; its problems are printed.
 *
 * @returns null where there are problems: the command then exits with 2.
 */
export async function configure(flags: Flags): Promise<Config | null> {
  const { config, problems } = await readSettings(flags, environment());
  if (config !== null) return config;
  printProblems(problems);
  return null;
}

/** Reads the settings of flags and environment, and the policy file that they name. */
export async function readSettings(
  flags: Flags,
  variables: Readonly<Record<string, string>>,
): Promise<ReadResult> {
  const path = policyPath(flags, variables);
  const policy = path === null ? null : await readPolicy(path);
  return readConfig(
    flags,
    variables,
    policy,
    runtimeName,
    isMounted(),
    await presetReader(flags, variables),
  );
}

/** Reads presets; their tables are loaded only if one is named. */
export async function presetReader(
  flags: Flags,
  variables: Readonly<Record<string, string>>,
): Promise<PresetReader | null> {
  return namesPresets(flags, variables)
    ? (await import("../config/preset_rule.ts")).readPreset
    : null;
}

/** Whether we are in a container that has a socket at the default place of the engine's. */
function isMounted(): boolean {
  try {
    return inContainer() && stat(DEFAULT_SOCKET)?.isSocket === true;
  } catch {
    return false;
  }
}

/**
 * Reads a policy file; the reader is loaded only if there is one.
 *
 * @param elsewhere How to name another file.
 */
export async function readPolicy(
  path: string,
  elsewhere = "set another path with --config",
): Promise<PolicySource> {
  const { readPolicyFile } = await import("../config/policy_file.ts");
  let text: string;
  try {
    text = readTextFile(path);
  } catch (error) {
    return {
      problems: [`the policy file ${path} ${unreadable(error, elsewhere)}`],
    };
  }
  if (/^\uFFFD|\0/.test(text)) {
    return { problems: [`${path} is not UTF-8 text: save it as UTF-8`] };
  }
  return readPolicyFile(path, text);
}

/** Prints the problems with the settings. */
export function printProblems(problems: readonly string[]): void {
  printStderr(
    `sockwarden: ${
      problems.length === 1
        ? "a setting is not valid"
        : `${problems.length} settings are not valid`
    }:\n${problems.map((problem) => `  ${problem}\n`).join("")}`,
  );
}

function unreadable(error: unknown, elsewhere: string): string {
  switch (errorKind(error)) {
    case "NotFound":
      return `does not exist: mount it, or ${elsewhere}`;
    case "PermissionDenied":
      return "is not readable by this user: make it readable (chmod a+r), and its directories accessible (chmod a+x)";
    default:
      if (/\(os error 21\)/.test(String(error))) {
        return "is a directory: set the path of the file in it";
      }
      return `cannot be read: ${
        error instanceof Error ? error.message : error
      }`;
  }
}

/**
 * Reads the configuration for a command, or says what is wrong with it.
 *
 * @module
 */

import type { Config } from "../config/config.ts";
import {
  policyPath,
  type PolicySource,
  readConfig,
  type ReadResult,
} from "../config/read.ts";
import { environment, errorKind, printStderr, readTextFile } from "../host.ts";

/**
 * Reads the configuration; where it has problems they are printed.
 *
 * @param argv The flags after the command's own arguments.
 * @returns null where there are problems: the command then ends with 2.
 */
export async function configure(
  argv: readonly string[],
): Promise<Config | null> {
  const { config, problems } = await readSettings(argv, environment());
  if (config !== null) return config;
  printProblems(problems);
  return null;
}

/** Reads flags, environment and the policy file that they name. */
export async function readSettings(
  argv: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<ReadResult> {
  const path = policyPath(argv, variables);
  const policy = path === null ? null : await readPolicy(path);
  return readConfig(argv, variables, policy);
}

/** Reads a policy file; its reader is loaded only now. */
export async function readPolicy(path: string): Promise<PolicySource> {
  const { readPolicyFile } = await import("../config/policy_file.ts");
  let text: string;
  try {
    text = readTextFile(path);
  } catch (error) {
    return { problems: [`the policy file ${path} ${unreadable(error)}`] };
  }
  return readPolicyFile(path, text);
}

/** Prints what is wrong with the settings. */
export function printProblems(problems: readonly string[]): void {
  printStderr(
    `sockwarden: ${
      problems.length === 1 ? "a setting is" : `${problems.length} settings are`
    } wrong:\n${problems.map((problem) => `  ${problem}\n`).join("")}`,
  );
}

function unreadable(error: unknown): string {
  switch (errorKind(error)) {
    case "NotFound":
      return "does not exist: mount it, or name another with --config";
    case "PermissionDenied":
      return "may not be read by this user: make it readable (chmod a+r), its folders too";
    default:
      if (/\(os error 21\)/.test(String(error))) {
        return "is a folder: name the file in it";
      }
      return `cannot be read: ${
        error instanceof Error ? error.message : error
      }`;
  }
}

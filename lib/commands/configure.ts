/**
 * Reads the configuration for a command, or says what is wrong with it.
 *
 * @module
 */

import type { Config } from "../config/config.ts";
import { readConfig } from "../config/read.ts";
import { environment, printStderr } from "../host.ts";

/**
 * Reads the configuration; where it has problems they are printed.
 *
 * @param argv The flags after the command's own arguments.
 * @returns null where there are problems: the command then ends with 2.
 */
export function configure(argv: readonly string[]): Config | null {
  const { config, problems } = readConfig(argv, environment());
  if (config !== null) return config;
  printStderr(
    `sockwarden: ${
      problems.length === 1 ? "a setting is" : `${problems.length} settings are`
    } wrong:\n${problems.map((problem) => `  ${problem}\n`).join("")}`,
  );
  return null;
}

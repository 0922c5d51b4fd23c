/**
 * Reads a configuration as the program does, for tests.
 *
 * @module
 */

import type { Config } from "../../lib/config/config.ts";
import { readFlags } from "../../lib/config/flags.ts";
import { readPreset } from "../../lib/config/preset_rule.ts";
import { readConfig } from "../../lib/config/read.ts";

/** The configuration of valid settings. */
export function config(
  argv: string[],
  environment: Record<string, string> = {},
): Config {
  const { config, problems } = read(argv, environment);
  if (config === null) throw new Error(problems.join("\n"));
  return config;
}

/** What is wrong with settings; empty where nothing is. */
export function problem(
  argv: string[],
  environment: Record<string, string> = {},
): string {
  return read(argv, environment).problems?.join("\n") ?? "";
}

function read(argv: string[], environment: Record<string, string>) {
  return readConfig(
    readFlags(argv),
    environment,
    null,
    undefined,
    false,
    readPreset,
  );
}

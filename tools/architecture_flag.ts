/**
 * What the tools share that work on the lean binary of one architecture.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { ARCHITECTURE, ARCHITECTURES } from "./runtimes.ts";

/** Ends the tool, with exit code 1. */
export function stop(message: string): never {
  console.error(`error: ${message}`);
  Deno.exit(1);
}

/**
 * Reads `--arch`, this machine's if left out, and the tool's own switches. Ends
 * the tool where the command line is wrong.
 *
 * @param switches Their names.
 */
export function readArchitecture<Switch extends string = never>(
  ...switches: readonly Switch[]
): { readonly arch: string } & Readonly<Record<Switch, boolean>> {
  const given = parseArgs(Deno.args, {
    string: ["arch"],
    boolean: [...switches],
    default: { arch: ARCHITECTURE },
    unknown: (given: string) => stop(`unknown argument '${given}'`),
  }) as unknown as { arch: string } & Record<Switch, boolean>;
  if (!ARCHITECTURES.includes(given.arch)) {
    stop(`--arch=${given.arch}: expected ${ARCHITECTURES.join(" or ")}`);
  }
  return given;
}

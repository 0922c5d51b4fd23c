/**
 * Finds values that still have the quotes of the file that they were written in.
 *
 * @module
 */

import type { Flags } from "./flags.ts";
import { COMMON_NAMES } from "./read_grants.ts";
import { ON_WORDS, switchValue } from "./setting_values.ts";
import { KNOWN_VARIABLES } from "./variable_names.ts";

const QUOTED = /^(["'])(.*)\1$/s;

/**
 * The flags and the variables without quotes around their values. A list in a
 * compose file (`- CONTAINERS="1"`) and Docker's `--env-file` keep them as a part
 * of the value. Only variables of ours are looked at.
 *
 * @param problems Gets one sentence for each such value.
 */
export function withoutQuotes(
  flags: Flags,
  environment: Readonly<Record<string, string>>,
  problems: string[],
): { flags: Flags; environment: Readonly<Record<string, string>> } {
  const clean = (name: string, value: string) => {
    const inner = QUOTED.exec(value)?.[2];
    if (inner === undefined) return value;
    problems.push(
      `${name}=${value}: the quotes are a part of the value, as a list in a compose file and docker's --env-file keep them: write ${name}=${inner}`,
    );
    return inner;
  };
  const variables = { ...environment };
  for (const name of KNOWN_VARIABLES) {
    const value = environment[name];
    if (value === undefined || isForeign(name, value)) continue;
    variables[name] = clean(name, value);
  }
  const values = new Map(
    [...flags.values].map(([flag, list]) => [
      flag,
      list.map((value) => clean(`--${flag}`, value)),
    ]),
  );
  return { flags: { ...flags, values }, environment: variables };
}

/** Whether a value such as `VERSION="3.2"` is one of another program. */
function isForeign(name: string, value: string): boolean {
  const inner = QUOTED.exec(value)?.[2] ?? "";
  return COMMON_NAMES.has(name) && switchValue(inner) === null &&
    !ON_WORDS.has(inner.toLowerCase());
}

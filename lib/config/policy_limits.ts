/**
 * Reads how much a client of the policy file may ask for: `limits`.
 *
 * @module
 */

import {
  type ClientLimits,
  LIMIT_NAMES,
  type LimitKey,
  NO_LIMITS,
} from "../policy/client_limits.ts";
import type { Entry, Node } from "./document.ts";
import { LIMIT_ROWS, type LimitRow } from "./limit_format.ts";
import {
  describe,
  type PolicyReading,
  readKeys,
  report,
} from "./policy_shape.ts";
import { parseSize } from "./setting_values.ts";

const EXAMPLE = "{ requests: 16, rate: 50 }";

/**
 * Reads limits; problems are reported.
 *
 * @param where Their own key, for messages.
 */
export function readLimits(
  reading: PolicyReading,
  { keyOffset, value }: Entry,
  where: string,
): ClientLimits {
  const keys = readKeys(reading, value, where, LIMIT_ROWS, EXAMPLE);
  const values = new Map<LimitKey, number>();
  for (const row of LIMIT_ROWS) {
    const node = keys.get(row.key)?.value;
    if (node === undefined) continue;
    const read = parseLimit(row, textOf(node));
    if (typeof read === "number") values.set(row.key, read);
    else {
      const problem = `found ${describe(node)}: ${read.problem}`;
      report(reading, node.offset, `${where}.${row.key}`, problem);
    }
  }
  const burst = keys.get("burst");
  if (burst !== undefined && !keys.has("rate")) {
    report(reading, burst.keyOffset, `${where}.burst`, NO_RATE);
  }
  if (value.kind === "mapping" && value.entries.length === 0) {
    const problem = `found nothing: expected a mapping such as ${EXAMPLE}`;
    report(reading, value.offset, where, problem);
  }
  return limitsOf(values, `${reading.document.place(keyOffset)} limits`);
}

/** A number or a text as it was written; empty for anything else. */
function textOf(node: Node): string {
  return node.kind === "scalar" &&
      (typeof node.value === "number" || typeof node.value === "string")
    ? String(node.value)
    : "";
}

/** What is wrong with a burst alone. */
export const NO_RATE =
  "has no effect without rate: add rate, the requests a second, or remove it";

/** One limit from its text, or what is expected. */
export function parseLimit(
  { least, most, isSize }: LimitRow,
  text: string,
): number | { readonly problem: string } {
  const value = isSize
    ? parseSize(text)
    : /^[0-9]{1,9}$/.test(text)
    ? Number(text)
    : NaN;
  if (value >= least && value <= most) return value;
  return {
    problem: isSize
      ? `expected a size from ${least / 1024}k to ${
        most / 1024 ** 3
      }g, such as 10m (b, k, m or g)`
      : `expected a whole number from ${least} to ${most}`,
  };
}

/**
 * The limits with these values; without a burst it is the rate.
 *
 * @param setting Where they stand.
 */
export function limitsOf(
  values: ReadonlyMap<LimitKey, number>,
  setting: string,
): ClientLimits {
  const named = [...values].map(([key, value]) => [LIMIT_NAMES[key], value]);
  const limits = { ...NO_LIMITS, ...Object.fromEntries(named), setting };
  return { ...limits, burst: limits.burst ?? limits.rate };
}

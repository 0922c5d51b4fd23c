/**
 * The limits of a client in readable lines.
 *
 * @module
 */

import { describeLimits } from "../policy/client_limits.ts";
import type { Rights } from "../policy/compile.ts";

/** How much may be asked for, and where that is said; empty without limits. */
export function limitLines({ limits }: Pick<Rights, "limits">): string[] {
  return limits === null
    ? []
    : describeLimits(limits).map((line) => `${line} (${limits.setting})`);
}

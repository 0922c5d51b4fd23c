/**
 * Parts of a client's rights that it did not use: operations, entries of scopes,
 * and what its guard allows. What recordings do not tell is not claimed. Pure.
 *
 * @module
 */

import { allRights, type Policy, type Rights } from "../policy/compile.ts";
import type { Tally } from "./tally.ts";
import type { Unused } from "./unused_part.ts";
import { unusedGrants } from "./unused_grants.ts";
import { unusedKnobs } from "./unused_knobs.ts";
import { unusedTerms } from "./unused_terms.ts";
import { usageOf } from "./usage.ts";

/** What one client did not use. */
export interface UnusedOfClient {
  /** null for all that are not in the policy file. */
  readonly client: string | null;
  readonly source: string;
  readonly unused: readonly Unused[];
  /** What could not be decided. */
  readonly says: readonly string[];
}

/**
 * Finds what was not used since a time.
 *
 * @param since In RFC 3339, to the second.
 * @returns The clients with something to say.
 */
export function findUnused(
  policy: Policy,
  tally: Tally,
  since: string,
): UnusedOfClient[] {
  return allRights(policy).map((rights) =>
    ofClient(policy, rights, tally, since)
  )
    .filter(({ unused, says }) => unused.length + says.length > 0);
}

function ofClient(
  policy: Policy,
  rights: Rights,
  tally: Tally,
  since: string,
): UnusedOfClient {
  const usage = usageOf(policy, rights, tally);
  const parts = [
    { unused: unusedGrants(rights, usage, since), says: [] },
    unusedTerms(rights, usage, since),
    unusedKnobs(rights, usage, since),
  ];
  return {
    client: rights.client,
    source: rights.source,
    unused: parts.flatMap(({ unused }) => unused),
    says: parts.flatMap(({ says }) => says),
  };
}

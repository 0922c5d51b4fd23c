/**
 * Finds the known name that is nearest to an unknown one.
 *
 * @module
 */

import { levenshteinDistance } from "@std/text/levenshtein-distance";

/**
 * The name of a list that differs least from a written one; of several, the
 * first.
 *
 * @param maxEdits How many changes of one character may lead to it.
 * @returns null if none is that near.
 */
export function nearest(
  written: string,
  names: Iterable<string>,
  maxEdits: number,
): string | null {
  let best: string | null = null;
  let least = maxEdits + 1;
  for (const name of names) {
    if (Math.abs(name.length - written.length) >= least) continue;
    const distance = levenshteinDistance(written, name);
    if (distance < least) {
      least = distance;
      best = name;
    }
  }
  return best;
}

/** How many changes of one character count as a typing error in a name: one in a name shorter than 6 characters, else two. */
export function slips(name: string): number {
  return name.length < 6 ? 1 : 2;
}

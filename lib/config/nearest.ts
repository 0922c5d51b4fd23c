/**
 * The nearest right name of a wrong one.
 *
 * @module
 */

import { levenshteinDistance } from "@std/text/levenshtein-distance";

/**
 * The name of a list that differs least from a written one.
 *
 * @param most How many changes of one character it may take.
 * @returns null where none is that near.
 */
export function nearest(
  written: string,
  names: Iterable<string>,
  most: number,
): string | null {
  let best: string | null = null;
  let least = most + 1;
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

/** How many changes make a slip of a name of that length: one in a short name, two in others. */
export function slips(name: string): number {
  return name.length < 6 ? 1 : 2;
}

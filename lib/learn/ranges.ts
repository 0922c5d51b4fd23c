/**
 * A set of whole numbers that mostly ascend, kept as ranges.
 *
 * @module
 */

/** The set. */
export interface Ranges {
  /** Sorted, apart from each other. */
  readonly list: { from: number; to: number }[];
}

/** Ranges that a number may be put before: a file whose numbers descend with gaps would cost their square. */
const MAX_MOVED = 1000;

/** An empty set. */
export function createRanges(): Ranges {
  return { list: [] };
}

/**
 * Adds a number.
 *
 * @returns `known` where it was there already; `full` where there are too many
 * ranges after it, so that it was not added.
 */
export function addTo(
  { list }: Ranges,
  value: number,
): "added" | "known" | "full" {
  // Where a number after it would stand: the last one first, since they ascend.
  let at = list.length;
  if (at > 0 && list[at - 1]!.from > value) {
    let low = 0;
    while (low < at) {
      const middle = (low + at) >> 1;
      if (list[middle]!.from > value) at = middle;
      else low = middle + 1;
    }
  }
  const before = list[at - 1];
  const after = list[at];
  if (before !== undefined && value <= before.to) return "known";
  if (list.length - at > MAX_MOVED) return "full";
  const joinsBefore = before?.to === value - 1;
  const joinsAfter = after?.from === value + 1;
  if (joinsBefore && joinsAfter) {
    before.to = after.to;
    list.splice(at, 1);
  } else if (joinsBefore) before.to = value;
  else if (joinsAfter) after.from = value;
  else list.splice(at, 0, { from: value, to: value });
  return "added";
}

/** How many numbers it has. */
export function lengthOf({ list }: Ranges): number {
  return list.reduce((sum, { from, to }) => sum + to - from + 1, 0);
}

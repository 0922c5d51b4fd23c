/**
 * Times counted in buckets: a histogram of Prometheus, and a finer one of which
 * quantiles are told.
 *
 * @module
 */

/** A histogram with fixed bounds. Made by {@link createHistogram}. */
export interface Histogram {
  /** Upper bounds in seconds, both of which count in; ascending. */
  readonly bounds: readonly number[];
  /** How many were within each bound and above the one before; the last is beyond all. */
  readonly counts: Float64Array;
  /** The sum of all, in seconds. */
  sum: number;
}

/** Makes an empty histogram. */
export function createHistogram(bounds: readonly number[]): Histogram {
  return { bounds, counts: new Float64Array(bounds.length + 1), sum: 0 };
}

/** Counts one time. */
export function observeTime(histogram: Histogram, milliseconds: number): void {
  const { bounds, counts } = histogram;
  const seconds = milliseconds / 1000;
  let at = 0;
  // Most times are within the first few.
  while (at < bounds.length && seconds > bounds[at]!) at++;
  counts[at]!++;
  histogram.sum += seconds;
}

/** How many buckets {@link bucketOf} tells apart: from 1 µs to 67 s, two for each doubling. */
export const FINE_BUCKETS = 52;

/** The bucket of a time: its power of two in microseconds, and the half of it. */
export function bucketOf(milliseconds: number): number {
  const micros = Math.min(milliseconds * 1000, 0x3ffffff) | 0;
  if (micros < 2) return 0;
  const power = 31 - Math.clz32(micros);
  return 2 * power + (micros >> (power - 1) & 1);
}

/** A time in the middle of a bucket, in milliseconds. */
function middleOf(bucket: number): number {
  const low = 2 ** (bucket >> 1) * (1 + (bucket & 1) / 2);
  return Math.round(low * 1.25) / 1000;
}

/**
 * A quantile of times that were counted by {@link bucketOf}; right to a quarter.
 *
 * @param quantile From 0 to 1.
 * @returns Milliseconds; null where nothing was counted.
 */
export function quantileOf(
  counts: ArrayLike<number>,
  quantile: number,
): number | null {
  let all = 0;
  for (let at = 0; at < counts.length; at++) all += counts[at]!;
  if (all === 0) return null;
  let left = quantile * all;
  for (let at = 0; at < counts.length; at++) {
    left -= counts[at]!;
    if (left <= 0 && counts[at]! > 0) return middleOf(at);
  }
  return middleOf(counts.length - 1);
}

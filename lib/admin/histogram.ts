/**
 * Times counted in buckets, two for each doubling: a histogram of Prometheus,
 * and quantiles.
 *
 * @module
 */

/** Times that were counted. Made by {@link createHistogram}. */
export interface Histogram {
  /** How many were in each bucket of {@link bucketOf}. */
  readonly counts: Float64Array;
  /** The sum of all, in milliseconds. */
  sum: number;
}

/** How many buckets there are: from 1 µs to 67 s. */
export const FINE_BUCKETS = 52;

/** Makes an empty histogram. */
export function createHistogram(): Histogram {
  return { counts: new Float64Array(FINE_BUCKETS), sum: 0 };
}

/** Counts one time. */
export function observeTime(histogram: Histogram, milliseconds: number): void {
  histogram.counts[bucketOf(milliseconds)]!++;
  histogram.sum += milliseconds;
}

/** The longest time that is told from longer ones, in microseconds. */
const MOST_MICROS = 0x3ffffff;
const { clz32 } = Math;

/** The bucket of a time: its power of two in microseconds, and the half of it. */
export function bucketOf(milliseconds: number): number {
  const micros = milliseconds * 1000;
  if (micros < 2) return 0;
  const whole = micros > MOST_MICROS ? MOST_MICROS : micros | 0;
  const power = 31 - clz32(whole);
  return 2 * power + (whole >> (power - 1) & 1);
}

/** A bound of a histogram: how many were not beyond it. */
export interface Bound {
  readonly seconds: number;
  readonly count: number;
}

/**
 * A histogram with a bound at each power of two.
 *
 * @param from The lowest bound, and `to` the highest, as powers of two in
 * microseconds.
 */
export function boundsOf(
  { counts }: Histogram,
  from: number,
  to: number,
): { readonly bounds: readonly Bound[]; readonly count: number } {
  const bounds: Bound[] = [];
  let count = 0;
  for (let power = 0; power < FINE_BUCKETS / 2; power++) {
    count += counts[2 * power]! + counts[2 * power + 1]!;
    const upper = power + 1;
    if (upper >= from && upper <= to) {
      bounds.push({ seconds: 2 ** upper / 1e6, count });
    }
  }
  return { bounds, count };
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

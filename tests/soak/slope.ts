/**
 * Whether a measure grows: the straight line through its values, and how sure
 * it is.
 *
 * @module
 */

/** A value at a time, in minutes. */
export type Sample = readonly [minutes: number, value: number];

/** How much a measure grows. */
export interface Slope {
  /** Per minute. */
  readonly slope: number;
  /** Its standard error; a slope within twice of it is none. */
  readonly error: number;
}

/**
 * The means of spans of that many minutes: what follows each other within one
 * is alike, so that single values would show too small an error.
 */
export function means(samples: readonly Sample[], span: number): Sample[] {
  const groups = new Map<number, Sample[]>();
  for (const sample of samples) {
    const group = Math.floor(sample[0] / span);
    groups.set(group, [...groups.get(group) ?? [], sample]);
  }
  return [...groups.values()].map((group) => [
    mean(group.map(([minutes]) => minutes)),
    mean(group.map(([, value]) => value)),
  ]);
}

/** The line of least squares; null for fewer than three values. */
export function slopeOf(samples: readonly Sample[]): Slope | null {
  const count = samples.length;
  if (count < 3) return null;
  const x = mean(samples.map(([minutes]) => minutes));
  const y = mean(samples.map(([, value]) => value));
  const spread = sum(samples.map(([minutes]) => (minutes - x) ** 2));
  const slope = sum(samples.map(([at, value]) => (at - x) * (value - y))) /
    spread;
  const rest = sum(
    samples.map(([at, value]) => (value - y - slope * (at - x)) ** 2),
  );
  return { slope, error: Math.sqrt(rest / (count - 2) / spread) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

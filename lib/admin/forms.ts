/**
 * Times as they are answered.
 *
 * @module
 */

/** A time as it is answered. */
export function stamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** A time as it is answered; null for never. */
export function stampOrNull(milliseconds: number): string | null {
  return milliseconds === 0 ? null : stamp(milliseconds);
}

/** Milliseconds with three decimals: what more there is says nothing. */
export function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

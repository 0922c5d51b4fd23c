/**
 * The geometry of the charts: values to points of an SVG.
 *
 * @module
 */

/** The width of a chart in its own units: one for each value of the hour. */
export const WIDTH = 360;
/** The height of a chart in its own units. */
export const HEIGHT = 64;

/** The least and the greatest of a logarithmic scale, in powers of ten. */
export interface Decades {
  readonly from: number;
  readonly to: number;
}

/** A round number at or above a value: 1, 2 or 5 times a power of ten; 1 at least. */
export function ceiling(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power)
    .find((step) => step >= value)!;
}

/** The greatest value; 0 where there is none. */
export function peak(values: readonly (number | null)[]): number {
  return values.reduce<number>(
    (most, value) => Math.max(most, value ?? 0),
    0,
  );
}

/** The scale that holds all values above 0, whole decades, two of them at least. */
export function decades(
  series: readonly (readonly (number | null)[])[],
): Decades {
  const values = series.flat().filter((value) => value !== null && value > 0);
  if (values.length === 0) return { from: -1, to: 1 };
  const least = values.reduce<number>((a, b) => Math.min(a, b!), Infinity);
  const from = Math.max(-3, Math.floor(Math.log10(least)));
  const to = Math.ceil(Math.log10(peak(values)));
  return { from, to: Math.max(to, from + 2) };
}

/** The height of a value on a linear scale from 0. */
export function linear(value: number, top: number): number {
  return round(HEIGHT - HEIGHT * Math.min(1, value / top));
}

/** The height of a value on a logarithmic scale. */
export function logarithmic(value: number, { from, to }: Decades): number {
  const part = (Math.log10(Math.max(value, 10 ** from)) - from) / (to - from);
  return round(HEIGHT - HEIGHT * Math.min(1, part));
}

/** A line through the values; it is broken where one is null. */
export function line(
  values: readonly (number | null)[],
  y: (value: number) => number,
): string {
  let path = "";
  let open = false;
  for (const [at, value] of values.entries()) {
    if (value === null) {
      open = false;
      continue;
    }
    // A value alone is a line of one unit, so that it is seen.
    path += open ? `L${at + 0.5} ${y(value)}` : `M${at} ${y(value)}h.5`;
    open = true;
  }
  return path;
}

/** Bars from a floor to a height, one for each value above 0. */
export function bars(
  values: readonly number[],
  floor: (at: number) => number,
  y: (at: number) => number,
): string {
  let path = "";
  for (const [at, value] of values.entries()) {
    if (value > 0) path += `M${at} ${floor(at)}V${y(at)}h1V${floor(at)}z`;
  }
  return path;
}

/** The place of the value under a pointer. */
export function placeAt(part: number, length: number): number {
  return Math.max(0, Math.min(length - 1, Math.floor(part * length)));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

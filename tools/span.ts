/**
 * Spans of time as they are written: `90s`, `10m`, `2h`.
 *
 * @module
 */

const SECONDS = { s: 1, m: 60, h: 3600 } as const;

/** The seconds of a span; null where it is none. */
export function readSpan(text: string): number | null {
  const parts = /^([0-9]{1,6})([smh])$/.exec(text);
  return parts === null
    ? null
    : Number(parts[1]) * SECONDS[parts[2] as keyof typeof SECONDS];
}

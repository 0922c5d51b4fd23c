/**
 * The ends of rules: from a moment on, a rule grants nothing. Pure.
 *
 * @module
 */

import type { Rule } from "./rules.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Milliseconds of a day. */
export const DAY = 24 * HOUR;

/** The form of an end, in words. */
export const UNTIL_WORDS =
  "a date such as 2027-03-01 (refused from 00:00 UTC of that day on), or a time with its zone such as 2027-03-01T18:00:00Z or 2027-03-01T18:00:00+01:00";
/** The form of an end, but for the days of each month (RFC 3339, section 5.6). */
export const UNTIL_PATTERN =
  /^([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(?:[Tt]([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(?:\.([0-9]{1,9}))?(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9])))?$/;

/**
 * Reads the end of a rule.
 *
 * @returns Milliseconds since 1970; null for what has not that form, or is no
 * day of the calendar.
 */
export function parseUntil(text: string): number | null {
  const found = UNTIL_PATTERN.exec(text);
  if (found === null) return null;
  const part = (i: number) => Number(found[i] ?? 0);
  const day = Date.UTC(part(1), part(2) - 1, part(3));
  // Date.UTC takes 30 February for 2 March, and year 27 for 1927.
  if (!new Date(day).toISOString().startsWith(text.slice(0, 10))) return null;
  const fraction = Math.floor(Number(`0.${found[7] ?? 0}`) * SECOND);
  const offset = part(9) * HOUR + part(10) * MINUTE;
  return day + part(4) * HOUR + part(5) * MINUTE + part(6) * SECOND + fraction +
    (found[8] === "+" ? -offset : offset);
}

/** A moment as text, such as `2027-03-01T00:00:00Z`. */
export function formatUntil(until: number): string {
  return new Date(until).toISOString().replace(".000Z", "Z");
}

/** Before this program was written: what a clock shows that is not set, as after the start of a machine that has none of its own. */
export const CLOCK_STARTS = Date.UTC(2026, 0, 1);

/** Whether a clock that shows that time has been set. */
export function isClockSet(now: number): boolean {
  return now >= CLOCK_STARTS;
}

/** Whether a rule has ended at that time; one that ends has where the clock is not set. */
export function isOver({ until }: Rule, now: number): boolean {
  return until !== undefined && (until <= now || !isClockSet(now));
}

/** The earliest end of rules; null where none ends. */
export function earliestEnd(rules: readonly Rule[]): number | null {
  const ends = rules.flatMap(({ until }) => until ?? []);
  return ends.length === 0 ? null : Math.min(...ends);
}

/** How long it is to a moment, in its largest unit, rounded down. */
export function timeLeft(milliseconds: number): string {
  for (
    const [unit, size] of [
      ["day", DAY],
      ["hour", HOUR],
      ["minute", MINUTE],
    ] as const
  ) {
    const count = Math.floor(milliseconds / size);
    if (count > 0) return `${count} ${unit}${count === 1 ? "" : "s"}`;
  }
  return "less than a minute";
}

/**
 * The time that recordings cover. Pure.
 *
 * @module
 */

import { compare, type Run } from "./tally.ts";

/** A stretch of time, in RFC 3339 to the second. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

/** The stretches that runs cover together, sorted, apart from each other. */
export function spansOf(
  runs: readonly Pick<Run, "from" | "to">[],
): Span[] {
  const spans: { from: string; to: string }[] = [];
  const known = runs.filter(({ from, to }) => from !== "" && to !== "");
  for (
    const { from, to } of [...known].sort((a, b) => compare(a.from, b.from))
  ) {
    const before = spans.at(-1);
    if (before === undefined || from > before.to) spans.push({ from, to });
    else if (to > before.to) before.to = to;
  }
  return spans;
}

/** How many seconds they are. */
export function secondsOf(spans: readonly Span[]): number {
  return spans.reduce(
    (sum, { from, to }) => sum + (Date.parse(to) - Date.parse(from)) / 1000,
    0,
  );
}

/** What of the spans lies after a time. */
export function since(spans: readonly Span[], from: string): Span[] {
  return spans.filter(({ to }) => to > from).map((span) => ({
    from: span.from < from ? from : span.from,
    to: span.to,
  }));
}

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86400, "day"],
  [3600, "hour"],
  [60, "minute"],
  [1, "second"],
];

/** Seconds in words, to the largest unit of which there are two or more: `3 days`, `36 hours`. */
export function durationText(seconds: number): string {
  if (seconds < 1) return "less than a second";
  const [unit, name] = UNITS.find(([unit]) => seconds >= 2 * unit) ??
    UNITS.at(-1)!;
  const count = Math.floor(seconds / unit);
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}

/**
 * What was seen, in words. Pure.
 *
 * @module
 */

import { durationText } from "./coverage.ts";
import type { By, Proposal } from "./proposal.ts";
import type { Why } from "./why.ts";

/** The words of one proposal, in which the number of runs is known. */
export type WhyText = (why: Why) => string;

/** Such as `214 times, 3 of 3 runs, last 2026-11-20, e.g. POST /containers/web/restart?t`. */
export function whyTextOf({ runs }: Pick<Proposal, "runs">): WhyText {
  return ({ n, runs: seen, last, example }) =>
    `${times(n)}, ${seen} of ${count(runs, "run")}, last ${
      last.slice(0, 10)
    }, e.g. ${example}`;
}

/** Once, twice, or a number of times. */
export function times(n: number): string {
  return n === 1 ? "once" : n === 2 ? "twice" : `${n} times`;
}

/** A number with a noun. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** What a proposal rests on. */
export function coverageText(
  { runs, calls, from, to, seconds, by }: Proposal,
): string {
  const [first, last] = [from.slice(0, 10), to.slice(0, 10)];
  return `Learned from ${count(calls, "call")} in ${count(runs, "run")}${
    from === ""
      ? ""
      : `, ${durationText(seconds)} ${
        first === last ? `on ${first}` : `between ${first} and ${last}`
      }`
  }; scopes by ${byText(by)}.`;
}

/** The key of the scope, as `--by` takes it. */
export function byText(by: By): string {
  return by.key === "label" && by.label !== null ? `label=${by.label}` : by.key;
}

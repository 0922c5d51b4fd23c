/**
 * The ends of grants in words: those that come, those that have come, and which
 * rules they are.
 *
 * @module
 */

import { allRights, type Policy, type Rights } from "../policy/compile.ts";
import type { Rule } from "../policy/rules.ts";
import { DAY, formatUntil, isClockSet, timeLeft } from "../policy/until.ts";

/** Milliseconds before the end of a rule from which the start and `check` warn of it. */
const WARNED_BEFORE = 14 * DAY;

/** The warnings of rules that have ended or end within 14 days, in the order of the file. */
export function endWarnings(policy: Policy, now: number): string[] {
  const ended = allRights(policy).flatMap((rights) =>
    rights.ended.map((rule) => ({ rights, rule }))
  );
  if (!isClockSet(now)) {
    return ended.length === 0 ? [] : [
      `the machine's clock shows ${
        formatUntil(now)
      }, so it is not set: until it is, grants that have an end grant nothing (${
        ended.map(({ rights, rule }) => nameRule(rights, rule)).join("; ")
      })`,
    ];
  }
  return [
    ...ended.map(({ rights, rule }) =>
      `${nameRule(rights, rule)} ended at ${
        formatUntil(rule.until!)
      }: remove it, or write a later time`
    ),
    ...endsBetween(policy, now, now + WARNED_BEFORE),
  ];
}

/**
 * The warnings of rules that end after one time, up to another.
 *
 * @param now What the time left is counted from.
 */
export function endsBetween(
  policy: Policy,
  after: number,
  upTo: number,
  now = after,
): string[] {
  return allRights(policy).flatMap((rights) =>
    rights.grants.allow.flatMap((rule) => {
      const { until = Infinity } = rule;
      return until > after && until <= upTo
        ? [
          `${nameRule(rights, rule)} ends at ${formatUntil(until)}, in ${
            timeLeft(until - now)
          }`,
        ]
        : [];
    })
  );
}

/** The rules that one policy still holds to and the next one, of the same settings, no longer does. */
export function newlyEnded(before: Policy, after: Policy): string[] {
  const had = new Set(allRights(before).flatMap(({ ended }) => ended));
  return allRights(after).flatMap((rights) =>
    rights.ended.filter((rule) => !had.has(rule)).map((rule) =>
      `${nameRule(rights, rule)} has ended (until ${
        formatUntil(rule.until!)
      }): what it granted is refused, and its streams are closed`
    )
  );
}

/** The end beside the setting that grants; empty if it never ends. */
export function untilText(until: number | undefined): string {
  return until === undefined ? "" : ` until ${formatUntil(until)}`;
}

/** When the grant of a path ends, by the setting that decided. */
export function pathEnd(
  { allowPaths }: Rights,
  by: string,
): number | undefined {
  return allowPaths.find((rule) => `${rule.setting} '${rule.text}'` === by)
    ?.until;
}

function nameRule({ client }: Rights, { text, setting }: Rule): string {
  return `${
    client === null ? "default" : `client ${client}`
  }: ${text} (${setting})`;
}

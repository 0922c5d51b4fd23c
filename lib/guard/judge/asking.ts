/**
 * Which knobs ask what a Dockerfile says, and what is told where that cannot be
 * known.
 *
 * @module
 */

import { KNOB_ROWS } from "../knobs.ts";
import { type Collector, type GuardRules, knobOf } from "../rules.ts";

/** Knobs that ask where they do not allow all, and those that ask where they list words. */
const BY_VERDICT = ["images", "registries"];
const BY_WORDS = ["env-forbidden", "labels-forbidden"];

/** Knobs that ask what a build sets: all but images. */
export function settingKnobs(rules: GuardRules): readonly string[] {
  const words = BY_WORDS.filter((name) => knobOf(rules, name).list.length > 0);
  const isAsked = knobOf(rules, "healthcheck").verdict !== "allow";
  return isAsked ? [...words, "healthcheck"] : words;
}

/** Knobs that ask what a commit sets; in a build the labels of the query win. */
export function changesKnobs(rules: GuardRules): readonly string[] {
  const adds = knobOf(rules, "labels-added").list.length > 0;
  return [...settingKnobs(rules), ...adds ? ["labels-added"] : []];
}

/** Knobs that ask what a Dockerfile says; none where it need not be read. */
export function askingKnobs(rules: GuardRules): readonly string[] {
  const named = BY_VERDICT.filter((name) =>
    knobOf(rules, name).verdict !== "allow"
  );
  // The levels refuse addresses in calls; a Dockerfile is read for them only where the guard says so itself.
  const isOwn = rules.own.has("remote-context") &&
    knobOf(rules, "remote-context").verdict !== "allow";
  return [
    ...named,
    ...settingKnobs(rules),
    ...isOwn ? ["remote-context"] : [],
  ];
}

/** Whether the images that a Dockerfile names are judged. */
export function asksImages(knobs: readonly string[]): boolean {
  return knobs.some((name) => BY_VERDICT.includes(name));
}

/**
 * Adds what keeps a Dockerfile from being judged: as the strictest of the knobs
 * that ask has it.
 *
 * @param knobs At least one.
 */
export function cannotJudge(
  { rules, refused, warned }: Collector,
  knobs: readonly string[],
  path: string,
  what: string,
): void {
  const strict = knobs.find((name) => knobOf(rules, name).verdict !== "warn");
  const knob = strict ?? knobs[0]!;
  const isWords = KNOB_ROWS.get(knob)?.kind === "words";
  const remedy = isWords ? `${knob}: []` : `${knob}: allow`;
  (strict === undefined ? warned : refused).push({ knob, path, what, remedy });
}

/**
 * What a guard says of a recorded call: by what was recorded that the narrowest
 * guard would have to allow. Pure.
 *
 * @module
 */

import { guardWay } from "../guard/judge/rows.ts";
import { KNOB_ROWS } from "../guard/knobs.ts";
import { type GuardRules, knobOf, knobsOf } from "../guard/rules.ts";
import { coversEntry } from "./knob_covers.ts";
import { type Need, NO_GUARD, readNeed } from "./needs.ts";
import type { Kind } from "./tally.ts";
import {
  ALLOWED,
  gravest,
  refused,
  undecided,
  type Verdict,
} from "./verdict.ts";

/** The need of a call on a container that does not keep to the guard itself. */
const TARGETS = "targets: allow";
/** Knobs that forbid what is not recorded: names of variables, labels. */
const NOT_RECORDED = [
  "env-forbidden",
  "labels-required",
  "labels-added",
  "labels-forbidden",
];
/** Knobs that bound how much a call asks for, which is not recorded. */
const LIMITS = [
  "shm-max",
  "memory-max",
  "cpus-max",
  "pids-max",
  "replicas-max",
];

/**
 * Judges a call of an operation that guards judge.
 *
 * @param isKept Whether it acts on a container that keeps to the guard.
 */
export function replayGuard(
  rules: GuardRules,
  call: Kind,
  isKept: boolean,
): Verdict {
  const { operation, body } = call;
  const { reads, kind } = guardWay(operation);
  if (reads === null) return ALLOWED;
  if (kind === "target" && body === null) {
    return !isKept && knobOf(rules, "targets").verdict === "deny"
      ? ofTarget(operation)
      : ALLOWED;
  }
  if (body === null) {
    return undecided(`what ${operation} contains was not recorded`);
  }
  if (body.unread !== undefined) {
    return undecided(`what ${operation} contains could not be read`);
  }
  const { needs = [], standard } = body;
  const keeps = isKept ||
    standard !== undefined && rules.level === "standard" &&
      rules.own.size === 0 && !standard.includes(TARGETS);
  const verdicts = needs.filter((text) => !(keeps && text === TARGETS))
    .map((text) => judgeNeed(rules, operation, text));
  return gravest([...verdicts, ...unknown(rules, call, needs)]);
}

function judgeNeed(
  rules: GuardRules,
  operation: string,
  text: string,
): Verdict {
  const need = readNeed(text);
  if (need === null) {
    return undecided(`what '${text}' of ${operation} needs is not known here`);
  }
  const refusal = refused(rules.setting, `the guard would need '${text}'`);
  const { knob, items } = need;
  if (knob === NO_GUARD) return refusal;
  if (knob === "fields") {
    return items?.every((item) => rules.fields.has(item)) ? ALLOWED : refusal;
  }
  if (knob === "require") return judgeRequired(rules, need, refusal);
  const { verdict, list } = knobOf(rules, knob);
  if (verdict !== "deny") return ALLOWED;
  if (knob === "targets") return ofTarget(operation);
  return items !== null &&
      items.every((item) =>
        list.some((entry) => coversEntry(knob, entry, item))
      )
    ? ALLOWED
    : refusal;
}

function ofTarget(operation: string): Verdict {
  return undecided(
    `whether the container of ${operation} keeps to the guard itself is not known`,
  );
}

/** A remedy of what is required is the list without what the call did not set. */
function judgeRequired(
  rules: GuardRules,
  { items }: Need,
  refusal: Verdict,
): Verdict {
  const { list } = knobOf(rules, "require");
  return items !== null && list.every((word) => items.includes(word))
    ? ALLOWED
    : refusal;
}

/** What the guard also asks for, and the recording does not tell. */
function unknown(
  rules: GuardRules,
  { operation }: Kind,
  needs: readonly string[],
): Verdict[] {
  return [
    ...NOT_RECORDED.filter((name) => knobOf(rules, name).list.length > 0),
    ...LIMITS.filter((name) => knobOf(rules, name).verdict === "deny"),
    ...[...rules.own].filter((name) =>
      isNarrower(rules, name) &&
      !needs.some((text) => text.startsWith(`${name}:`))
    ),
  ].filter((name) => appliesTo(name).test(operation)).map((name) =>
    undecided(`what ${name} says of ${operation} is not recorded`)
  );
}

/** Whether a knob refuses what `strict` allows, of which a recording has no need. */
export function isNarrower(rules: GuardRules, name: string): boolean {
  const strict = knobsOf("strict").get(name)!;
  const { verdict, list } = knobOf(rules, name);
  if (verdict !== "deny" || KNOB_ROWS.get(name)!.kind === "words") return false;
  return strict.verdict === "allow" ||
    strict.list.some((item) =>
      !list.some((entry) => coversEntry(name, entry, item))
    );
}

/** The operations that give labels, and those that cannot. */
const LABELLED =
  /^(?:(?:container|volume|network|service|secret|config)\.create|(?:service|secret|config)\.update|container\.commit|image\.(?:build|import)|build\..+)$/;

/** The operations that a knob is about. */
function appliesTo(name: string): RegExp {
  if (name === "registries") return /^image\.|^distribution\./;
  if (name === "commands") return /^container\.exec\.create$/;
  if (name === "labels-added") return LABELLED;
  return /^(?:container|service|network|volume)\.(?:create|update|connect)$/;
}

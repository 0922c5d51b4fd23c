/**
 * What the presets of one client need of bodies and answers, together: the
 * guard and what is hidden, where the client says nothing of its own. Pure.
 *
 * They hold for the client as a whole, also for what is granted beside. Several
 * presets add up to the loosest: there is a guard only if each of them that has
 * judged operations has one, and only that is hidden which each of them that
 * could see it does without.
 *
 * @module
 */

import type { Preset } from "../docker/presets.ts";
import { hideRows } from "../guard/hide/rows.ts";
import {
  type Hide,
  HIDE_NOTHING,
  HIDE_WORDS,
  type HideWord,
} from "../guard/hide/words.ts";
import { guardWay } from "../guard/judge/rows.ts";
import { type GuardRules, type KnobSetting, knobsOf } from "../guard/rules.ts";
import type { Rule } from "./rules.ts";

/** What a client says of its guard and of what is hidden; null where it says nothing. */
interface Said {
  readonly allow: readonly Rule[];
  readonly guard: GuardRules | "none" | null;
  readonly hide: Hide | "none" | null;
}

/** The guard of a client: its own, else that of its presets; null for none. */
export function effectiveGuard(
  { allow, guard }: Omit<Said, "hide">,
): GuardRules | null {
  if (guard === "none") return null;
  return guard ?? guardOfPresets(presetsOf(allow));
}

/** What is hidden from a client: what it says, else what its presets say; null for nothing. */
export function effectiveHide(
  { allow, hide }: Omit<Said, "guard">,
): Hide | null {
  if (hide === "none") return null;
  return hide ?? hideOfPresets(presetsOf(allow));
}

/** The presets among rules, each once. */
export function presetsOf(allow: readonly Rule[]): Preset[] {
  return [
    ...new Set(
      allow.flatMap((rule) =>
        rule.kind === "operations" && rule.preset !== undefined
          ? [rule.preset]
          : []
      ),
    ),
  ];
}

/** Whether a preset's requests are held to a guard. */
export function hasGuard({ guard }: Preset): boolean {
  return guard.startsWith(STANDARD);
}

/** Whether a preset's answers are cleared of something. */
export function hasHide({ hide }: Preset): boolean {
  return !["", "-", "none"].includes(hide);
}

/** Whether a preset leaves no guard to those beside it. */
export function needsNoGuard({ guard, operations }: Preset): boolean {
  // A version that says nothing of it grants what it granted.
  if (guard === "") {
    return operations.some((name) => guardWay(name).reads !== null);
  }
  return guard === "none";
}

/** Whether a preset leaves nothing hidden to those beside it. */
export function needsAllShown({ hide, operations }: Preset): boolean {
  return hide === "" ? operations.some(canShow) : hide === "none";
}

/** Whether an operation's answer, or what it makes possible, can show something that can be hidden. */
export function canShow(operation: string): boolean {
  const row = hideRows().get(operation);
  return row === undefined || row.kind === "top" ||
    row.places.length + row.cannot.length > 0;
}

const STANDARD = "standard";

function guardOfPresets(presets: readonly Preset[]): GuardRules | null {
  const guarded = presets.filter(hasGuard);
  if (guarded.length === 0 || presets.some(needsNoGuard)) return null;
  const own = new Map<string, KnobSetting>();
  for (const { guard } of guarded) {
    for (const flag of guard.split(" ").slice(1)) {
      own.set(flag, { verdict: "allow", list: [] });
    }
  }
  return {
    setting: settingOf(guarded),
    level: STANDARD,
    knobs: knobsOf(STANDARD, own),
    own: new Set(own.keys()),
    fields: new Set(),
  };
}

function hideOfPresets(presets: readonly Preset[]): Hide | null {
  const hiding = presets.filter(hasHide);
  if (hiding.length === 0 || presets.some(needsAllShown)) return null;
  const parts = hiding.map(({ hide }) => hide.split(" "));
  const words = HIDE_WORDS.filter((word) =>
    parts.every((one) => one.includes(word))
  );
  if (words.length === 0) return null;
  const has = (word: HideWord) => words.includes(word);
  const except = parts.flat().filter((part) => part.startsWith(EXCEPT))
    .flatMap((part) => part.slice(EXCEPT.length).split(","));
  return {
    ...HIDE_NOTHING,
    env: has("env") ? "all" : "none",
    envExcept: has("env") ? [...new Set(except)] : [],
    args: has("args"),
    mounts: has("mounts"),
    swarm: has("swarm"),
    addresses: has("addresses"),
  };
}

const EXCEPT = "except=";

/** Where such a guard stands, and what hides: `preset traefik`, `presets dockge, komodo`. */
export function settingOf(presets: readonly Preset[]): string {
  const names = [...new Set(presets.map(({ name }) => name))];
  return `preset${names.length === 1 ? "" : "s"} ${names.join(", ")}`;
}

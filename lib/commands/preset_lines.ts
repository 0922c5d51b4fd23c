/**
 * What presets take away that clients had before, for the start and `check`: a
 * preset's rights do not shrink in silence.
 *
 * @module
 */

import type { Preset } from "../docker/presets.ts";
import { allRights, type Policy, type Rights } from "../policy/compile.ts";
import { describeHide } from "../policy/hiding.ts";
import {
  hasGuard,
  hasHide,
  presetsOf,
  settingOf,
} from "../policy/preset_needs.ts";

/**
 * Warnings, one sentence each: of every preset that is named without a version
 * and whose guard or what it hides is new since an earlier version; and of
 * every client to which that refuses what it is granted beside.
 */
export function presetWarnings(policy: Policy): string[] {
  const rights = allRights(policy);
  const changes = new Map<Preset, Set<string>>();
  for (const [preset, what] of rights.flatMap(newNeeds)) {
    changes.set(preset, (changes.get(preset) ?? new Set()).add(what));
  }
  return [
    ...[...changes].map(([{ name, version }, whats]) =>
      `preset ${name} is version ${version} now and ${
        [...whats].join(", and ")
      }: write ${name}@${version} to have it so without this line, or the other version`
    ),
    ...rights.flatMap(leftOutBeside),
  ];
}

/** What the presets of a client have become, where it is in effect. */
function newNeeds(
  { grants, guard, hide }: Rights,
): (readonly [Preset, string])[] {
  // One with a version was chosen.
  const bare = grants.allow.filter((rule) =>
    rule.kind === "operations" && rule.preset?.name === rule.text
  );
  return presetsOf(bare).flatMap((preset) => [
    ...grants.guard !== null || guard === null ? [] : change(
      preset,
      hasGuard,
      `holds requests to ${guardWords(preset)}`,
    ),
    ...grants.hide !== null || hide === null
      ? []
      : change(preset, hasHide, `hides ${hideWords(preset)} in answers`),
  ]);
}

/** What a preset does that an earlier version did not; empty for nothing. */
function change(
  preset: Preset,
  does: (preset: Preset) => boolean,
  what: string,
): (readonly [Preset, string])[] {
  const without = preset.earlier.findLast((one) => !does(one));
  return !does(preset) || without === undefined
    ? []
    : [[preset, `${what} (${preset.name}@${without.version} does not)`]];
}

/** A preset's guard in words; empty for none. */
export function guardWords(preset: Preset): string {
  if (!hasGuard(preset)) return "";
  const [level, ...flags] = preset.guard.split(" ");
  return `the guard '${level}'${
    flags.length === 0
      ? ""
      : ` with ${flags.map((flag) => `${flag}: allow`).join(", ")}`
  }`;
}

/** What a preset hides in words; empty for nothing. */
export function hideWords(preset: Preset): string {
  if (!hasHide(preset)) return "";
  const parts = preset.hide.split(" ");
  const except = parts.find((part) => part.startsWith("except="));
  return parts.filter((part) => part !== except).map((word) =>
    word === "env" && except !== undefined
      ? `env but for ${except.slice("except=".length).replaceAll(",", " ")}`
      : word
  ).join(", ");
}

/** What is granted beside presets, and left out since they hide what it shows. */
function leftOutBeside({ client, grants, hide, hiding }: Rights): string[] {
  if (grants.hide !== null || hide === null || hiding.leftOut.size === 0) {
    return [];
  }
  return [
    `${client ?? "default"} is not granted ${
      [...hiding.leftOut].map(([name, { by }]) => `${name} (${by})`).join(", ")
    }, since ${
      settingOf(presetsOf(grants.allow).filter(hasHide))
    } would hide what it shows (${
      describeHide(hide)
    }): name it in allow, or write hide: none (--hide none)`,
  ];
}

/**
 * What is hidden from a client in readable lines.
 *
 * @module
 */

import { allRights, type Policy, type Rights } from "../policy/compile.ts";
import { describeHide } from "../policy/hiding.ts";
import {
  hasHide,
  needsAllShown,
  presetsOf,
  settingOf,
} from "../policy/preset_needs.ts";

/** What is hidden, and which operations that leaves out; empty where nothing is. */
export function hideLines({ grants, hide, hiding }: Rights): string[] {
  const presets = grants.hide === null ? presetsOf(grants.allow) : [];
  const hidden = presets.filter(hasHide);
  if (hide === null) {
    return hidden.length === 0 ? [] : [
      `nothing is hidden in answers, as ${settingOf(hidden)} would: ${
        settingOf(presets.filter(needsAllShown))
      } beside`,
    ];
  }
  return [
    `hidden in answers: ${describeHide(hide)}${
      hidden.length === 0 ? "" : ` (${settingOf(hidden)})`
    }`,
    ...[...hiding.ofPresets].map(([name, words]) =>
      `${name} may show it all the same (${words.join(", ")})`
    ),
    ...[...hiding.leftOut].map(([name, { by, why }]) =>
      `${by}: ${name} is left out: ${why}`
    ),
  ];
}

/** Warns of operations that are named and show what is hidden, for `check` and the start. */
export function hideWarnings(policy: Policy): string[] {
  return allRights(policy).flatMap(({ client, hiding }) => {
    if (hiding.named.size === 0) return [];
    const named = [...hiding.named].map(([name, words]) =>
      `${name} (${words.join(", ")})`
    );
    return [
      `${
        client ?? "default"
      } has hide, and is granted by name what may show what is hidden: ${
        named.join(", ")
      }; remove it from allow if that is not intended`,
    ];
  });
}

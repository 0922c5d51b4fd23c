/**
 * What `presets` says, as data: its text and its JSON are made of this.
 *
 * @module
 */

import {
  type AccessClass,
  type Operation,
  OPERATIONS,
} from "../docker/operations.ts";
import {
  allPresets,
  findPreset,
  type Preset,
  versionsOf,
} from "../docker/presets.ts";
import { presetReason } from "../docker/preset_reasons.ts";
import { hasGuard, hasHide } from "../policy/preset_needs.ts";
import { nearestSwitches } from "./nearest_switches.ts";
import { guardWords, hideWords } from "./preset_lines.ts";

/** One version of a preset. */
export interface PresetReport {
  readonly name: string;
  readonly version: number;
  readonly title: string;
  readonly source: string;
  /** What it leaves out on purpose; empty if nothing. */
  readonly note: string;
  /** What its requests keep to and its answers hide, in words; empty in a version that says nothing of it. */
  readonly guard: string;
  readonly hide: string;
  readonly why: string;
  /** Such as `traefik@1`. */
  readonly other_versions: readonly string[];
  readonly operations: readonly {
    readonly name: string;
    readonly access: AccessClass;
  }[];
}

/** The nearest switches of docker-socket-proxy. */
export interface SwitchesReport {
  /** Such as `CONTAINERS=1`. */
  readonly settings: readonly string[];
  /** Names of operations that no switch grants. */
  readonly ungoverned: readonly string[];
  /** What the switches would grant beside. */
  readonly beyond: readonly {
    readonly name: string;
    readonly section: string | null;
    readonly access: AccessClass;
  }[];
}

/** What `presets` says. */
export interface PresetsReport {
  readonly format: "presets/1";
  readonly presets: readonly PresetReport[];
  /** Of the presets that are named; null where all are listed. */
  readonly switches: SwitchesReport | null;
}

/** Gathers what is said of presets. */
export function presetsReport(
  presets: readonly Preset[],
  named: boolean,
): PresetsReport {
  return {
    format: "presets/1",
    presets: presets.map(presetReport),
    switches: named
      ? switchesReport(presets.flatMap(({ operations }) => operations))
      : null,
  };
}

/**
 * The nearest switches of docker-socket-proxy, and what else they would grant.
 *
 * @param names Names of operations.
 */
export function switchesReport(names: readonly string[]): SwitchesReport {
  const { settings, beyond, ungoverned } = nearestSwitches(names);
  return {
    settings,
    ungoverned: ungoverned.map(({ name }) => name),
    beyond: beyond.map(({ name, section, access }) => ({
      name,
      section,
      access,
    })),
  };
}

/** The operations of a preset in the order of the table. */
export function operationsOf(preset: Preset): Operation[] {
  const names = new Set(preset.operations);
  return OPERATIONS.filter(({ name }) => names.has(name));
}

function presetReport(preset: Preset): PresetReport {
  const { name, version, title, source, note } = preset;
  return {
    name,
    version,
    title,
    source,
    note,
    ...needs(preset),
    other_versions: versionsOf(name, allPresets())
      .filter((one) => one !== preset)
      .map((one) => `${name}@${one.version}`),
    operations: operationsOf(preset).map(({ name, access }) => ({
      name,
      access,
    })),
  };
}

/** What a preset needs of bodies and answers. */
function needs(
  preset: Preset,
): Pick<PresetReport, "guard" | "hide" | "why"> {
  const { name, guard, hide } = preset;
  if (guard === "") return { guard: "", hide: "", why: "" };
  return {
    guard: hasGuard(preset)
      ? `requests keep to ${guardWords(preset)}`
      : guard === "-"
      ? "there is nothing to judge"
      : "none",
    hide: hasHide(preset)
      ? hideWords(preset)
      : hide === "-"
      ? "there is nothing to hide"
      : "none",
    why: findPreset(name) === preset ? presetReason(name) : "",
  };
}

/**
 * `sockwarden presets [NAME]`: shows the presets, and what the switches of
 * docker-socket-proxy would grant instead.
 *
 * @module
 */

import { readFlags } from "../config/flags.ts";
import { nearest, slips } from "../config/nearest.ts";
import { ACCESS_CLASSES, type AccessClass } from "../docker/operations.ts";
import { findPreset, type Preset, presetNames } from "../docker/presets.ts";
import { printStderr, printStdout } from "../host.ts";
import { columns } from "./columns.ts";
import { printProblems } from "./configure.ts";
import { jsonText } from "./json_text.ts";
import { ownArguments } from "./own_flags.ts";
import {
  type PresetReport,
  type PresetsReport,
  presetsReport,
  type SwitchesReport,
  switchesReport,
} from "./presets_report.ts";

const MOST_SEVERE_FIRST: readonly AccessClass[] = [...ACCESS_CLASSES].reverse();

/**
 * Prints all presets as a table, or those that are named; with `--json` as JSON.
 *
 * @param argv Names with commas or spaces between them, each with an optional
 * version: `traefik`, `traefik@1`.
 * @returns The exit code: 0, or 2 if a name or a flag is unknown.
 */
export function presets(argv: readonly string[]): number {
  const { words, values, problems } = readFlags(argv, ownArguments("presets"));
  if (problems.length > 0) {
    printProblems(problems);
    return 2;
  }
  const names = words.flatMap((text) => text.split(/[\s,]+/))
    .filter((name) => name !== "");
  const found = find(names.length === 0 ? presetNames() : names);
  if (found === null) return 2;
  const report = presetsReport(found, names.length > 0);
  printStdout(values.has("json") ? jsonText(report) : presetsText(report));
  return 0;
}

/** The presets of these names, each once; null where one is unknown, which is printed. */
function find(names: readonly string[]): Preset[] | null {
  const found: Preset[] = [];
  const problems: string[] = [];
  for (const name of names) {
    const preset = findPreset(name);
    if ("problem" in preset) {
      const near = nearestName(name);
      problems.push(
        `sockwarden: '${name}': ${preset.problem}${
          near === null ? "" : `; did you mean ${near}?`
        }\n`,
      );
    } else if (!found.includes(preset)) found.push(preset);
  }
  if (problems.length === 0) return found;
  printStderr(problems.join(""));
  return null;
}

/**
 * Operations by section and class, for a list that is read by people.
 *
 * @returns A row for each, such as
 * `["CONTAINERS", "write", "container.create, container.prune"]`: sections in
 * the order of the operations, the most severe class of each first.
 */
export function bySectionAndClass(
  operations: SwitchesReport["beyond"],
): (readonly [section: string, access: AccessClass, names: string])[] {
  const sections = new Set(operations.map(({ section }) => section));
  return [...sections].flatMap((section) =>
    MOST_SEVERE_FIRST.flatMap((access) => {
      const names = operations.filter((operation) =>
        operation.section === section && operation.access === access
      ).map(({ name }) => name);
      return names.length === 0
        ? []
        : [[section ?? "", access, names.join(", ")] as const];
    })
  );
}

/** The nearest name of a preset where it was the name that is wrong, not the version. */
function nearestName(text: string): string | null {
  const name = text.split("@")[0]!;
  return presetNames().includes(name)
    ? null
    : nearest(name, presetNames(), slips(name));
}

function presetsText({ presets, switches }: PresetsReport): string {
  return switches === null
    ? columns([
      ["NAME", "OPERATIONS", "TITLE"],
      ...presets.map(({ name, operations, title }) => [
        name,
        String(operations.length),
        title,
      ]),
    ]) + "\nsockwarden presets NAME shows what a preset grants.\n"
    : presets.map(describe).join("\n") + "\n" + textOf(switches);
}

function describe(preset: PresetReport): string {
  const { name, version, title, other_versions } = preset;
  const lines = ([
    ["source: ", preset.source],
    ["note:   ", preset.note],
    ["guard:  ", preset.guard],
    ["hide:   ", preset.hide],
    ["why:    ", preset.why],
    ["other versions: ", other_versions.join(", ")],
  ] as const).filter(([, text]) => text !== "")
    .map(([title, text]) => `${title}${text}\n`);
  return `${name}@${version}: ${title}\n${lines.join("")}\n` +
    columns([
      ["OPERATION", "CLASS"],
      ...preset.operations.map(({ name, access }) => [name, access]),
    ]);
}

/**
 * The nearest switches of docker-socket-proxy, and what else they would grant.
 *
 * @param names Names of operations.
 */
export function switchesText(names: readonly string[]): string {
  return textOf(switchesReport(names));
}

function textOf({ settings, beyond, ungoverned }: SwitchesReport): string {
  const count = beyond.length === 1
    ? "one more operation"
    : `${beyond.length} more operations`;
  return `Nearest switches of docker-socket-proxy: ${settings.join(" ")}\n` +
    (ungoverned.length === 0
      ? ""
      : `No switch grants: ${ungoverned.join(", ")}\n`) +
    (beyond.length === 0
      ? "They would grant nothing else.\n"
      : `They would grant ${count}:\n` +
        columns(
          bySectionAndClass(beyond).map(([section, access, list]) => [
            `  ${section}`,
            access,
            list,
          ]),
        ));
}

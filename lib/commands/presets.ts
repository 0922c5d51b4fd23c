/**
 * `sockwarden presets [NAME]`: shows the presets, and what the switches of
 * docker-socket-proxy would grant instead.
 *
 * @module
 */

import { nearest, slips } from "../config/nearest.ts";
import {
  ACCESS_CLASSES,
  type AccessClass,
  type Operation,
  OPERATIONS,
} from "../docker/operations.ts";
import {
  allPresets,
  findPreset,
  type Preset,
  presetNames,
  versionsOf,
} from "../docker/presets.ts";
import { presetReason } from "../docker/preset_reasons.ts";
import { printStderr, printStdout } from "../host.ts";
import { hasGuard, hasHide } from "../policy/preset_needs.ts";
import { columns } from "./columns.ts";
import { nearestSwitches } from "./nearest_switches.ts";
import { guardWords, hideWords } from "./preset_lines.ts";

const MOST_SEVERE_FIRST: readonly AccessClass[] = [...ACCESS_CLASSES].reverse();

/**
 * Prints all presets as a table, or those that are named.
 *
 * @param argv Names with commas or spaces between them, each with an optional
 * version: `traefik`, `traefik@1`.
 * @returns The exit code: 0, or 2 if a name is unknown.
 */
export function presets(argv: readonly string[]): number {
  const names = argv.flatMap((text) => text.split(/[\s,]+/))
    .filter((name) => name !== "");
  if (names.length === 0) {
    printStdout(listAll());
    return 0;
  }
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
  if (problems.length > 0) {
    printStderr(problems.join(""));
    return 2;
  }
  printStdout(
    found.map(describe).join("\n") + "\n" +
      switchesText(found.flatMap(({ operations }) => operations)),
  );
  return 0;
}

/**
 * Operations by section and class, for a list that is read by people.
 *
 * @returns A row for each, such as
 * `["CONTAINERS", "write", "container.create, container.prune"]`: sections in
 * the order of the operations, the most severe class of each first.
 */
export function bySectionAndClass(
  operations: readonly Operation[],
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

/** The operations of a preset in the order of the table. */
export function operationsOf(preset: Preset): Operation[] {
  const names = new Set(preset.operations);
  return OPERATIONS.filter(({ name }) => names.has(name));
}

/** The nearest name of a preset where it was the name that is wrong, not the version. */
function nearestName(text: string): string | null {
  const name = text.split("@")[0]!;
  return presetNames().includes(name)
    ? null
    : nearest(name, presetNames(), slips(name));
}

function listAll(): string {
  return columns([
    ["NAME", "OPERATIONS", "TITLE"],
    ...presetNames().map((name) => {
      const preset = findPreset(name) as Preset;
      return [name, String(preset.operations.length), preset.title];
    }),
  ]) + "\nsockwarden presets NAME shows what a preset grants.\n";
}

/** What a preset needs of bodies and answers, a line each; empty for a version that says nothing of it. */
function needs(preset: Preset): string {
  const { name, guard, hide } = preset;
  if (guard === "") return "";
  const reason = findPreset(name) === preset ? presetReason(name) : "";
  return `guard:  ${
    hasGuard(preset)
      ? `requests keep to ${guardWords(preset)}`
      : guard === "-"
      ? "there is nothing to judge"
      : "none"
  }\n` +
    `hide:   ${
      hasHide(preset)
        ? hideWords(preset)
        : hide === "-"
        ? "there is nothing to hide"
        : "none"
    }\n` +
    (reason === "" ? "" : `why:    ${reason}\n`);
}

function describe(preset: Preset): string {
  const { name, version, title, source, note } = preset;
  const others = versionsOf(name, allPresets()).filter((one) => one !== preset)
    .map((one) => `${name}@${one.version}`);
  return `${name}@${version}: ${title}\n` +
    `source: ${source}\n` +
    (note === "" ? "" : `note:   ${note}\n`) +
    needs(preset) +
    (others.length === 0 ? "" : `other versions: ${others.join(", ")}\n`) +
    "\n" +
    columns([
      ["OPERATION", "CLASS"],
      ...operationsOf(preset).map(({ name, access }) => [name, access]),
    ]);
}

/**
 * The nearest switches of docker-socket-proxy, and what else they would grant.
 *
 * @param names Names of operations.
 */
export function switchesText(names: readonly string[]): string {
  const { settings, beyond, ungoverned } = nearestSwitches(names);
  const count = beyond.length === 1
    ? "one more operation"
    : `${beyond.length} more operations`;
  return `Nearest switches of docker-socket-proxy: ${settings.join(" ")}\n` +
    (ungoverned.length === 0
      ? ""
      : `No switch grants: ${
        ungoverned.map(({ name }) => name).join(", ")
      }\n`) +
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

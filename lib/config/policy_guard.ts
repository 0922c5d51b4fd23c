/**
 * Reads the guard of a client of the policy file.
 *
 * @module
 */

import {
  KNOB_ROWS,
  type KnobRow,
  type Level,
  LEVELS,
  VERDICTS,
} from "../guard/knobs.ts";
import { type GuardRules, type KnobSetting, knobsOf } from "../guard/rules.ts";
import type { Entry, Node } from "./document.ts";
import { nearest, slips } from "./nearest.ts";
import type { Key } from "./policy_format.ts";
import {
  isNothing,
  type PlacedText,
  type PolicyReading,
  readKeys,
  readTexts,
  report,
} from "./policy_shape.ts";

/** The keys of a guard that is a mapping. */
export const GUARD_KEYS: readonly Key[] = [
  {
    key: "level",
    help:
      "standard (nothing reaches the host or its root) or strict; standard unless given.",
  },
  {
    key: "fields",
    help:
      "Fields that this release does not know, and that are allowed: HostConfig.Umask.",
  },
  ...[...KNOB_ROWS.values()].map(({ name, help }) => ({ key: name, help })),
];

const LEVEL = `expected ${LEVELS.join(", ")}`;

/**
 * Reads a guard; problems are reported.
 *
 * @param where Its own key, for messages.
 */
export function readGuard(
  reading: PolicyReading,
  { value }: Entry,
  where: string,
): GuardRules | "none" {
  const setting = reading.document.place(value.offset);
  if (value.kind === "scalar" && typeof value.value === "string") {
    const level = readLevel(reading, {
      text: value.value,
      offset: value.offset,
    }, where);
    return level === "none" ? level : guardOf(setting, level);
  }
  const keys = readKeys(
    reading,
    value,
    where,
    GUARD_KEYS,
    "{ level: standard, binds: [/srv/data] }",
  );
  let level: Level = "standard";
  const entry = keys.get("level");
  if (entry !== undefined) {
    const at = `${where}.level`;
    const [text] = readTexts(
      reading,
      entry.value,
      at,
      "the name of a level",
      false,
    );
    if (text !== undefined) level = readLevel(reading, text, at);
  }
  const own = new Map<string, KnobSetting>();
  for (const [name, row] of KNOB_ROWS) {
    const one = keys.get(name);
    if (one === undefined) continue;
    own.set(name, readKnob(reading, row, one.value, `${where}.${name}`));
  }
  const fields = keys.get("fields");
  const names = fields === undefined
    ? []
    : readTexts(reading, fields.value, `${where}.fields`, FIELD, true);
  if (level === "none") {
    report(
      reading,
      value.offset,
      where,
      "the level none guards nothing: remove the other keys, or choose standard or strict",
    );
    return level;
  }
  return guardOf(setting, level, own, names.map(({ text }) => text));
}

const FIELD =
  "the place of a field, such as HostConfig.Umask, or a list of them";

/** A guard of a level, with what is set beside it. */
export function guardOf(
  setting: string,
  level: GuardRules["level"],
  own: ReadonlyMap<string, KnobSetting> = new Map(),
  fields: readonly string[] = [],
): GuardRules {
  return {
    setting,
    level,
    knobs: knobsOf(level, own),
    own: new Set(own.keys()),
    fields: new Set(fields),
  };
}

function readLevel(
  reading: PolicyReading,
  { text, offset }: PlacedText,
  where: string,
): Level {
  const level = LEVELS.find((one) => one === text);
  if (level !== undefined) return level;
  const near = nearest(text, LEVELS, slips(text));
  report(
    reading,
    offset,
    where,
    `unknown level '${text}': ${LEVEL}${
      near === null ? "" : `; did you mean ${near}?`
    }`,
  );
  return "strict";
}

/** Reads what a knob is set to. What has a problem denies: it is reported, so that nothing is served. */
function readKnob(
  reading: PolicyReading,
  row: KnobRow,
  node: Node,
  where: string,
): KnobSetting {
  const problem = (offset: number, found: string): KnobSetting => {
    report(
      reading,
      offset,
      where,
      `found ${found}: expected ${expectedOf(row)}`,
    );
    return { verdict: "deny", list: [] };
  };
  if (isNothing(node)) return problem(node.offset, "nothing");
  if (node.kind === "scalar") {
    const text = String(node.value);
    return knobOfText(row, text) ?? problem(node.offset, `'${text}'`);
  }
  if (row.kind === "flag" || row.kind === "limit") {
    return problem(node.offset, "a list or a mapping");
  }
  const texts = readTexts(reading, node, where, expectedOf(row), true);
  for (const { text, offset } of texts) {
    const wrong = problemOf(row, text);
    if (wrong !== null) report(reading, offset, where, `'${text}': ${wrong}`);
  }
  if (row.name === "labels-added") findRepeated(reading, texts, where);
  return {
    verdict: row.kind === "words" ? "allow" : "deny",
    list: texts.map(({ text }) => text),
  };
}

/** Reports a label that is added twice: one of the values would be refused. */
function findRepeated(
  reading: PolicyReading,
  texts: readonly PlacedText[],
  where: string,
): void {
  const keys = texts.map(({ text }) => text.split("=", 1)[0]!);
  for (const [i, { text, offset }] of texts.entries()) {
    if (keys.indexOf(keys[i]!) === i) continue;
    const problem = `the label '${keys[i]}' is there before; give it once`;
    report(reading, offset, where, `'${text}': ${problem}`);
  }
}

/** What one text sets a knob to; null where it is no value of that knob. */
function knobOfText(row: KnobRow, text: string): KnobSetting | null {
  const verdict = VERDICTS.find((one) => one === text);
  switch (row.kind) {
    case "flag":
      return verdict === undefined ? null : { verdict, list: [] };
    case "list":
      if (verdict !== undefined) return { verdict, list: [] };
      return problemOf(row, text) === null
        ? { verdict: "deny", list: [text] }
        : null;
    case "words":
      return problemOf(row, text) === null
        ? { verdict: "allow", list: [text] }
        : null;
    case "limit":
      if (text === "allow") return { verdict: "allow", list: [] };
      return LIMIT.test(text) ? { verdict: "deny", list: [text] } : null;
  }
}

/** A ceiling: a number, with a unit of bytes where it is one of memory. */
const LIMIT = /^[0-9]{1,15}(?:\.[0-9]{1,9})?[bkmgt]?$/i;

/** The words that some knobs take; others take any text. */
const WORDS: ReadonlyMap<string, readonly string[]> = new Map([
  ["namespaces", ["pid", "ipc", "uts", "user", "cgroup", "net"]],
  ["require", [
    "memory",
    "cpus",
    "pids",
    "user",
    "read-only",
    "no-new-privileges",
    "drop-all",
  ]],
  ["restart", ["no", "on-failure", "always", "unless-stopped"]],
]);

/** The form of the entries of some knobs. */
const FORMS: ReadonlyMap<string, readonly [RegExp, string]> = new Map([
  ["binds", [
    /^\/(?!.*(?:\/\/|\/\.{1,2}(?:\/|:|$)))[^:*]*(?:\/\*\*)?(?::ro)?$/,
    "expected an absolute path of the host without . and .., with /** for what is below it, and :ro for read-only",
  ]],
  ["labels-added", [
    // deno-lint-ignore no-control-regex -- it refuses control characters
    /^[^\s=\0-\x1f\x7f-\x9f\ud800-\udfff]+=[^\0-\x1f\x7f-\x9f\ud800-\udfff]*$/u,
    "expected KEY=VALUE without control characters, and without spaces in KEY",
  ]],
]);

/** Why a text is no entry of a knob; null where it is one. */
export function problemOf(
  { name }: Pick<KnobRow, "name">,
  text: string,
): string | null {
  const words = WORDS.get(name);
  if (words !== undefined && !words.includes(text)) {
    return `expected ${words.join(", ")}`;
  }
  const form = FORMS.get(name);
  if (form !== undefined && !form[0].test(text)) return form[1];
  return text.trim() === "" ? "expected a text that is not empty" : null;
}

function expectedOf(row: KnobRow): string {
  switch (row.kind) {
    case "flag":
      return "deny, allow or warn";
    case "list":
      return "deny, allow, warn, or a list of what is allowed";
    case "limit":
      return "a number such as 512m or 2, or allow for no ceiling";
    case "words":
      return "a list of texts";
  }
}

/**
 * Reads a list knob from a setting.
 *
 * @returns The setting, or why it is none.
 */
export function readListKnob(
  name: string,
  texts: readonly string[],
): KnobSetting | { readonly problem: string } {
  const row = KNOB_ROWS.get(name)!;
  for (const text of texts) {
    const problem = problemOf(row, text);
    if (problem !== null) return { problem: `'${text}': ${problem}` };
  }
  return { verdict: "deny", list: texts };
}

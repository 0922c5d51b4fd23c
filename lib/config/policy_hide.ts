/**
 * Reads what is hidden from a client of the policy file: `hide`.
 *
 * @module
 */

import {
  presetFields,
  PRESETS_WITH_FIELDS,
} from "../guard/hide/preset_fields.ts";
import { findFieldsProblem } from "../guard/hide/rows.ts";
import {
  type Hide,
  HIDE_NOTHING,
  HIDE_WORDS,
  hidesWord,
  type HideWord,
} from "../guard/hide/words.ts";
import { OPERATION_BY_NAME } from "../docker/operations.ts";
import type { Entry, Node } from "./document.ts";
import { nearest, slips } from "./nearest.ts";
import { nearestOperation } from "./nearest_operation.ts";
import {
  HIDE_KEYS,
  VARIABLE_PATTERN,
  VARIABLE_WORDS,
} from "./policy_format.ts";
import {
  expectMapping,
  isNothing,
  type PolicyReading,
  readKeys,
  readTexts,
  report,
} from "./policy_shape.ts";

const EXAMPLE = "{ env: true, env-except: [VIRTUAL_HOST] }";
const EXPECTED = `expected ${
  HIDE_WORDS.join(", ")
}, a list of them, none, or a mapping such as ${EXAMPLE}`;

/** What hides nothing, whatever presets hide; it stands alone. */
export const HIDE_NONE = "none";

/**
 * Reads what is hidden; problems are reported.
 *
 * @param where Its own key, for messages.
 */
export function readHide(
  reading: PolicyReading,
  { value }: Entry,
  where: string,
): Hide | typeof HIDE_NONE {
  if (value.kind === "scalar" && value.value === HIDE_NONE) return HIDE_NONE;
  if (value.kind === "mapping") return readHideMapping(reading, value, where);
  if (
    isNothing(value) || value.kind === "sequence" && value.items.length === 0
  ) {
    report(reading, value.offset, where, `found nothing: ${EXPECTED}`);
    return HIDE_NOTHING;
  }
  const words = readTexts(reading, value, where, EXPECTED.slice(9), false)
    .flatMap(({ text, offset }) => {
      const word = hideWord(text);
      if (typeof word === "string") return [word];
      report(reading, offset, where, word.problem);
      return [];
    });
  return hideOf(words);
}

/** One of the words; or what is wrong with it. */
export function hideWord(text: string): HideWord | { problem: string } {
  const word = HIDE_WORDS.find((one) => one === text);
  if (word !== undefined) return word;
  const near = nearest(text, HIDE_WORDS, slips(text));
  return {
    problem: `unknown word '${text}': ${EXPECTED}${
      near === null ? "" : `; did you mean ${near}?`
    }`,
  };
}

/** What these words hide. */
export function hideOf(words: readonly HideWord[]): Hide {
  const has = (word: HideWord) => words.includes(word);
  return {
    ...HIDE_NOTHING,
    env: has("env") ? "all" : "none",
    args: has("args"),
    mounts: has("mounts"),
    swarm: has("swarm"),
    addresses: has("addresses"),
  };
}

function readHideMapping(
  reading: PolicyReading,
  node: Node,
  where: string,
): Hide {
  const before = reading.problems.length;
  const keys = readKeys(reading, node, where, HIDE_KEYS, EXAMPLE);
  const flag = (key: HideWord) => readFlag(reading, keys.get(key), where);
  const hide: Hide = {
    env: readEnv(reading, keys.get("env"), where),
    envExcept: readVariables(reading, keys.get("env-except"), where),
    args: flag("args"),
    mounts: flag("mounts"),
    swarm: flag("swarm"),
    addresses: flag("addresses"),
    fields: readFields(reading, keys.get("fields"), where),
  };
  if (reading.problems.length > before) return hide;
  const except = keys.get("env-except");
  if (except !== undefined && !hidesWord(hide, "env")) {
    report(
      reading,
      except.keyOffset,
      `${where}.env-except`,
      "has no effect, since env is not hidden: add env: true, or remove it",
    );
  } else if (
    hide.fields === null && !HIDE_WORDS.some((word) => hidesWord(hide, word))
  ) {
    report(reading, node.offset, where, `hides nothing: ${EXPECTED}`);
  }
  return hide;
}

/** A value that is true or false. What is neither hides: it is reported, so that nothing is served. */
function readFlag(
  reading: PolicyReading,
  entry: Entry | undefined,
  where: string,
): boolean {
  if (entry === undefined) return false;
  const { key, value } = entry;
  if (value.kind === "scalar" && typeof value.value === "boolean") {
    return value.value;
  }
  report(
    reading,
    value.offset,
    `${where}.${key}`,
    `found ${foundIn(value)}: expected true or false`,
  );
  return true;
}

function readEnv(
  reading: PolicyReading,
  entry: Entry | undefined,
  where: string,
): Hide["env"] {
  if (entry === undefined) return "none";
  const { value } = entry;
  if (value.kind === "scalar" && typeof value.value === "boolean") {
    return value.value ? "all" : "none";
  }
  if (value.kind === "scalar" && typeof value.value !== "string") {
    report(
      reading,
      value.offset,
      `${where}.env`,
      `found ${
        foundIn(value)
      }: expected true, or names of variables such as [DB_PASSWORD, "*_TOKEN"]`,
    );
    return "all";
  }
  return readVariables(reading, entry, where);
}

function readVariables(
  reading: PolicyReading,
  entry: Entry | undefined,
  where: string,
): string[] {
  if (entry === undefined) return [];
  const at = `${where}.${entry.key}`;
  return readTexts(reading, entry.value, at, VARIABLE_WORDS, false).flatMap(
    ({ text, offset }) => {
      if (VARIABLE_PATTERN.test(text)) return [text];
      report(reading, offset, at, `'${text}': expected ${VARIABLE_WORDS}`);
      return [];
    },
  );
}

function readFields(
  reading: PolicyReading,
  entry: Entry | undefined,
  where: string,
): Hide["fields"] {
  if (entry === undefined) return null;
  const { value } = entry;
  const at = `${where}.fields`;
  if (value.kind === "scalar" && typeof value.value === "string") {
    return readPresetFields(reading, value.value, value.offset, at);
  }
  const mapping = expectMapping(
    reading,
    value,
    at,
    "a mapping of operations to fields, such as { container.list: [Id, Names, Labels] }, or the name of a preset that has such a list",
  );
  const fields = new Map<string, readonly string[]>();
  for (const one of mapping?.entries ?? []) {
    const paths = readTexts(
      reading,
      one.value,
      `${at}.${one.key}`,
      "the path of a field, or a list of them",
      false,
    );
    const problem = findFieldsProblem(one.key, paths.map(({ text }) => text));
    // What is no text was reported already.
    if (
      problem !== null && (paths.length > 0 || !OPERATION_BY_NAME.has(one.key))
    ) {
      report(
        reading,
        one.keyOffset,
        at,
        `${problem}${
          OPERATION_BY_NAME.has(one.key) ? "" : nearestOperation(one.key)
        }`,
      );
    }
    fields.set(one.key, paths.map(({ text }) => text));
  }
  if (mapping !== null && fields.size === 0) {
    report(
      reading,
      value.offset,
      at,
      "found no operation: expected such as { container.list: [Id, Names, Labels] }",
    );
  }
  return fields;
}

/** The fields that the program of a preset reads. */
function readPresetFields(
  reading: PolicyReading,
  name: string,
  offset: number,
  where: string,
): Hide["fields"] {
  const found = presetFields(name);
  if (found !== null) return found;
  const near = nearest(name, PRESETS_WITH_FIELDS, slips(name));
  report(
    reading,
    offset,
    where,
    `no preset '${name}' has a list of fields: expected ${
      PRESETS_WITH_FIELDS.join(", ")
    }, or a mapping of operations to fields${
      near === null ? "" : `; did you mean ${near}?`
    }`,
  );
  return null;
}

function foundIn(node: Node): string {
  if (node.kind === "mapping") return "a mapping";
  if (node.kind === "sequence") return "a list";
  return node.value === null ? "nothing" : `'${node.value}'`;
}

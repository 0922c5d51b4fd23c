/**
 * Reads what a guard would have to allow for a call, as it was recorded:
 * remedies of the guards' findings. Pure.
 *
 * @module
 */

import { problemOf } from "../config/policy_guard.ts";
import { KNOB_ROWS } from "../guard/knobs.ts";
import { parseJson } from "../host.ts";

/** What a knob would have to allow. */
export interface Need {
  /** A knob, or `fields`. */
  readonly knob: string;
  /** null for all: `allow`. */
  readonly items: readonly string[] | null;
}

/** The knob that says that no guard allows it. */
export const NO_GUARD = "guard";

/** What stands for a value that was too long. */
const UNKNOWN = "?";

/** What a client wrote as a name or a path would cover others as an entry. */
const PATTERN = "*";

/** An item of a list: plain, or a JSON string. */
const ITEM = /\s*(?:([\w./][\w./=@+:-]*)|("(?:[^"\\]|\\.)*"))\s*(,|$)/y;

/**
 * Reads one need.
 *
 * @param text `KNOB: allow`, `KNOB: VALUE` or `KNOB: [VALUE, "VALUE"]`.
 * @returns null where it is none, such as one that was cut, of a knob that this
 * version does not have, or that would be a pattern as an entry.
 */
export function readNeed(text: string): Need | null {
  const [, knob = "", value = ""] = /^([a-z-]+): (.*)$/s.exec(text) ?? [];
  if (knob === NO_GUARD) return { knob, items: null };
  if (!KNOB_ROWS.has(knob) && knob !== "fields") return null;
  if (value === UNKNOWN) return null;
  if (value === "allow") return { knob, items: null };
  const items = value.startsWith("[")
    ? value.endsWith("]") ? readItems(value.slice(1, -1)) : null
    : [value];
  if (items === null) return null;
  // The end of what a finding has cut.
  const isWhole = items.every((item) =>
    !item.endsWith("…") && !item.includes(PATTERN) &&
    problemOf({ name: knob }, item) === null
  );
  return isWhole ? { knob, items } : null;
}

function readItems(text: string): string[] | null {
  const items: string[] = [];
  if (text.trim() === "") return items;
  for (ITEM.lastIndex = 0;;) {
    const [, plain, quoted, end] = ITEM.exec(text) ?? [];
    if (end === undefined) return null;
    const item = plain ?? parseText(quoted!);
    if (item === null) return null;
    items.push(item);
    if (end === "") return items;
  }
}

function parseText(quoted: string): string | null {
  try {
    return parseJson(quoted);
  } catch {
    return null;
  }
}

/**
 * Edits JSON texts in place: the runtime reads the text once, and only what is
 * edited is written. Pure.
 *
 * Where each value stands is counted, not searched for. In a JSON text `":` ends
 * a key, or it is a quote within a string (`\":`), or a string begins with a
 * colon. Where no white space stands before a colon, each key ends in `":`. So
 * if there are as many `":` that are no `\":` as the value that was read has
 * keys, each of them ends a key, and no key stood in an object twice: one would
 * be lost in the value. Then the n-th is that of the n-th member.
 *
 * @module
 */

import { parseJson } from "../../host.ts";
import {
  MAX_DEPTH,
  MAX_KEYS,
  mayHaveHalves,
  valueWriterLike,
} from "../json.ts";
import type { EditedValue } from "./parsed.ts";
import { type Branch, foldKey } from "./tree.ts";

/** What may stand before a colon in place of a quote (RFC 8259, section 2). */
const SPACED = [" :", "\t:", "\n:", "\r:"] as const;

/** What stands in place of a member's value. */
interface MemberEdit {
  /** How many members stand before it in the text. */
  readonly member: number;
  readonly key: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** A value while its members are counted. */
interface Count<Leaf> {
  readonly edit: (value: unknown, leaf: Leaf, path: string) => EditedValue;
  readonly edits: MemberEdit[];
  members: number;
}

/**
 * Edits the values to which paths lead, as `editPaths()` does.
 *
 * @param text Any text.
 * @param tree Its keys are in lower case.
 * @returns null where the text must be looked at piece by piece: it is no JSON
 * object, it may be read in different ways, it cannot be judged, or its form
 * does not show where each value stands.
 */
export function editSpliced<Leaf>(
  text: string,
  tree: Branch<Leaf>,
  edit: Count<Leaf>["edit"],
): string | null {
  if (
    !text.startsWith("{") || mayHaveHalves(text) ||
    SPACED.some((part) => text.includes(part))
  ) return null;
  // This bounds the keys before they are hashed.
  const starts = startsOfValues(text);
  if (starts === null) return null;
  try {
    const count: Count<Leaf> = { edit, edits: [], members: 0 };
    const judged = countIn(count, parseJson(text), tree, 1);
    return judged && count.members === starts.length
      ? splice(text, starts, count.edits)
      : null;
  } catch {
    return null;
  }
}

/** Where a value begins after each `":` that is no `\":`; null where that cannot be told, or they are too many. */
function startsOfValues(text: string): number[] | null {
  const pieces = text.split('":', MAX_KEYS + 2);
  const last = pieces.length - 1;
  if (last > MAX_KEYS) return null;
  const starts: number[] = [];
  let at = 0;
  for (let i = 0; i < last; i++) {
    const piece = pieces[i]!;
    at += piece.length + 2;
    if (!piece.endsWith("\\")) starts.push(at);
    // The backslash may itself be escaped.
    else if (piece.endsWith("\\\\")) return null;
  }
  return starts;
}

/** Counts the members of a value at a level and edits those below a branch; whether it can be judged here. */
function countIn<Leaf>(
  count: Count<Leaf>,
  value: unknown,
  branch: Branch<Leaf>,
  level: number,
): boolean {
  if (value === null) return true;
  const { items } = branch;
  if (typeof value !== "object" || Array.isArray(value) !== (items !== null)) {
    return false;
  }
  if (items !== null) {
    return items.leaf === null &&
      (value as unknown[]).every((entry) =>
        countIn(count, entry, items, level + 1)
      );
  }
  const keys = Object.keys(value);
  // The runtime lists keys that are numbers before all others.
  if (keys.length > 0 && /^\d+$/.test(keys[0]!)) return false;
  for (const key of keys) {
    const inner = (value as Record<string, unknown>)[key];
    const below = branch.keys.get(foldKey(key)) ?? branch.any;
    const member = count.members++;
    if (below !== null && below.leaf === null) {
      if (!countIn(count, inner, below, level + 1)) return false;
      continue;
    }
    if (below !== null) {
      const edited = count.edit(inner, below.leaf!, below.path);
      if (edited !== null) {
        if ("problem" in edited) return false;
        const after = edited.value;
        count.edits.push({ member, key, before: inner, after });
      }
    }
    if (typeof inner === "object" && inner !== null) {
      count.members += membersOf(inner, level + 1);
    }
  }
  return true;
}

/** How many members the objects in a value at a level have; NaN where it is too deep. */
function membersOf(value: object, level: number): number {
  if (level > MAX_DEPTH) return NaN;
  const inner: unknown[] = Object.values(value);
  let members = Array.isArray(value) ? 0 : inner.length;
  for (const one of inner) {
    if (typeof one === "object" && one !== null) {
      members += membersOf(one, level + 1);
    }
  }
  return members;
}

/** Puts the edited values in place; null where a member does not stand where it should. */
function splice(
  text: string,
  starts: readonly number[],
  edits: readonly MemberEdit[],
): string | null {
  const write = valueWriterLike(text);
  const parts: string[] = [];
  let done = 0;
  for (const { member, key, before, after } of edits) {
    const start = starts[member]!;
    const written = write(before);
    if (
      !text.endsWith(`"${key}`, start - 2) || !text.startsWith(written, start)
    ) return null;
    parts.push(text.slice(done, start), write(after));
    done = start + written.length;
  }
  return parts.join("") + text.slice(done);
}

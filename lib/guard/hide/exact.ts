/**
 * Rewrites answers exactly, whatever their form: what every faster way must
 * agree with. Pure.
 *
 * @module
 */

import { parseJson } from "../../host.ts";
import { findProblem } from "../json.ts";
import type { EditedValue } from "./parsed.ts";
import type { HideMark } from "./rows.ts";
import type { Branch } from "./tree.ts";
import {
  editPaths,
  entriesOf,
  keepPaths,
  type Problem,
  startOf,
} from "./walk.ts";

/** The problem of a text that is not JSON: of a list, the entry may end later. */
export const NOT_JSON = "is not valid JSON";

/**
 * Rewrites a text of any form, piece by piece.
 *
 * @param fields The fields that stay; null for all.
 * @param places Where something may be hidden; null for nowhere.
 * @returns The text, or why it cannot be judged.
 */
export function rewriteExactly(
  text: string,
  fields: Branch<true> | null,
  places: Branch<HideMark> | null,
  edit: (value: unknown, mark: HideMark, path: string) => EditedValue,
): string | Problem {
  const problem = findTextProblem(text);
  if (problem !== null) return problem;
  const kept = fields === null ? text : keepPaths(text, fields);
  if (typeof kept !== "string" || places === null) return kept;
  return editPaths(kept, places, (raw, mark, path) => {
    const before: unknown = parseJson(raw);
    const edited = edit(before, mark, path);
    return edited === null || "problem" in edited
      ? edited
      : writeOver(raw, before, edited.value);
  });
}

/**
 * The JSON of a value, in which the entries of a list that stay are as they were
 * written.
 *
 * @param raw The JSON text of `before`.
 */
export function writeOver(
  raw: string,
  before: unknown,
  after: unknown,
): string {
  // What is hidden keeps its type.
  const stays = Array.isArray(before) &&
    before.some((entry, i) => entry === (after as unknown[])[i]);
  const written = stays ? entriesOf(raw) : null;
  if (written === null) return JSON.stringify(after);
  const entries = (after as unknown[]).map((entry, i) =>
    entry === (before as unknown[])[i] ? written[i] : JSON.stringify(entry)
  );
  return `[${entries.join(",")}]`;
}

/** Why a text is not the JSON of one object in which no key is there twice; null where it is. */
export function findTextProblem(text: string): Problem | null {
  try {
    // How long it may be is its reader's matter.
    const problem = findProblem(text, Infinity);
    if (problem !== null) return { problem };
    parseJson(text);
  } catch {
    return { problem: NOT_JSON };
  }
  return text[startOf(text, 0)] === "{"
    ? null
    : { problem: "is no JSON object" };
}

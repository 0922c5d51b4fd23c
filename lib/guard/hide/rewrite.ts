/**
 * What a client sees of an answer under its words and allowlists of fields, as
 * a function from JSON text to JSON text. Pure.
 *
 * @module
 */

import { findProblem } from "../json.ts";
import { rewriteCanonical } from "./canonical.ts";
import { hideValue } from "./marks.ts";
import { type EditedValue, editParsed, keepParsed } from "./parsed.ts";
import { type AnswerKind, type HideMark, hideRows } from "./rows.ts";
import { editSpliced } from "./spliced.ts";
import { hideProcesses, judgesTop } from "./top.ts";
import { addPath, type Branch, emptyTree } from "./tree.ts";
import {
  editPaths,
  entriesOf,
  keepPaths,
  type Problem,
  startOf,
} from "./walk.ts";
import { type Hide, hidesWord, parseFieldPath } from "./words.ts";

/** How the answers of one operation are rewritten for a client. */
export interface AnswerGuard {
  /** What the answer is; `other` where nothing of it is read. */
  readonly kind: AnswerKind;
  /**
   * Rewrites the answer's object, one entry of its list, or one value of its
   * stream; null where nothing is hidden there.
   *
   * @param text Its JSON text: one code unit a byte, or decoded. The result is
   * of the same sort.
   * @returns The text that is shown, or why it cannot be judged; then nothing
   * of it may be shown.
   */
  readonly rewrite: ((text: string) => string | Problem) | null;
  /** Whether the body of an error (status 400 and up) is replaced by {@link HIDDEN_ERROR}. */
  readonly hidesErrors: boolean;
}

/** The problem of a text that is not JSON: of a list, the entry may end later. */
export const NOT_JSON = "is not valid JSON";

/** What stands in place of an error's body, whose message would cite a command, a path or an address. */
export const HIDDEN_ERROR =
  '{"message":"the engine\'s message is hidden; it is in the engine\'s log"}\n';

/**
 * The guard of an operation's answers.
 *
 * @returns null where nothing is hidden: then nothing is parsed. For what
 * cannot be hidden at all ask `cannotHide()`.
 */
export function answerGuard(hide: Hide, operation: string): AnswerGuard | null {
  const row = hideRows().get(operation);
  if (row === undefined) return null;
  const hidesErrors = row.errors.some((word) => hidesWord(hide, word));
  const rewrite = row.kind === "top"
    ? judgesTop(hide) ? rewriteTop : null
    : rewriteBy(
      fieldTree(hide.fields?.get(operation) ?? null),
      hideTree(hide, operation),
      hide,
    );
  if (rewrite === null && !hidesErrors) return null;
  return { kind: rewrite === null ? "other" : row.kind, rewrite, hidesErrors };
}

type Rewrite = (text: string) => string | Problem;

function rewriteTop(text: string): string | Problem {
  return findTextProblem(text) ?? hideProcesses(text);
}

function rewriteBy(
  fields: Branch<true> | null,
  places: Branch<HideMark> | null,
  hide: Hide,
): Rewrite | null {
  if (fields === null && places === null) return null;
  const edit = (value: unknown, mark: HideMark, path: string) =>
    hideValue(value, mark, hide, path);
  return (text) =>
    (fields === null ? editSpliced(text, places!, edit) : null) ??
      rewriteCanonical(
        text,
        (value) =>
          (fields === null ? null : keepParsed(value, fields)) ??
            (places === null ? null : editParsed(value, places, edit)),
      ) ??
      rewriteText(text, fields, places, edit);
}

/** The fields that are shown; null for all of them. */
function fieldTree(paths: readonly string[] | null): Branch<true> | null {
  if (paths === null) return null;
  const tree = emptyTree<true>();
  for (const text of paths) {
    const path = parseFieldPath(text);
    // What cannot be read shows nothing.
    if (path !== null) addPath(tree, path, () => true);
  }
  return tree;
}

/** The places of an answer where something is hidden; null where there are none. */
function hideTree(hide: Hide, operation: string): Branch<HideMark> | null {
  const places = hideRows().get(operation)!.places.filter(({ words }) =>
    words.some((word) => hidesWord(hide, word))
  );
  if (places.length === 0) return null;
  const tree = emptyTree<HideMark>();
  for (const { path, mark } of places) {
    const folded = path.map((step) => step.toLowerCase());
    // The table names the one that leaves least first.
    addPath(tree, folded, (before) => before ?? mark);
  }
  return tree;
}

/** Rewrites a text of any form, piece by piece. */
function rewriteText(
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
    const before: unknown = JSON.parse(raw);
    const edited = edit(before, mark, path);
    return edited === null || "problem" in edited
      ? edited
      : writeOver(raw, before, edited.value);
  });
}

/** The JSON of a value, in which the entries of a list that stay are as they were written. */
function writeOver(raw: string, before: unknown, after: unknown): string {
  const written = entriesOf(raw);
  // What is hidden keeps its type.
  if (written === null) return JSON.stringify(after);
  const entries = (after as unknown[]).map((entry, i) =>
    entry === (before as unknown[])[i] ? written[i] : JSON.stringify(entry)
  );
  return `[${entries.join(",")}]`;
}

/** Why a text is not the JSON of one object in which no key is there twice; null where it is. */
function findTextProblem(text: string): Problem | null {
  try {
    // How long it may be is its reader's matter.
    const problem = findProblem(text, Infinity);
    if (problem !== null) return { problem };
    JSON.parse(text);
  } catch {
    return { problem: NOT_JSON };
  }
  return text[startOf(text, 0)] === "{"
    ? null
    : { problem: "is no JSON object" };
}

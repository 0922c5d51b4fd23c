/**
 * What a client sees of an answer under its words and allowlists of fields, as
 * a function from JSON text to JSON text. Pure.
 *
 * @module
 */

import { rewriteCanonical } from "./canonical.ts";
import { findTextProblem, NOT_JSON, rewriteExactly } from "./exact.ts";
import { hideValue } from "./marks.ts";
import { editParsed, keepParsed } from "./parsed.ts";
import { editPlaced, linesOf } from "./placed.ts";
import { type AnswerKind, type HideMark, hideRows } from "./rows.ts";
import { hideProcesses, judgesTop } from "./top.ts";
import { addPath, type Branch, emptyTree } from "./tree.ts";
import type { Problem } from "./walk.ts";
import { type Hide, hidesWord, parseFieldPath } from "./words.ts";

export { NOT_JSON };

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
  const lines = fields === null ? linesOf(places!) : null;
  return (text) =>
    (lines === null ? null : editPlaced(text, lines, edit)) ??
      rewriteCanonical(
        text,
        (value) =>
          (fields === null ? null : keepParsed(value, fields)) ??
            (places === null ? null : editParsed(value, places, edit)),
      ) ??
      rewriteExactly(text, fields, places, edit);
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

/**
 * Rewrites JSON texts through the runtime's own reader and writer. Pure.
 *
 * @module
 */

import { parseJson } from "../../host.ts";
import {
  isDeeper,
  type JsonValue,
  MAX_KEYS,
  mayHaveHalves,
  writerLike,
} from "../json.ts";
import type { Problem } from "./walk.ts";

/**
 * Rewrites the JSON of an object in the form that the runtime or Go writes:
 * compact, with no key twice, no number of another form, no needless escape.
 * Then what is not edited is written again as it was. Docker's answers have
 * that form, but for large numbers.
 *
 * @param rewrite Changes the parsed value; a clause where it cannot be judged.
 * @returns null for any other text, which may not be JSON, or which
 * `findProblem()` could refuse: it must be looked at.
 */
export function rewriteCanonical(
  text: string,
  rewrite: (value: unknown) => string | null,
): string | Problem | null {
  // Every key has a colon: this bounds them before they are hashed.
  if (
    mayHaveHalves(text) ||
    text.split(":", MAX_KEYS + 2).length > MAX_KEYS + 1
  ) return null;
  try {
    const value: JsonValue = parseJson(text);
    const write = writerLike(text);
    if (!text.startsWith("{") || write(value) !== text || isDeeper(value)) {
      return null;
    }
    const problem = rewrite(value);
    return problem === null ? write(value) : { problem };
  } catch {
    return null;
  }
}

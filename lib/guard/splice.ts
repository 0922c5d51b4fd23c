/**
 * Writes entries into a JSON body without touching the rest of it: numbers stay
 * as they were written.
 *
 * @module
 */

import { decodeUtf8, encodeUtf8, parseJson } from "../host.ts";
import { TOKEN } from "./json.ts";

/** What stands in place of an object. */
const OBJECT = /\s*(?:null|\{)/y;
const EMPTY = /\s*\}/y;

/**
 * Adds entries to an object of a body, as the first ones; makes the object where
 * it is null or absent. Nothing is checked: read the result again.
 *
 * @param bytes A body that `parseStrictJson()` takes, and whose fields have
 * their usual spelling, but for escapes.
 * @param path The fields that lead to the object; none for the body itself. All
 * but the last are there, and are objects.
 * @param entries Keys that the object does not have, with their values; at least
 * one.
 */
export function withEntries(
  bytes: Uint8Array,
  path: readonly string[],
  entries: readonly (readonly [key: string, value: string])[],
): Uint8Array<ArrayBuffer> {
  const text = decodeUtf8(bytes);
  const added = entries.map((one) => one.map((text) => JSON.stringify(text)))
    .map(([key, value]) => `${key}:${value}`).join();
  /** Writes at the start of the object that was opened before that place. */
  const into = (start: number, more: string) =>
    encodeUtf8(
      text.slice(0, start) + more + (at(EMPTY, text, start) ? "" : ",") +
        text.slice(start),
    );
  let depth = 0;
  /** How many objects of the way are open, and where the innermost begins. */
  let level = 0;
  let start = 0;
  let isNext = true;
  for (const { 0: token, 2: colon, index } of text.matchAll(TOKEN)) {
    const end = index + token.length;
    if (!token.startsWith('"')) {
      if (token === "}" || token === "]") {
        if (depth === level) break;
        depth--;
        continue;
      }
      depth++;
      if (!isNext) continue;
      [level, start, isNext] = [level + 1, end, false];
      if (path.length === 0) return into(end, added);
    } else if (
      colon !== undefined && depth === level &&
      parseJson(token.slice(0, -colon.length)) === path[level - 1]
    ) {
      isNext = level < path.length;
      if (isNext) continue;
      const object = at(OBJECT, text, end) ?? "";
      const after = end + object.length;
      if (object.endsWith("{")) return into(after, added);
      return encodeUtf8(
        `${text.slice(0, end)}{${added}}${text.slice(after)}`,
      );
    }
  }
  return into(start, `${JSON.stringify(path.at(-1))}:{${added}}`);
}

/** What an expression with the flag `y` matches at a place; null where it does not. */
function at(pattern: RegExp, text: string, index: number): string | null {
  pattern.lastIndex = index;
  return pattern.exec(text)?.[0] ?? null;
}

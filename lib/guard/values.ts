/**
 * Writes other values into a JSON object without touching the rest of it:
 * numbers stay as they were written. Pure.
 *
 * @module
 */

import { parseJson } from "../host.ts";
import { TOKEN } from "./json.ts";

/** The start of a value that is no string, object or list. */
const LITERAL = /[^\s",{}[\]]+/y;
const SPACE = /\s*/y;

/**
 * Replaces values of an object by their keys; keys that it does not have are
 * not added.
 *
 * @param text The JSON text of one object.
 * @param values JSON texts by the keys of that object.
 */
export function withValues(
  text: string,
  values: ReadonlyMap<string, string>,
): string {
  const parts: string[] = [];
  let done = 0;
  let depth = 0;
  /** The key whose value comes next or is open. */
  let key: string | null = null;
  let from = 0;
  const replace = (end: number) => {
    parts.push(text.slice(done, from), values.get(key!)!);
    done = end;
    key = null;
  };
  for (const { 0: token, 2: colon, index } of text.matchAll(TOKEN)) {
    const end = index + token.length;
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") {
      depth--;
      if (depth === 1 && key !== null) replace(end);
    } else if (depth === 1 && key !== null) replace(end);
    else if (depth === 1 && colon !== undefined) {
      const name: string = parseJson(token.slice(0, -colon.length));
      if (!values.has(name)) continue;
      key = name;
      from = end + lengthAt(SPACE, text, end);
      const literal = lengthAt(LITERAL, text, from);
      if (literal > 0) replace(from + literal);
    }
  }
  return parts.join("") + text.slice(done);
}

/** How many characters an expression with the flag `y` matches at a place. */
function lengthAt(pattern: RegExp, text: string, index: number): number {
  pattern.lastIndex = index;
  return pattern.exec(text)?.[0].length ?? 0;
}

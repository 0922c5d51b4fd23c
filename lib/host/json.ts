/**
 * What the runtime reads and finds in JSON texts.
 *
 * @module
 */

import { lean } from "./lean.ts";
import { findPlaces } from "./places.ts";

/**
 * Finds the values of a JSON object to which paths lead, without reading the
 * others.
 *
 * It gives for each value the number of its path, where it begins and where it
 * ends; null where the text is no JSON of one object, where a value of another
 * type than null stands on a path, and for what must be looked at more closely:
 * a key that may be there twice in an object or has an escape, one on a path
 * that is not ASCII, escapes of surrogate pairs, characters above U+00FF, more
 * levels or keys than `lib/guard/json.ts` allows.
 *
 * The paths stand one a line: keys in lower case (they fit in any) with dots
 * between them, `*` for every other key, `[]` for every entry of a list.
 */
export const placesIn: (
  text: string,
  paths: string,
) => readonly number[] | null = lean?.placesIn ?? findPlaces;

/** A string, with the colon after it if there is one; or a brace. */
const STRING_OR_BRACE = /("[^"\\]*(?:\\[^][^"\\]*)*")(\s*:)?|[{}]/g;

/**
 * The value of a JSON text (RFC 8259), with the keys that are written there.
 *
 * V8 (seen in 15.0) takes a key with an escape for a key of an object before it
 * that is as long, where the characters as written begin with that one: after
 * `{"a":1,"\\u0":1}` the key of `{"a":1,"\u0045nv":1}` is `\u0` in place of
 * `Env`. The two may stand in texts of different origin. What is read so has a
 * backslash, and strings that are no keys are read as they are.
 *
 * @returns As `JSON.parse()`: of a key that is there twice the last value.
 * @throws SyntaxError where it is not JSON; an error of the runtime's where it
 * is nested deeper than its stack.
 */
export function parseJson(text: string): ReturnType<typeof JSON.parse> {
  const value: unknown = JSON.parse(text);
  return text.includes("\\") && hasBackslash(value)
    ? withKeys(JSON.parse(text.replace(STRING_OR_BRACE, asList)))
    : value;
}

/** Whether a key in a value has a backslash. */
function hasBackslash(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) {
    // Most are strings.
    return value.some((one) => typeof one === "object" && hasBackslash(one));
  }
  for (const key of Object.keys(value)) {
    if (key.includes("\\")) return true;
    if (hasBackslash((value as Record<string, unknown>)[key])) return true;
  }
  return false;
}

/** Writes `{"a":1}` as `{"":["a",1]}`: then no key has an escape. */
function asList(token: string, quoted?: string, colon?: string): string {
  if (quoted === undefined) return token === "{" ? '{"":[' : "]}";
  return colon === undefined ? token : `${quoted},`;
}

/** The value of which {@link asList} has written the objects. */
function withKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withKeys);
  const list = (value as Record<string, unknown[]>)[""]!;
  const members: [string, unknown][] = [];
  for (let i = 0; i < list.length; i += 2) {
    members.push([list[i] as string, withKeys(list[i + 1])]);
  }
  return Object.fromEntries(members);
}

/**
 * What the runtime finds in JSON texts.
 *
 * @module
 */

import { lean } from "./lean.ts";

/**
 * Finds the values of a JSON object to which paths lead, without reading the
 * others; null on a runtime that cannot.
 *
 * It gives for each value the number of its path, where it begins and where it
 * ends; null where the text is no JSON of one object, where a value of another
 * type than null stands on a path, and for what must be looked at more closely:
 * a key that is there twice in an object or has an escape, escapes of surrogate
 * pairs, characters above U+00FF, more levels or keys than `lib/guard/json.ts`
 * allows.
 *
 * The paths stand one a line: keys in lower case (they fit in any) with dots
 * between them, `*` for every other key, `[]` for every entry of a list.
 */
export const placesIn:
  | ((text: string, paths: string) => readonly number[] | null)
  | null = lean?.placesIn ?? null;

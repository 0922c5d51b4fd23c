/**
 * JSON bodies as the engine reads them, and only those that every reader takes
 * in the same way.
 *
 * The engine merges what is given twice, takes field names in any case (and
 * `ſ` for `s`, the Kelvin sign for `k`), and stops at the end of the first
 * value. What rests on any of that is refused (docs/engine-api/bodies.md, "JSON
 * decoding").
 *
 * @module
 */

import { decodeLatin1, decodeUtf8, encodeUtf8 } from "../host.ts";

/** A value of JSON (RFC 8259); its objects have no prototype. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | JsonObject;

/** An object of JSON; `__proto__` is a key like others. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Objects and lists within each other; what clients send has less than ten. */
export const MAX_DEPTH = 64;

/** A string, with the colon after it where it is a key; or a bracket. */
const TOKEN = /("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}[\]]/g;
/** Half of a surrogate pair, alone. */
const LONE_SURROGATE = /[\ud800-\udfff]/u;

/**
 * Parses a body that can be read in one way only: UTF-8 without a byte order
 * mark, one value, no key twice in an object, at most {@link MAX_DEPTH} levels
 * deep, no half of a surrogate pair.
 *
 * @param bytes The whole body.
 * @returns The value, or why it is refused.
 */
export function parseStrictJson(
  bytes: Uint8Array,
): { value: JsonValue } | { problem: string } {
  const text = decodeUtf8(bytes);
  if (text.startsWith("\ufeff")) {
    return { problem: "the body begins with a byte order mark: leave it out" };
  }
  // Where invalid bytes were replaced, the way back leads elsewhere.
  if (
    text.includes("\ufffd") &&
    decodeLatin1(encodeUtf8(text)) !== decodeLatin1(bytes)
  ) {
    return { problem: "the body is not valid UTF-8" };
  }
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: "the body is not JSON, one value and no more" };
  }
  const problem = ambiguityIn(text);
  return problem === null ? { value: withoutPrototypes(value) } : { problem };
}

/** What makes valid JSON read differently by different readers; null where nothing does. */
function ambiguityIn(text: string): string | null {
  const open: (Set<string> | null)[] = [];
  for (const [token, quoted, colon] of text.matchAll(TOKEN)) {
    if (quoted === undefined) {
      if (token === "}" || token === "]") open.pop();
      else if (open.push(token === "{" ? new Set() : null) > MAX_DEPTH) {
        return `the body is nested deeper than ${MAX_DEPTH} levels`;
      }
      continue;
    }
    const escaped = quoted.includes("\\");
    if (!escaped && colon === undefined) continue;
    const string: string = escaped ? JSON.parse(quoted) : quoted.slice(1, -1);
    if (escaped && LONE_SURROGATE.test(string)) {
      return "the body holds half of a surrogate pair (an escape from \\ud800 to \\udfff alone)";
    }
    if (colon === undefined) continue;
    const keys = open.at(-1)!;
    if (keys.has(string)) {
      return `the body gives '${shown(string)}' twice in one object: once`;
    }
    keys.add(string);
  }
  return null;
}

function withoutPrototypes(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (!Array.isArray(value)) Object.setPrototypeOf(value, null);
  for (const inner of Object.values(value)) withoutPrototypes(inner);
  return value;
}

/** Text of a client's, short enough for a message. */
export function shown(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}

/** Fields of one of the engine's structures that are read, by their folded names. */
export type Fields<Name extends string> = ReadonlyMap<
  string,
  { readonly name: Name; readonly spellings: readonly string[] }
>;

/**
 * Lists the fields of a structure that are read.
 *
 * @param names As they are sent.
 * @param others Other spellings that clients send, of any of them.
 */
export function fields<Name extends string>(
  names: readonly Name[],
  others: readonly string[] = [],
): Fields<Name> {
  return new Map(
    names.map((name) => [
      fold(name),
      {
        name,
        spellings: [
          name,
          ...others.filter((other) => fold(other) === fold(name)),
        ],
      },
    ]),
  );
}

/**
 * A key as Go's encoding/json compares it with field names: Unicode's simple
 * folding, by which `ſ` (U+017F) is an s and the Kelvin sign (U+212A) a k.
 */
export function fold(key: string): string {
  return key.toLowerCase().replaceAll("\u017f", "s");
}

/** Hears what is wrong with a body; reading goes on without that part of it. */
export type Complain = (problem: string) => void;

/**
 * Takes those fields out of an object. A key that the engine would take for one
 * of them, spelled in another way, is complained of.
 *
 * @param value The object; null, as the engine reads it, is one without fields.
 * @param path Where it stands, such as `HostConfig`.
 * @returns A value for every field: null where it is not given.
 */
export function readFields<Name extends string>(
  value: JsonValue,
  path: string,
  known: Fields<Name>,
  complain: Complain,
): Record<Name, JsonValue> {
  const read = Object.fromEntries(
    [...known.values()].map(({ name }) => [name, null]),
  ) as Record<Name, JsonValue>;
  const seen = new Set<Name>();
  for (const [key, inner] of readEntries(value, path, complain)) {
    const field = known.get(fold(key));
    if (field === undefined) continue;
    const { name, spellings } = field;
    if (!spellings.includes(key)) {
      complain(`'${key}' in ${path} is read as '${name}': write '${name}'`);
    }
    if (seen.has(name)) {
      complain(`${path} gives '${name}' twice, as '${key}' too: once`);
    }
    seen.add(name);
    read[name] = inner;
  }
  return read;
}

/** The keys and values of an object; none of null. What is no object is complained of. */
export function readEntries(
  value: JsonValue,
  path: string,
  complain: Complain,
): [key: string, value: JsonValue][] {
  if (value === null) return [];
  if (typeof value !== "object" || Array.isArray(value)) {
    complain(`${path} is no object`);
    return [];
  }
  return Object.entries(value);
}

/** A string; null is an empty one, as the engine reads it. What is none is complained of. */
export function readString(
  value: JsonValue,
  path: string,
  complain: Complain,
): string {
  if (typeof value === "string") return value;
  if (value !== null) complain(`${path} is no string`);
  return "";
}

/** The elements of a list; none of null. What is no list is complained of. */
export function readList(
  value: JsonValue,
  path: string,
  complain: Complain,
): readonly JsonValue[] {
  if (Array.isArray(value)) return value;
  if (value !== null) complain(`${path} is no list`);
  return [];
}

/** The strings of a list that are not empty. What is no list of strings is complained of. */
export function readStrings(
  value: JsonValue,
  path: string,
  complain: Complain,
): string[] {
  return readList(value, path, complain)
    .map((element) => readString(element, path, complain))
    .filter((text) => text !== "");
}

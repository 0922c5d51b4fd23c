/**
 * Reads JSON bodies as the engine reads them, and refuses those that parsers
 * read in different ways.
 *
 * The engine merges duplicate keys, takes field names in any case (and `ſ` for
 * `s`, the Kelvin sign for `k`), and stops after the first value. A body that
 * depends on any of that is refused (docs/engine-api/bodies.md, "JSON decoding").
 *
 * @module
 */

import { fold } from "../docker/fold.ts";
import { decodeLatin1, decodeUtf8, encodeUtf8, parseJson } from "../host.ts";

/** A JSON value (RFC 8259); its objects have no prototype. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | JsonObject;

/** A JSON object; `__proto__` is an ordinary key. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Levels of nested objects and lists; clients send fewer than ten. */
export const MAX_DEPTH = 64;

/**
 * Different keys in one value. QuickJS hashes strings without a seed: keys that
 * are chosen to collide cost the square of their number (2000: 20 ms).
 */
export const MAX_KEYS = 2000;
/** Strings and brackets in one value. Publishing 1000 ports takes 12,000 in a body, and 27,000 in an answer. */
export const MAX_TOKENS = 50_000;

/**
 * A string, with its end and the colon after it if there are; or a bracket. A
 * string without an end is matched too, so that none is searched for twice.
 */
export const TOKEN = /"[^"\\]*(?:\\[^][^"\\]*)*("?)(\s*:)?|[{}[\]]/g;
/** A lone half of a surrogate pair. */
const LONE_SURROGATE = /[\ud800-\udfff]/u;

/**
 * Parses a body that can be read in one way only: UTF-8 without a byte order
 * mark, one value, no duplicate key in an object, no lone half of a surrogate
 * pair, within the bounds of {@link findProblem}.
 *
 * @param bytes The whole body.
 * @returns The value, or a clause that says why the body is refused.
 */
export function parseStrictJson(
  bytes: Uint8Array,
): { value: JsonValue } | { problem: string } {
  const text = decodeUtf8(bytes);
  if (text.startsWith("\ufeff")) {
    return { problem: "the body begins with a byte order mark; leave it out" };
  }
  // Invalid bytes were replaced: encoding the text again gives other bytes.
  if (
    text.includes("\ufffd") &&
    decodeLatin1(encodeUtf8(text)) !== decodeLatin1(bytes)
  ) {
    return { problem: "the body is not valid UTF-8" };
  }
  const canonical = parseCanonical(text);
  if (canonical !== null) return { value: withoutPrototypes(canonical) };
  try {
    const problem = findProblem(text);
    return problem === null
      ? { value: withoutPrototypes(parseJson(text)) }
      : { problem: `the body ${problem}` };
  } catch {
    return { problem: "the body is not valid JSON; send exactly one value" };
  }
}

/** The starts of an escape that could be a half of a surrogate pair. */
const SURROGATES = ["\\ud", "\\uD"] as const;

/** Whether a text may have a lone half of a surrogate pair as an escape. */
export function mayHaveHalves(text: string): boolean {
  return SURROGATES.some((escape) => text.includes(escape));
}

/** Whether a value that was parsed is nested deeper than so many levels. */
export function isDeeper(value: unknown, levels = MAX_DEPTH): boolean {
  return typeof value === "object" && value !== null &&
    (levels === 0 ||
      Object.values(value).some((inner) => isDeeper(inner, levels - 1)));
}

/** What Go's writer escapes in strings, and the runtime's does not. */
const GO_ESCAPES = [["&", "\\u0026"], ["<", "\\u003c"], [
  ">",
  "\\u003e",
]] as const;

/**
 * How a text was written: as the runtime writes JSON, or as Go does, which
 * escapes `&`, `<` and `>`. Where the parsed text is written again as it was, no
 * key stood in it twice, and no number had another form.
 *
 * @returns Writes a value in that form, with the line's end of the text.
 */
export function writerLike(text: string): (value: JsonValue) => string {
  const escapes = text.includes("\\u00")
    ? GO_ESCAPES.filter(([, escape]) => text.includes(escape))
    : [];
  const end = text.endsWith("\n") ? "\n" : "";
  return (value) => {
    let written = JSON.stringify(value);
    for (const [character, escape] of escapes) {
      // Outside of strings JSON has none of them.
      written = written.replaceAll(character, escape);
    }
    return written + end;
  };
}

/**
 * Parses a text in a form of {@link writerLike}: then no key is there twice, no number has another form, and nothing stands behind the value.
 * Most clients send that form, and it is several times faster than to look at
 * each token.
 *
 * @returns null for a list, a text of another form, and one that could exceed
 * the bounds of {@link findProblem}: it must be looked at.
 */
function parseCanonical(text: string): JsonValue | null {
  // Each key has a colon, each level a bracket, each string two characters.
  if (
    text.length > MAX_TOKENS || !text.startsWith("{") ||
    mayHaveHalves(text) ||
    text.split(":", MAX_KEYS + 2).length > MAX_KEYS + 1 ||
    text.split("[").length + text.split("{").length > MAX_DEPTH + 2
  ) return null;
  try {
    const value = parseJson(text);
    return writerLike(text)(value) === text ? value : null;
  } catch {
    return null;
  }
}

/**
 * Looks for what makes a JSON text dangerous to parse, or parsers differ. No key
 * is hashed, so that this is safe before the text is parsed.
 *
 * @param text Any text; at most {@link MAX_DEPTH} levels, {@link MAX_KEYS}
 * different keys and as many strings and brackets as are given pass.
 * @returns A clause that follows the name of the text; null where nothing was
 * found, and then the text may still not be JSON.
 * @throws Where an escape is malformed.
 */
export function findProblem(
  text: string,
  maxTokens = MAX_TOKENS,
): string | null {
  /** The keys of each object that is open; a list has none. */
  const open: string[][] = [];
  const all: string[] = [];
  let tokens = 0;
  for (const [token, end, colon] of text.matchAll(TOKEN)) {
    if (++tokens > maxTokens) {
      return `has more than ${maxTokens} strings and brackets; send fewer`;
    }
    if (end === undefined) {
      if (token === "{" || token === "[") {
        if (open.push([]) > MAX_DEPTH) {
          return `is nested deeper than ${MAX_DEPTH} levels; nest it less`;
        }
        continue;
      }
      const twice = repeatedIn(open.pop() ?? []);
      if (twice !== null) {
        return `has '${shown(twice)}' twice in one object; give it once`;
      }
      continue;
    }
    // Only the last string can have no end; the parser hashes the keys before it.
    if (end === "") break;
    const escaped = token.includes("\\");
    if (!escaped && colon === undefined) continue;
    const quoted = colon === undefined ? token : token.slice(0, -colon.length);
    const string: string = escaped ? parseJson(quoted) : quoted.slice(1, -1);
    if (escaped && LONE_SURROGATE.test(string)) {
      return "has a lone half of a surrogate pair (an escape from \\ud800 to \\udfff); send both halves";
    }
    if (colon === undefined) continue;
    open.at(-1)?.push(string);
    all.push(string);
  }
  if (all.length <= MAX_KEYS) return null;
  all.sort();
  const different = all.filter((key, i) => key !== all[i - 1]);
  return different.length > MAX_KEYS
    ? `has more than ${MAX_KEYS} different keys; send fewer`
    : null;
}

/** A text that is there twice; null if there is none. Sorts, since a Set would hash. */
function repeatedIn(keys: string[]): string | null {
  keys.sort();
  return keys.find((key, i) => i > 0 && key === keys[i - 1]) ?? null;
}

function withoutPrototypes(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (!Array.isArray(value)) Object.setPrototypeOf(value, null);
  for (const inner of Object.values(value)) withoutPrototypes(inner);
  return value;
}

/** Characters of a client's text in a message, in UTF-16 code units. */
const MAX_SHOWN_LENGTH = 80;
/** Ends a text that was cut. */
export const CUT = "…";

/** A client's text, cut for a message. */
export function shown(text: string, most = MAX_SHOWN_LENGTH): string {
  return text.length <= most ? text : `${text.slice(0, most)}${CUT}`;
}

/** The fields of an object that are read, by their folded names. */
export type Fields<Name extends string> = ReadonlyMap<
  string,
  { readonly name: Name; readonly spellings: readonly string[] }
>;

/**
 * Makes the list of the fields of an object that are read.
 *
 * @param names Their usual spellings.
 * @param others Other spellings of these names that clients send.
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

/** Takes a clause that says what is wrong with a body; reading goes on without that part. */
export type Complain = (problem: string) => void;

/**
 * Takes the known fields out of an object, and complains of a key that the
 * engine would take for one of them in another spelling.
 *
 * @param value The object; as in the engine, null is an object without fields.
 * @param path Its place in the body, such as `HostConfig`.
 * @returns A value for every field: null if it is missing.
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
      complain(
        `the engine reads '${
          shown(key)
        }' in ${path} as '${name}'; write '${name}'`,
      );
    }
    if (seen.has(name)) {
      complain(`${path} has '${name}' twice, once as '${key}'; give it once`);
    }
    seen.add(name);
    read[name] = inner;
  }
  return read;
}

/** The keys and values of an object; none for null. Complains of other types. */
export function readEntries(
  value: JsonValue,
  path: string,
  complain: Complain,
): [key: string, value: JsonValue][] {
  if (value === null) return [];
  if (typeof value !== "object" || Array.isArray(value)) {
    complain(`${path} is not an object`);
    return [];
  }
  // A copy: the runtime keeps each key in one table while the string lives.
  return Object.entries(value).map((
    [key, inner],
  ) => [` ${key}`.slice(1), inner]);
}

/** A string; as in the engine, null is an empty one. Complains of other types. */
export function readString(
  value: JsonValue,
  path: string,
  complain: Complain,
): string {
  if (typeof value === "string") return value;
  if (value !== null) complain(`${path} is not a string`);
  return "";
}

/** The elements of a list; none for null. Complains of other types. */
export function readList(
  value: JsonValue,
  path: string,
  complain: Complain,
): readonly JsonValue[] {
  if (Array.isArray(value)) return value;
  if (value !== null) complain(`${path} is not a list`);
  return [];
}

/** The strings of a list that are not empty. Complains of other types. */
export function readStrings(
  value: JsonValue,
  path: string,
  complain: Complain,
): string[] {
  return readList(value, path, complain)
    .map((element) => readString(element, path, complain))
    .filter((text) => text !== "");
}

/**
 * Reads a request's body by the closed tables, as the engine's decoder does; a
 * body that the two could read differently is refused.
 *
 * @module
 */

import { decodeUtf8, parseJson } from "../../host.ts";
import { fold } from "../../docker/fold.ts";
import {
  type JsonValue,
  parseStrictJson,
  readEntries,
  shown,
} from "../json.ts";
import { BODIES, type JudgedOperation, tables } from "./operations.ts";
import { isZero, scalarProblem } from "./scalars.ts";
import {
  type Field,
  type Knob,
  parseType,
  type Structure,
  type Type,
} from "./table.ts";

/** A field that is present and not Go's zero value. */
export interface Read {
  /** Its place, such as `HostConfig.Mounts[0].Source` or `Labels["a.b"]` below a map. */
  readonly path: string;
  readonly field: Field;
  /** As the body has it; a null inside of a list or a map is a zero value. */
  readonly value: JsonValue;
  /** That of the row. */
  readonly knob: Knob;
}

/** What a body says. */
export interface BodyFields {
  /**
   * The fields in the body's order, a structure before its fields; keys of a
   * map that are whole numbers come first.
   */
  readonly fields: readonly Read[];
  /** The place of each key that no row has, but for those with null, which says nothing. */
  readonly unknown: readonly string[];
}

/** What is gathered while a body is read. */
interface Draft {
  readonly fields: Read[];
  readonly unknown: string[];
  /** The first problem. */
  problem: string | null;
}

/**
 * Reads a body. Its Content-Type is not asked for: engines decode by route.
 *
 * @param body The whole body. An empty one counts as one without fields, as in
 * engines since 23.0, except for `container.create`, where none takes it.
 * @returns The fields, or a clause that says why the body is refused.
 */
export function readBody(
  operation: JudgedOperation,
  body: Uint8Array,
): BodyFields | { readonly problem: string } {
  if (body.length === 0) {
    return operation === "container.create"
      ? { problem: "the body is empty" }
      : { fields: [], unknown: [] };
  }
  const parsed = parseStrictJson(body);
  if ("problem" in parsed) return parsed;
  const { value } = parsed;
  const draft: Draft = { fields: [], unknown: [], problem: null };
  const marked = markNumbers(decodeUtf8(body)) ?? value;
  readValue(draft, parseType(BODIES[operation]), "", value, marked);
  const { fields, unknown, problem } = draft;
  return problem === null ? { fields, unknown } : { problem };
}

/**
 * Where a number begins that Go does not take for a whole one, or a part of a
 * string that looks so. Before a value's colon a key ends: an image's tag does not count.
 */
const MAYBE_ODD = /(?:"\s*:|[,[])\s*-?\d+[.eE]/;
const STRINGS_AND_NUMBERS = /"[^"\\]*(?:\\[^][^"\\]*)*"|-?\d[\d.eE+-]*/g;
const ODD_NUMBER = /\d[.eE]/;
/** No body that is read holds it: it is half of a surrogate pair. */
const MARK = "\ud800";

/**
 * Parses a text with `1e3` as the string `MARK1e3`, since the parser gives the
 * same number for `1000`, and Go refuses the former where it wants a whole number.
 *
 * @returns null if there is no such number.
 */
function markNumbers(text: string): JsonValue {
  if (!MAYBE_ODD.test(text)) return null;
  return parseJson(
    text.replace(
      STRINGS_AND_NUMBERS,
      (token) =>
        token.startsWith('"') || !ODD_NUMBER.test(token)
          ? token
          : `"${MARK}${token}"`,
    ),
  );
}

/**
 * Reads a value.
 *
 * @param marked The same value with its odd numbers as strings: {@link markNumbers}.
 */
function readValue(
  draft: Draft,
  type: Type,
  path: string,
  value: JsonValue,
  marked: JsonValue,
): void {
  if (value === null) return;
  switch (type.kind) {
    case "scalar": {
      const problem = scalarProblem(
        type.scalar,
        value,
        marked === value ? null : String(marked).slice(MARK.length),
      );
      if (problem !== null) complain(draft, path, problem);
      return;
    }
    case "pointer":
      return readValue(draft, type.to, path, value, marked);
    case "list":
      return readList(draft, type, path, value, marked);
    case "map":
      return readMap(draft, type, path, value, marked);
    case "struct":
      return readStructure(
        draft,
        tables().get(type.name)!,
        path,
        value,
        marked,
      );
  }
}

function readList(
  draft: Draft,
  { of, length }: Type & { kind: "list" },
  path: string,
  value: JsonValue,
  marked: JsonValue,
): void {
  if (!Array.isArray(value)) return complain(draft, path, "is not a list");
  if (length !== null && value.length > length) {
    return complain(draft, path, `has more than ${length} values`);
  }
  // A shortcut for the most common list, an environment: no paths are made.
  if (
    of.kind === "scalar" && of.scalar === "string" &&
    value.every((one) => typeof one === "string")
  ) return;
  const marks = marked as readonly JsonValue[];
  for (const [i, inner] of value.entries()) {
    readValue(draft, of, `${path}[${i}]`, inner, marks[i]!);
  }
}

/** A port as a key. */
const PORT = /^(\d{1,5})(?:\/([A-Za-z0-9]*))?$/;
const MAX_PORT = 65535;

function readMap(
  draft: Draft,
  { of, ports }: Type & { kind: "map" },
  path: string,
  value: JsonValue,
  marked: JsonValue,
): void {
  // As for an environment: labels.
  if (
    !ports && of.kind === "scalar" && of.scalar === "string" &&
    isObjectOfStrings(value)
  ) return;
  const marks = marked as Readonly<Record<string, JsonValue>>;
  const seen = new Set<string>();
  for (const [key, inner] of entries(draft, path, value)) {
    const at = `${path}[${JSON.stringify(shown(key))}]`;
    if (ports) {
      const port = canonicalPort(key);
      if (port === null) {
        return complain(draft, at, "is not a port, such as 80/tcp");
      }
      if (seen.has(port)) {
        return complain(draft, at, `is given twice, as ${port} too`);
      }
      seen.add(port);
    }
    readValue(draft, of, at, inner, marks[key]!);
  }
}

function isObjectOfStrings(value: JsonValue): boolean {
  return typeof value === "object" && value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((one) => typeof one === "string");
}

/** A port as newer engines read it: `80`, `80/tcp` and `80/TCP` are one. */
function canonicalPort(key: string): string | null {
  const [, number, protocol] = PORT.exec(key) ?? [];
  return number === undefined || Number(number) > MAX_PORT
    ? null
    : `${Number(number)}/${(protocol || "tcp").toLowerCase()}`;
}

function readStructure(
  draft: Draft,
  structure: Structure,
  path: string,
  value: JsonValue,
  marked: JsonValue,
): void {
  const { fields, unknown } = draft;
  const marks = marked as Readonly<Record<string, JsonValue>>;
  const seen = new Set<Field>();
  for (const [key, inner] of entries(draft, path, value)) {
    const field = structure.get(fold(key));
    if (field === undefined) {
      if (inner !== null) unknown.push(pathOfKey(path, key));
      continue;
    }
    const { name, knob, type, others } = field;
    const at = below(path, name);
    if (key !== name && !others.includes(key)) {
      return complain(
        draft,
        at,
        `is spelled '${
          shown(key)
        }', which the engine reads too; write '${name}'`,
      );
    }
    if (seen.has(field)) return complain(draft, at, "is given twice");
    seen.add(field);
    const before = fields.push({ path: at, field, value: inner, knob });
    readValue(draft, type, at, inner, marks[key]!);
    // The value may be of another type.
    if (draft.problem !== null) return;
    if (isZero(type, inner, fields.length > before)) fields.pop();
  }
}

/** The keys and values of an object; none, and a problem, for another type. */
function entries(
  draft: Draft,
  path: string,
  value: JsonValue,
): [key: string, value: JsonValue][] {
  return readEntries(
    value,
    path,
    () => complain(draft, path, "is not an object"),
  );
}

/** Keeps the first problem. */
function complain(draft: Draft, path: string, problem: string): void {
  draft.problem ??= `${path === "" ? "the body" : path} ${problem}`;
}

function below(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/** The place of a client's key: as it is where it is a word, in brackets else. */
function pathOfKey(path: string, key: string): string {
  const cut = shown(key);
  return /^\w+$/.test(cut)
    ? below(path, cut)
    : `${path}[${JSON.stringify(cut)}]`;
}

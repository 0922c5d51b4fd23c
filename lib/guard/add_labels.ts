/**
 * Adds a guard's labels to a request. Pure.
 *
 * Only keys that are absent are added, and what cannot be read is left as it is:
 * the guard judges the result, and refuses what lacks a label or has another
 * value for it.
 *
 * @module
 */

import { retarget } from "../docker/absent.ts";
import { fold } from "../docker/fold.ts";
import type { Match } from "../docker/match.ts";
import { decodeUtf8, encodeUtf8 } from "../host.ts";
import {
  type AddedLabel,
  addedLabels,
  beginWith,
  BY_CHANGES,
  LABEL_PLACES,
  labelChanges,
} from "./added_labels.ts";
import { type JsonObject, type JsonValue, parseStrictJson } from "./json.ts";
import { readLists } from "./query.ts";
import { withParameter } from "./rewrite.ts";
import type { GuardRules } from "./rules.ts";
import { withEntries } from "./splice.ts";

/** A request that may get labels. */
export interface Labelled {
  readonly match: Extract<Match, { kind: "operation" }>;
  /** The whole body; empty where none is read. */
  readonly body: Uint8Array;
}

/** What is sent in place of a request; null where it is sent as it came. */
export interface Relabelled {
  readonly match: Labelled["match"] | null;
  readonly body: Uint8Array<ArrayBuffer> | null;
}

const AS_IT_CAME: Relabelled = { match: null, body: null };

/**
 * Adds the labels of a guard.
 *
 * @param method The request's, such as `POST`.
 */
export function addLabels(
  rules: GuardRules,
  method: string,
  { match, body }: Labelled,
): Relabelled {
  const added = addedLabels(rules);
  const { operation: { name }, parameters, target: { query } } = match;
  const places = LABEL_PLACES.get(name);
  if (places !== undefined) {
    return { match: null, body: withLabels(body, places, added) };
  }
  const labelled = name === "image.build"
    ? buildQuery(query, added)
    : BY_CHANGES.has(name)
    ? changesQuery(query, added)
    : null;
  return labelled === null
    ? AS_IT_CAME
    : { match: retarget(method, match, parameters, labelled), body: null };
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The keys that labels lack. */
function lacking(
  labels: JsonObject,
  added: readonly AddedLabel[],
): readonly AddedLabel[] {
  return added.filter(([key]) => !Object.hasOwn(labels, key));
}

/** A body with the labels; null where nothing is added. */
function withLabels(
  body: Uint8Array,
  places: readonly (readonly string[])[],
  added: readonly AddedLabel[],
): Uint8Array<ArrayBuffer> | null {
  const parsed = parseStrictJson(body);
  if ("problem" in parsed) return null;
  let written: Uint8Array<ArrayBuffer> | null = null;
  for (const place of places) {
    const labels = labelsAt(parsed.value, place);
    const missing = labels === null ? [] : lacking(labels, added);
    if (missing.length > 0) {
      written = withEntries(written ?? body, place, missing);
    }
  }
  return written;
}

const NONE: JsonObject = {};

/** The labels at a place, or none where the engine would take some; null where they cannot be added to. */
function labelsAt(
  value: JsonValue,
  place: readonly string[],
): JsonObject | null {
  for (const [i, name] of place.entries()) {
    if (!isObject(value)) return null;
    // The engine takes a field in any case: it would be there twice.
    const isOdd = Object.keys(value).some((key) =>
      key !== name && fold(key) === fold(name)
    );
    if (isOdd) return null;
    const inner: JsonValue = Object.hasOwn(value, name) ? value[name]! : null;
    if (i === place.length - 1 && inner === null) return NONE;
    value = inner;
  }
  return isObject(value) ? value : null;
}

/** The query of a build with the labels, which win over the Dockerfile's; null where nothing is added. */
function buildQuery(
  query: string,
  added: readonly AddedLabel[],
): string | null {
  const read = readLists(query, ["labels"]);
  if ("problem" in read || read.values.labels.length > 1) return null;
  const [text = ""] = read.values.labels;
  const bytes = encodeUtf8(text === "" ? "{}" : text);
  const parsed = parseStrictJson(bytes);
  if ("problem" in parsed) return null;
  const labels = parsed.value ?? NONE;
  if (!isObject(labels)) return null;
  const missing = lacking(labels, added);
  if (missing.length === 0) return null;
  const object = parsed.value === null ? encodeUtf8("{}") : bytes;
  const written = decodeUtf8(withEntries(object, [], missing));
  return withParameter(query, "labels", written);
}

/** The query of a commit or an import with the labels; null where nothing is added. */
function changesQuery(
  query: string,
  added: readonly AddedLabel[],
): string | null {
  const read = readLists(query, ["changes"]);
  const own = labelChanges(added);
  if ("problem" in read || beginWith(read.values.changes, own)) return null;
  const first = own.map((one) => `changes=${encodeURIComponent(one)}`);
  return [...first, ...(query === "" ? [] : [query])].join("&");
}

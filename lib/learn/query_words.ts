/**
 * What is recorded of a query: the names of its parameters, and of a few the
 * value that changes what the call does. Pure.
 *
 * @module
 */

import { parseJson } from "../host.ts";
import { cutText, MAX_LIST } from "./recording.ts";

/** Parameters whose value is a plain flag that changes what the call does. */
const FLAGS: ReadonlySet<string> = new Set([
  "all",
  "follow",
  "force",
  "v",
]);
/** What Docker reads as true (`httputils.BoolValue`: all but these, and podman's words). */
const FALSE: ReadonlySet<string> = new Set(["", "0", "no", "false", "none"]);

/** Parameters of one query that are looked at, and characters of its filters. */
const MAX_PARAMETERS = 100;
const MAX_FILTERS = 16 * 1024;
const MAX_NAME = 60;

/**
 * The words of a query, sorted, each once: `name`, `force=1` where a flag is
 * set, `filters.label` for a key of the filters. Never another value.
 *
 * @param query The raw query.
 */
export function queryWords(query: string): readonly string[] {
  if (query === "") return [];
  const words = new Set<string>();
  for (const pair of query.split("&", MAX_PARAMETERS)) {
    const mark = pair.indexOf("=");
    const name = decode(mark < 0 ? pair : pair.slice(0, mark));
    if (name === "") continue;
    const value = mark < 0 ? "" : decode(pair.slice(mark + 1));
    if (name === "filters") {
      for (const key of filterKeys(value)) {
        words.add(`filters.${cutText(key, MAX_NAME)}`);
      }
    } else if (FLAGS.has(name)) {
      if (!FALSE.has(value.trim().toLowerCase())) words.add(`${name}=1`);
    } else words.add(cutText(name, MAX_NAME));
  }
  return [...words].sort().slice(0, MAX_LIST);
}

/** The text of a part of a query; as it is where its escapes are malformed. */
function decode(raw: string): string {
  try {
    return decodeURIComponent(raw.replaceAll("+", " "));
  } catch {
    return raw;
  }
}

/** The keys of filters: `{"label":["a=b"]}` has `label`. */
function filterKeys(text: string): string[] {
  if (text.length > MAX_FILTERS) return ["?"];
  try {
    const value: unknown = parseJson(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return Object.keys(value).slice(0, MAX_PARAMETERS);
    }
  } catch {
    // The engine says what is wrong with it.
  }
  return ["?"];
}

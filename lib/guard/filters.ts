/**
 * Reads and writes the parameter `filters` of lists. Pure.
 *
 * @module
 */

import { encodeUtf8 } from "../host.ts";
import { parseStrictJson, readEntries, readStrings } from "./json.ts";

/** Filters: what is asked for, by the filter's name. */
export type Filters = ReadonlyMap<string, readonly string[]>;

/**
 * Reads the parameter `filters`, in both of its forms: `{"label":["a"]}` and
 * `{"label":{"a":true}}`. dockerd counts a value that is `false` as set.
 *
 * @param text The decoded parameter; empty for no filter.
 * @returns The filters, or a clause that says why the request is refused.
 */
export function readFilters(text: string): Filters | { problem: string } {
  const filters = new Map<string, readonly string[]>();
  if (text === "") return filters;
  const parsed = parseStrictJson(encodeUtf8(text));
  if ("problem" in parsed) {
    return { problem: parsed.problem.replace("the body", "'filters'") };
  }
  let problem: string | null = null;
  const complain = (one: string) => problem ??= one;
  for (const [name, value] of readEntries(parsed.value, "filters", complain)) {
    if (Array.isArray(value)) {
      filters.set(name, readStrings(value, `filters.${name}`, complain));
      continue;
    }
    const entries = readEntries(value, `filters.${name}`, complain);
    for (const [key, on] of entries) {
      if (typeof on !== "boolean") {
        complain(`filters.${name}.${key} is not true or false`);
      }
    }
    filters.set(name, entries.map(([key]) => key));
  }
  return problem === null ? filters : { problem };
}

/** Writes the parameter `filters`, not encoded for a query; empty for no filter. */
export function formatFilters(filters: Filters): string {
  if (filters.size === 0) return "";
  const entries = [...filters].map(([name, values]) =>
    `${JSON.stringify(name)}:{${
      values.map((value) => `${JSON.stringify(value)}:true`).join(",")
    }}`
  );
  return `{${entries.join(",")}}`;
}

/**
 * Writes the parameter `filters` in the other form that {@link readFilters} reads: podman
 * before 3.1 reads no other, and takes what it cannot read for no filter.
 */
export function formatFilterLists(filters: Filters): string {
  return `{${
    [...filters].map(([name, values]) =>
      `${JSON.stringify(name)}:${JSON.stringify(values)}`
    ).join(",")
  }}`;
}

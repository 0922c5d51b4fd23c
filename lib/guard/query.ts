/**
 * The query as the engine reads it, and only where every reader takes it in
 * the same way.
 *
 * Docker takes the first of several values and tells keys apart by case; podman
 * takes the last and does not (gorilla/schema compares with Unicode's simple
 * folding; docs/engine-api/routing.md, "Query and form").
 *
 * @module
 */

import { fold, shown } from "./json.ts";

/**
 * Reads parameters of a query, decoded as Go's url.ParseQuery does.
 *
 * @param query The raw query, without `?` and without `;` (the target's grammar
 * refuses that).
 * @param names The parameters to read, in lower case.
 * @returns A value for every name, empty where it is not given; or why the query
 * is refused.
 */
export function readQuery<Name extends string>(
  query: string,
  names: readonly Name[],
): { values: Record<Name, string> } | { problem: string } {
  const read = new Map<string, string>();
  for (const pair of query.split("&")) {
    const mark = pair.indexOf("=");
    const key = decode(mark < 0 ? pair : pair.slice(0, mark));
    if (key === null) return badEscape();
    const name = names.find((one) => one === fold(key));
    if (name === undefined) continue;
    if (name !== key) {
      return {
        problem: `'${
          shown(key)
        }' in the query is read as '${name}': write '${name}'`,
      };
    }
    if (read.has(name)) {
      return { problem: `the query gives '${name}' twice: once` };
    }
    const value = decode(mark < 0 ? "" : pair.slice(mark + 1));
    if (value === null) return badEscape();
    read.set(name, value);
  }
  const values = Object.fromEntries(
    names.map((name) => [name, read.get(name) ?? ""]),
  ) as Record<Name, string>;
  return { values };
}

/** The text of a key or value; null where an escape is bad or gives no UTF-8. */
function decode(raw: string): string | null {
  try {
    return decodeURIComponent(raw.replaceAll("+", " "));
  } catch {
    return null;
  }
}

function badEscape(): { problem: string } {
  return {
    problem: "the query holds a percent-escape that is bad or no UTF-8",
  };
}

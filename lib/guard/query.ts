/**
 * Reads queries as the engine reads them, and refuses those that Docker and
 * podman read in different ways.
 *
 * Docker takes the first of several values, and its keys are case-sensitive.
 * Podman takes the last, and its keys are not (gorilla/schema compares with
 * Unicode's simple folding; docs/engine-api/routing.md, "Query and form").
 *
 * @module
 */

import { fold } from "../docker/fold.ts";
import { shown } from "./json.ts";

/** Parameters of one query; clients send fewer than a hundred. */
const MAX_PARAMETERS = 1000;

/**
 * Reads parameters of a query, decoded as by Go's url.ParseQuery.
 *
 * @param query The raw query, without `?` and without `;`, which `parseTarget`
 * refuses.
 * @param names The parameters to read, in lower case.
 * @returns A value for every name, empty if it is missing; or a clause that says
 * why the query is refused.
 */
export function readQuery<Name extends string>(
  query: string,
  names: readonly Name[],
): { values: Record<Name, string> } | { problem: string } {
  return readExactly(query, names);
}

/**
 * Reads parameters as {@link readQuery} does, whose names may have capital
 * letters: in another spelling they are refused.
 */
export function readExactly<Name extends string>(
  query: string,
  names: readonly Name[],
): { values: Record<Name, string> } | { problem: string } {
  const lists = readLists(query, names);
  if ("problem" in lists) return lists;
  const values = {} as Record<Name, string>;
  for (const name of names) {
    const [first = "", ...more] = lists.values[name];
    if (more.length > 0) {
      return { problem: `the query has '${name}' twice; give it once` };
    }
    values[name] = first;
  }
  return { values };
}

/**
 * Reads parameters as {@link readExactly} does, which may be there more than
 * once: every value counts, in their order.
 */
export function readLists<Name extends string>(
  query: string,
  names: readonly Name[],
): { values: Record<Name, readonly string[]> } | { problem: string } {
  const read = new Map<Name, string[]>(names.map((name) => [name, []]));
  const pairs = query.split("&", MAX_PARAMETERS + 1);
  if (pairs.length > MAX_PARAMETERS) {
    return {
      problem:
        `the query has more than ${MAX_PARAMETERS} parameters; send fewer`,
    };
  }
  for (const pair of pairs) {
    const mark = pair.indexOf("=");
    const key = decode(mark === -1 ? pair : pair.slice(0, mark));
    if (key === null) return badEscape();
    const name = names.find((one) => fold(one) === fold(key));
    if (name === undefined) continue;
    if (name !== key) {
      return {
        problem: `podman reads '${
          shown(key)
        }' in the query as '${name}'; write '${name}'`,
      };
    }
    const value = decode(mark === -1 ? "" : pair.slice(mark + 1));
    if (value === null) return badEscape();
    read.get(name)!.push(value);
  }
  return {
    values: Object.fromEntries(read) as unknown as Record<
      Name,
      readonly string[]
    >,
  };
}

/** The text of a key or value; null if an escape is malformed or not UTF-8. */
function decode(raw: string): string | null {
  try {
    return decodeURIComponent(raw.replaceAll("+", " "));
  } catch {
    return null;
  }
}

function badEscape(): { problem: string } {
  return {
    problem:
      "the query has a percent-escape that is malformed or not valid UTF-8; encode it again",
  };
}

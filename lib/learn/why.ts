/**
 * Why something is proposed: what was seen of it. Pure.
 *
 * @module
 */

import { compare, type Kind } from "./tally.ts";

/** What was seen. */
export interface Why {
  /** How often. */
  readonly n: number;
  /** In how many runs. */
  readonly runs: number;
  readonly last: string;
  /** One call, as a client sent it: text of a client. */
  readonly example: string;
}

/** What was seen of some kinds of call; there is at least one. */
export function whyOf(kinds: readonly Kind[]): Why {
  const first = kinds[0]!;
  return {
    n: kinds.reduce((sum, { n }) => sum + n, 0),
    runs: new Set(kinds.flatMap(({ runs }) => runs)).size,
    last: kinds.reduce(
      (last, kind) => compare(kind.last, last) > 0 ? kind.last : last,
      first.last,
    ),
    example: exampleOf(first),
  };
}

/** Ids of which the first digits say enough. */
const IDS = /\b([0-9a-f]{12})[0-9a-f]{52}\b/g;

/** A call as `POST /containers/web/restart?t`; of the query the names, and the values that were recorded. */
export function exampleOf(
  { method, path, query }: Pick<Kind, "method" | "path" | "query">,
): string {
  return `${method} ${path.replace(IDS, "$1")}${
    query.length === 0 ? "" : `?${query.join("&")}`
  }`;
}

/** Groups by a key, in the order in which the keys come. */
export function groupBy<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** The names of the containers that calls created. */
export function createdIn(kinds: readonly Kind[]): Set<string> {
  return new Set(
    kinds.filter(({ operation }) => operation === "container.create")
      .map(({ object }) => object?.name ?? "").filter((name) => name !== ""),
  );
}

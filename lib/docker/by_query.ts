/**
 * Operations of one method and path that the engine tells apart by the query.
 *
 * @module
 */

import { fold } from "./fold.ts";
import { type Operation, OPERATION_BY_NAME } from "./operations.ts";

/** Two operations of one route. */
export interface ByQuery {
  /** Has a value: {@link first}; else {@link second}. */
  readonly parameter: string;
  /** May not stand beside it. */
  readonly other: string;
  readonly first: string;
  readonly second: string;
}

/** Those operations; the route leads to the first of them. */
export const BY_QUERY: readonly ByQuery[] = [{
  parameter: "fromImage",
  other: "fromSrc",
  first: "image.pull",
  second: "image.import",
}];

/**
 * The operation that the engine takes a request for by its query.
 *
 * @param operation The one to which the route leads.
 * @returns A clause where engines could read the query in different ways.
 */
export function tellByQuery(
  operation: Operation,
  query: string,
): Operation | { readonly problem: string } {
  const row = BY_QUERY.find(({ first }) => first === operation.name);
  if (row === undefined) return operation;
  const { parameter, other } = row;
  const given = new Set<string>();
  for (const pair of query.split("&")) {
    // All behind the first "=" is the value, for Go too.
    const mark = pair.indexOf("=");
    const raw = mark < 0 ? pair : pair.slice(0, mark);
    const value = mark < 0 ? "" : pair.slice(mark + 1);
    const key = decodeKey(raw);
    if (key === null) {
      return {
        problem:
          "the query has a percent-escape that is not valid UTF-8; encode it again",
      };
    }
    const name = [parameter, other].find((one) => fold(key) === fold(one));
    if (name === undefined) continue;
    // Docker's keys are case-sensitive, podman's are not.
    if (name !== key) {
      return {
        problem: `the query has '${name}' in another spelling; write it so`,
      };
    }
    if (given.has(name)) {
      return { problem: `the query has '${name}' twice; give it once` };
    }
    if (value !== "") given.add(name);
  }
  if (given.size > 1) {
    return {
      problem:
        `the query has '${parameter}' and '${other}': which of them counts is not the same in all engines; give one`,
    };
  }
  return given.has(parameter) ? operation : OPERATION_BY_NAME.get(row.second)!;
}

function decodeKey(raw: string): string | null {
  try {
    return decodeURIComponent(raw.replaceAll("+", " "));
  } catch {
    return null;
  }
}

/**
 * What is read of requests to record them, beside what is read to judge them.
 * Pure.
 *
 * @module
 */

import { guardWay } from "../guard/judge/rows.ts";
import type { Operation } from "../docker/operations.ts";
import type { Reads } from "./conditions.ts";
import type { HoldWay } from "./scope_rows.ts";
import { HOLDS } from "./scope_table.ts";

/** Ways of a scope in which the path or the query names an object. */
const NAMING: ReadonlySet<HoldWay> = new Set(["path", "exec", "query"]);

/** What of an operation's request names objects, or is judged by guards; null where nothing is. */
export function recordedOf(
  { name }: Pick<Operation, "name">,
): Reads | null {
  const { reads } = guardWay(name);
  if (reads !== null) return reads;
  const ways = (HOLDS.get(name) ?? []).map(({ way }) => way);
  if (ways.includes("body")) return "body";
  return ways.some((way) => NAMING.has(way)) ? "path" : null;
}

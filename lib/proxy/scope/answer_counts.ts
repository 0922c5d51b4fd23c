/**
 * Counts the objects in scope, for answers that have the engine's counts.
 *
 * @module
 */

import { askInPieces } from "../../engine/ask.ts";
import { readList } from "../../identity/list_reader.ts";
import type { EngineAddress } from "../../net/address.ts";
import type { Scope } from "../../policy/scope.ts";
import { listedIn } from "./answer_entry.ts";

/** What is listed, by the kind that is counted. */
const LISTS = {
  containers: "/containers/json?all=1",
  images: "/images/json",
} as const;

/** How many objects in scope are in each state; those without a state are counted under an empty one. */
export async function countShown(
  engine: EngineAddress,
  scope: Scope,
  kind: keyof typeof LISTS,
): Promise<ReadonlyMap<string, number> | { readonly problem: string }> {
  const counts = new Map<string, number>();
  const reader = readList((text) => {
    const state = listedIn(scope, kind, text);
    if (state !== null) counts.set(state, (counts.get(state) ?? 0) + 1);
  });
  const path = LISTS[kind];
  let problem: string | null = null;
  const answer = await askInPieces(engine, path, (bytes, status) => {
    if (status === 200) problem = reader.add(bytes);
    return problem === null;
  });
  if (problem === null) {
    if ("reason" in answer) {
      return { problem: `cannot be counted: ${answer.reason}` };
    }
    problem = answer.status === 200
      ? reader.end()
      : `has the status ${answer.status}`;
  }
  return problem === null
    ? counts
    : { problem: `cannot be counted: the answer to GET ${path} ${problem}` };
}

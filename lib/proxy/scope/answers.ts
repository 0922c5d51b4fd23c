/**
 * Holds requests whose answer shows objects: what is outside the scope is taken
 * out of it.
 *
 * @module
 */

import type { Scope } from "../../policy/scope.ts";
import type { AnswerSources } from "./answer_facts.ts";
import { filterEvents } from "./answer_events.ts";
import type { AnswerFilter, AnswerHold } from "./answer_hold.ts";
import { filterList, type Listed } from "./answer_list.ts";
import { filterWhole, isWhole } from "./answer_whole.ts";
import { type Holder, type NotHeld, refuseHold } from "./held.ts";
import { listQuery } from "./list_query.ts";

/** Lists whose answer is a JSON list, entry by entry. */
const LISTS: ReadonlyMap<string, Listed> = new Map([
  ["container.list", "containers"],
  ["network.list", "networks"],
  ["image.list", "images"],
  ["image.history", "layers"],
  ["libpod.image.history", "layers"],
  ["libpod.container.list", "libpod.containers"],
  ["libpod.network.list", "libpod.networks"],
  ["libpod.volume.list", "libpod.volumes"],
  ["libpod.image.list", "images"],
  ["libpod.container.prune", "libpod.pruned"],
  ["libpod.network.prune", "libpod.pruned"],
  ["libpod.volume.prune", "libpod.pruned"],
]);

/** Holds a list: the filters that go to the engine, and what is taken out behind it. */
export const holdList: Holder = async (of, hold, held) => {
  const operation = of.match.operation.name;
  if (!LISTS.has(operation) && !isWhole(operation)) {
    return refuseHold(of, hold, held);
  }
  const found = await listQuery(of, hold.kind, held.query);
  if ("kind" in found) return found as NotHeld;
  const { query, limit, absent } = found;
  return {
    ...held,
    query,
    answer: [...held.answer, { ...hold, limit, absent }],
  };
};

/** Holds a stream of events. */
export const holdEvents: Holder = (_, hold, held) => ({
  ...held,
  answer: [...held.answer, { ...hold, limit: null, absent: null }],
});

/** Holds an answer that mentions objects of other kinds. */
export const holdAnswer: Holder = (of, hold, held) => {
  const operation = of.match.operation.name;
  return LISTS.has(operation) || isWhole(operation)
    ? {
      ...held,
      answer: [...held.answer, { ...hold, limit: null, absent: null }],
    }
    : refuseHold(of, hold, held);
};

/**
 * Makes the filter of an answer.
 *
 * @param answer What it must be filtered for; at least one.
 * @returns null where there is none, so that the answer must not pass.
 */
export function filterFor(
  sources: AnswerSources,
  scope: Scope,
  operation: string,
  answer: readonly AnswerHold[],
): AnswerFilter | null {
  if (answer.some(({ way }) => way === "events")) {
    return filterEvents(sources, scope);
  }
  const listed = LISTS.get(operation);
  if (listed !== undefined) {
    const limit = answer.find(({ way }) => way === "list")?.limit ?? null;
    return filterList(scope, listed, limit);
  }
  return isWhole(operation) ? filterWhole(sources, scope, operation) : null;
}

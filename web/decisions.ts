/**
 * The list of decisions: which are kept, and which of them a filter shows.
 *
 * @module
 */

import type { Decision, DecisionWord } from "../lib/admin/api.ts";

/** Decisions that are kept of those that match the filter. */
export const MAX_KEPT = 1000;
/** Rows that stand in the document until older ones are asked for. */
export const ROWS = 100;

/** What is shown; an empty text shows all. */
export interface Filter {
  readonly client: string;
  /** An operation, or `group.*` for all of a group. */
  readonly operation: string;
  readonly decision: DecisionWord | "";
  readonly text: string;
}

/** The filter that shows all. */
export const NO_FILTER: Filter = {
  client: "",
  operation: "",
  decision: "",
  text: "",
};

/** Decisions that match a filter, newest first. */
export interface Feed {
  readonly kept: readonly Decision[];
  /** What to ask for as `before`; null where nothing older is to be had. */
  readonly next: number | null;
  /** How many came since the list was held. */
  readonly fresh: number;
  /** How many the stream left out. */
  readonly skipped: number;
}

/** A list with nothing in it. */
export const EMPTY_FEED: Feed = { kept: [], next: null, fresh: 0, skipped: 0 };

/** Makes the test of a filter. */
export function matcher(filter: Filter): (decision: Decision) => boolean {
  const text = filter.text.trim().toLowerCase();
  const operation = filter.operation.trim();
  const group = operation.endsWith(".*") ? operation.slice(0, -1) : null;
  return (one) =>
    (filter.decision === "" || one.decision === filter.decision) &&
    (filter.client === "" || one.client === filter.client) &&
    (operation === "" ||
      (group === null
        ? one.operation === operation
        : one.operation.startsWith(group))) &&
    (text === "" || has(one, text));
}

/** Whether a filter shows all. */
export function isOpen(filter: Filter): boolean {
  return Object.values(filter).every((value) => value.trim() === "");
}

/**
 * Adds what the stream brought.
 *
 * @param fresh Oldest first, as the events have them.
 */
export function addFresh(
  feed: Feed,
  fresh: readonly Decision[],
  skipped: number,
  matches: (decision: Decision) => boolean,
): Feed {
  const newest = feed.kept[0]?.id ?? 0;
  const added = fresh.filter((one) => one.id > newest && matches(one));
  if (added.length === 0 && skipped === 0) return feed;
  const kept = [...added.reverse(), ...feed.kept];
  return {
    kept: kept.length > MAX_KEPT ? kept.slice(0, MAX_KEPT) : kept,
    next: kept.length > MAX_KEPT ? kept[MAX_KEPT - 1]!.id : feed.next,
    fresh: feed.fresh + added.length,
    skipped: feed.skipped + skipped,
  };
}

/**
 * Adds an answer of the history: what stands in both is taken once.
 *
 * @param older Newest first.
 */
export function addHistory(
  feed: Feed,
  older: readonly Decision[],
  next: number | null,
  matches: (decision: Decision) => boolean,
): Feed {
  const byId = new Map<number, Decision>();
  for (const one of feed.kept) byId.set(one.id, one);
  for (const one of older) if (matches(one)) byId.set(one.id, one);
  const kept = [...byId.values()].sort((a, b) => b.id - a.id);
  const cut = kept.length > MAX_KEPT;
  return {
    ...feed,
    kept: cut ? kept.slice(0, MAX_KEPT) : kept,
    next: cut ? null : next,
  };
}

/** Whether a decision has a text: where the admin listener looks for it, too. */
function has(one: Decision, text: string): boolean {
  return [
    one.client,
    one.container,
    one.remote,
    one.operation,
    `${one.method} ${one.path}`,
    one.code,
    one.rule,
    one.message,
    one.request_id ?? "",
  ].some((part) => part.toLowerCase().includes(text));
}

/**
 * Counts of requests by client, operation, and what they came to: the series of
 * a metric, and who used what. Their number is bounded.
 *
 * @module
 */

import { OPERATION_BY_NAME } from "../docker/operations.ts";
import type { ReasonCode } from "../observe/reasons.ts";
import type { RequestRecord } from "../observe/record.ts";
import type { DecisionWord } from "./api.ts";
import { outcomeOf } from "./outcome.ts";

/** How often requests came to the same. */
export interface Outcome {
  readonly decision: DecisionWord;
  readonly code: ReasonCode;
  count: number;
}

/** What one client did with one operation. */
export interface Use {
  readonly client: string;
  readonly operation: string;
  /** Whether the engine answers at once: its time is counted. */
  readonly plain: boolean;
  /** Few: a list is searched faster than a map. */
  readonly outcomes: Outcome[];
  /** When it was last let through, and refused, in milliseconds since 1970; 0 for never. */
  lastUsed: number;
  lastRefused: number;
}

/** All counts. Made by {@link createUsage}. */
export interface Usage {
  readonly byClient: Map<string, Map<string, Use>>;
  /** How many {@link Use} there are. */
  uses: number;
  /** How many {@link Outcome} there are. */
  outcomes: number;
  /** What was counted last: the next request often comes to the same. */
  last: { readonly use: Use; readonly outcome: Outcome } | null;
}

/** How many pairs of a client and an operation are counted apart, and how many series. */
export const MAX_USES = 1000;
export const MAX_OUTCOMES = 3000;
/** The client and the operation under which the rest is counted. */
export const OTHER = "other";

/** Makes empty counts. */
export function createUsage(): Usage {
  return { byClient: new Map(), uses: 0, outcomes: 0, last: null };
}

/**
 * Counts a request; returns what it was counted for.
 *
 * @param at The wall clock in milliseconds.
 * @param decision What it came to.
 */
export function countUse(
  usage: Usage,
  record: RequestRecord,
  at: number,
  decision: DecisionWord = outcomeOf(record),
): Use {
  const { client, operation } = record;
  const code = record.wouldRefuse ?? record.code;
  let { last } = usage;
  if (
    last === null || last.outcome.code !== code ||
    last.outcome.decision !== decision || last.use.operation !== operation ||
    last.use.client !== client
  ) {
    const use = useOf(usage, client, operation);
    last = { use, outcome: outcomeFor(usage, use, decision, code) };
    usage.last = last;
  }
  const { use, outcome } = last;
  outcome.count++;
  if (decision === "allowed") use.lastUsed = at;
  else if (decision !== "failed") use.lastRefused = at;
  return use;
}

/** Every {@link Use}. */
export function allUses({ byClient }: Usage): Use[] {
  return [...byClient.values()].flatMap((uses) => [...uses.values()]);
}

/** What a client did with an operation; undefined for nothing. */
export function findUse(
  { byClient }: Usage,
  client: string,
  operation: string,
): Use | undefined {
  return byClient.get(client)?.get(operation);
}

/** How often a client was let through with an operation, or refused. */
export function timesOf(
  use: Use | undefined,
  ...decisions: readonly DecisionWord[]
): number {
  return (use?.outcomes ?? []).reduce(
    (sum, { decision, count }) =>
      decisions.includes(decision) ? sum + count : sum,
    0,
  );
}

function useOf(usage: Usage, client: string, operation: string): Use {
  const uses = usage.byClient.get(client);
  const known = uses?.get(operation);
  if (known !== undefined) return known;
  if (usage.uses >= MAX_USES && operation !== OTHER) {
    return useOf(usage, OTHER, OTHER);
  }
  const use: Use = {
    client,
    operation,
    plain: OPERATION_BY_NAME.get(operation)?.transport === "plain",
    outcomes: [],
    lastUsed: 0,
    lastRefused: 0,
  };
  usage.uses++;
  if (uses === undefined) {
    usage.byClient.set(client, new Map([[operation, use]]));
  } else uses.set(operation, use);
  return use;
}

function outcomeFor(
  usage: Usage,
  { outcomes, operation }: Use,
  decision: DecisionWord,
  code: ReasonCode,
): Outcome {
  for (const one of outcomes) {
    if (one.code === code && one.decision === decision) return one;
  }
  if (usage.outcomes >= MAX_OUTCOMES && operation !== OTHER) {
    return outcomeFor(usage, useOf(usage, OTHER, OTHER), decision, code);
  }
  const made = { decision, code, count: 0 };
  usage.outcomes++;
  outcomes.push(made);
  return made;
}

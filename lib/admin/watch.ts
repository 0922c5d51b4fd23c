/**
 * Everything that the admin listener counts and remembers. One object, fed by
 * the record of each request; what is answered is made of it when it is asked
 * for.
 *
 * @module
 */

import type { RequestRecord } from "../observe/record.ts";
import type { DecisionWord } from "./api.ts";
import {
  createDecisions,
  type Decisions,
  keepDecision,
} from "./decision_ring.ts";
import { createHistogram, type Histogram, observeTime } from "./histogram.ts";
import { createHour, goOn, type Hour } from "./hour.ts";
import { outcomeOf } from "./outcome.ts";
import { countUse, createUsage, type Usage } from "./usage.ts";

/** What is counted. Made by {@link createWatch}. */
export interface Watch {
  /** When it began, in milliseconds since 1970. */
  readonly started: number;
  readonly usage: Usage;
  readonly decisions: Decisions;
  readonly hour: Hour;
  readonly own: Histogram;
  /** Of plain answers alone: a stream answers when it has something to say. */
  readonly engine: Histogram;
  readonly totals: Record<DecisionWord, number>;
  bytesIn: number;
  bytesOut: number;
}

/** Makes a watch that has seen nothing. */
export function createWatch(now: number): Watch {
  return {
    started: now,
    usage: createUsage(),
    decisions: createDecisions(),
    hour: createHour(now),
    own: createHistogram(),
    engine: createHistogram(),
    totals: { allowed: 0, refused: 0, would_refuse: 0, failed: 0 },
    bytesIn: 0,
    bytesOut: 0,
  };
}

/**
 * Takes the record of a request that has ended. This runs for each request.
 *
 * @param now The wall clock in milliseconds.
 */
export function observeRequest(
  watch: Watch,
  record: RequestRecord,
  now: number,
): void {
  const { engineMs, ownMs } = record;
  if (now >= watch.hour.next) goOn(watch.hour, watch, now);
  const outcome = outcomeOf(record);
  const { plain } = countUse(watch.usage, record, now, outcome);
  watch.totals[outcome]++;
  watch.bytesIn += record.bytesIn;
  watch.bytesOut += record.bytesOut;
  observeTime(watch.own, ownMs);
  if (engineMs !== null && plain) {
    // The engine's share of what passed since the head had come.
    observeTime(watch.engine, engineMs > ownMs ? engineMs - ownMs : 0);
  }
  keepDecision(watch.decisions, record, now, outcome);
}

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
import { countInHour, createHour, type Hour } from "./hour.ts";
import { outcomeOf } from "./outcome.ts";
import { countUse, createUsage, type Usage } from "./usage.ts";

/** Upper bounds of the histograms, in seconds. */
const OWN_BOUNDS = [
  0.00005,
  0.0001,
  0.00025,
  0.0005,
  0.001,
  0.0025,
  0.005,
  0.01,
  0.05,
  0.1,
  0.5,
  1,
  5,
];
const ENGINE_BOUNDS = [
  0.0005,
  0.001,
  0.0025,
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
  30,
];

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
    own: createHistogram(OWN_BOUNDS),
    engine: createHistogram(ENGINE_BOUNDS),
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
  const { engineMs, ownMs, bytesIn, bytesOut } = record;
  const outcome = outcomeOf(record);
  const { plain } = countUse(watch.usage, record, now);
  // The engine's share of what passed since the head had come.
  const answered = engineMs === null || !plain
    ? null
    : Math.max(0, engineMs - ownMs);
  watch.totals[outcome]++;
  watch.bytesIn += bytesIn;
  watch.bytesOut += bytesOut;
  observeTime(watch.own, ownMs);
  if (answered !== null) observeTime(watch.engine, answered);
  countInHour(watch.hour, now, outcome, ownMs, answered);
  keepDecision(watch.decisions, record, now);
}

/**
 * The last hour in steps of ten seconds, and the last seconds one by one.
 *
 * Nothing is counted here: what had been counted is noted when a step and when a
 * second begins, and what came in between is the difference. So a request costs
 * one look at the time.
 *
 * @module
 */

import type { DecisionWord, SeriesAnswer } from "./api.ts";
import { FINE_BUCKETS, type Histogram, quantileOf } from "./histogram.ts";

/** Milliseconds of a step. */
const STEP_MS = 10_000;
/** Steps that are kept. */
export const STEPS = 360;
/** Seconds over which rates are told. */
const RATE_SECONDS = 10;
/** Seconds of which the beginning is noted: those, and the present one. */
const SECONDS = RATE_SECONDS + 1;

/** What has been counted since the start. */
export interface Counters {
  readonly totals: Readonly<Record<DecisionWord, number>>;
  readonly own: Histogram;
  readonly engine: Histogram;
}

/** Counts at the beginning of steps or seconds, modulo 2³²: differences are right up to there. */
interface Beginnings {
  readonly requests: Uint32Array;
  readonly refused: Uint32Array;
}

/** What was noted; made by {@link createHour}. The beginning of a step stands at its number modulo {@link STEPS}. */
export interface Hour {
  /** When the next second begins, in milliseconds since 1970: {@link goOn} is due. */
  next: number;
  /** The number of the newest step: milliseconds since 1970 by {@link STEP_MS}. */
  step: number;
  readonly bySteps: Beginnings & {
    readonly failed: Uint32Array;
    /** Times by bucket, {@link FINE_BUCKETS} for each step. */
    readonly engine: Uint32Array;
    readonly own: Uint32Array;
  };
  /** The number of the newest second. */
  second: number;
  readonly bySeconds: Beginnings;
}

/** Makes an hour that begins before anything was counted. */
export function createHour(now: number): Hour {
  const counts = (size: number) => new Uint32Array(size);
  const second = Math.floor(now / 1000);
  return {
    next: (second + 1) * 1000,
    step: Math.floor(now / STEP_MS),
    bySteps: {
      requests: counts(STEPS),
      refused: counts(STEPS),
      failed: counts(STEPS),
      engine: counts(STEPS * FINE_BUCKETS),
      own: counts(STEPS * FINE_BUCKETS),
    },
    second,
    bySeconds: { requests: counts(SECONDS), refused: counts(SECONDS) },
  };
}

/**
 * Goes on to the step and the second of a time, before what happens then is
 * counted; a clock that was set back stays where it is.
 *
 * @param now The wall clock in milliseconds.
 */
export function goOn(hour: Hour, counted: Counters, now: number): void {
  const { bySteps, bySeconds } = hour;
  const requests = requestsOf(counted);
  const refused = refusedOf(counted);
  const step = Math.floor(now / STEP_MS);
  for (let back = Math.min(step - hour.step, STEPS) - 1; back >= 0; back--) {
    const at = (step - back) % STEPS;
    bySteps.requests[at] = requests;
    bySteps.refused[at] = refused;
    bySteps.failed[at] = counted.totals.failed;
    bySteps.engine.set(counted.engine.counts, at * FINE_BUCKETS);
    bySteps.own.set(counted.own.counts, at * FINE_BUCKETS);
  }
  hour.step = Math.max(step, hour.step);
  const second = Math.floor(now / 1000);
  const seconds = Math.min(second - hour.second, SECONDS);
  for (let back = 0; back < seconds; back++) {
    const at = (second - back) % SECONDS;
    bySeconds.requests[at] = requests;
    bySeconds.refused[at] = refused;
  }
  hour.second = Math.max(second, hour.second);
  hour.next = (hour.second + 1) * 1000;
}

function requestsOf({ totals }: Counters): number {
  return totals.allowed + totals.failed + refusedOf({ totals });
}

function refusedOf({ totals }: Pick<Counters, "totals">): number {
  return totals.refused + totals.would_refuse;
}

/** Requests a second, over the last whole seconds. */
export function ratesOf(
  hour: Hour,
  counted: Counters,
  now: number,
): { requests: number; refused: number } {
  goOn(hour, counted, now);
  const mean = (begun: Uint32Array) => {
    const end = begun[hour.second % SECONDS]!;
    const start = begun[(hour.second - RATE_SECONDS) % SECONDS]!;
    return (end - start >>> 0) / RATE_SECONDS;
  };
  const { requests, refused } = hour.bySeconds;
  return { requests: mean(requests), refused: mean(refused) };
}

/** The whole hour, oldest first. */
export function seriesOf(
  hour: Hour,
  counted: Counters,
  now: number,
): SeriesAnswer {
  goOn(hour, counted, now);
  const first = hour.step + 1;
  const inOrder = <T>(of: (at: number, next: number | null) => T): T[] =>
    Array.from({ length: STEPS }, (_, i) => {
      const next = i + 1 < STEPS ? (first + i + 1) % STEPS : null;
      return of((first + i) % STEPS, next);
    });
  const counts = (begun: Uint32Array, all: number) =>
    inOrder((at, next) =>
      (next === null ? all : begun[next]!) - begun[at]! >>> 0
    );
  const times = (begun: Uint32Array, all: Histogram, quantile: number) =>
    inOrder((at, next) =>
      quantileOf(
        Array.from(all.counts, (count, bucket) => {
          const end = next === null
            ? count
            : begun[next * FINE_BUCKETS + bucket]!;
          return end - begun[at * FINE_BUCKETS + bucket]! >>> 0;
        }),
        quantile,
      )
    );
  const { requests, refused, failed, engine, own } = hour.bySteps;
  return {
    step_seconds: STEP_MS / 1000 as 10,
    end: new Date(first * STEP_MS).toISOString(),
    requests: counts(requests, requestsOf(counted)),
    refused: counts(refused, refusedOf(counted)),
    failed: counts(failed, counted.totals.failed),
    engine_p50_ms: times(engine, counted.engine, 0.5),
    engine_p99_ms: times(engine, counted.engine, 0.99),
    own_p99_ms: times(own, counted.own, 0.99),
  };
}

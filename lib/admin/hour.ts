/**
 * The last hour in steps of ten seconds, and the last seconds one by one.
 *
 * @module
 */

import type { DecisionWord, SeriesAnswer } from "./api.ts";
import { FINE_BUCKETS, quantileOf } from "./histogram.ts";

/** Milliseconds of a step. */
const STEP_MS = 10_000;
/** Steps that are kept. */
export const STEPS = 360;
/** Seconds over which rates are told. */
const RATE_SECONDS = 10;

/** Counts by step; made by {@link createHour}. The step of a time stands at its number modulo {@link STEPS}. */
export interface Hour {
  /** The number of the newest step: milliseconds since 1970 by {@link STEP_MS}. */
  step: number;
  readonly requests: Uint32Array;
  readonly refused: Uint32Array;
  readonly failed: Uint32Array;
  /** Times by bucket, {@link FINE_BUCKETS} for each step. */
  readonly engine: Uint32Array;
  readonly own: Uint32Array;
  /** The newest second, and counts of the last ones. */
  second: number;
  readonly bySecond: {
    readonly requests: Uint32Array;
    readonly refused: Uint32Array;
  };
}

/** Makes an hour in which nothing happened. */
export function createHour(now: number): Hour {
  const counts = (size: number) => new Uint32Array(size);
  return {
    step: Math.floor(now / STEP_MS),
    requests: counts(STEPS),
    refused: counts(STEPS),
    failed: counts(STEPS),
    engine: counts(STEPS * FINE_BUCKETS),
    own: counts(STEPS * FINE_BUCKETS),
    second: Math.floor(now / 1000),
    bySecond: {
      requests: counts(RATE_SECONDS + 1),
      refused: counts(RATE_SECONDS + 1),
    },
  };
}

/** Goes on to the step of a time; a clock that was set back stays where it is. */
function advance(hour: Hour, now: number): void {
  const step = Math.floor(now / STEP_MS);
  const passed = Math.min(step - hour.step, STEPS);
  for (let back = 0; back < passed; back++) {
    const at = (step - back) % STEPS;
    hour.requests[at] = hour.refused[at] = hour.failed[at] = 0;
    hour.engine.fill(0, at * FINE_BUCKETS, (at + 1) * FINE_BUCKETS);
    hour.own.fill(0, at * FINE_BUCKETS, (at + 1) * FINE_BUCKETS);
  }
  if (passed > 0) hour.step = step;
  const second = Math.floor(now / 1000);
  const { requests, refused } = hour.bySecond;
  const seconds = Math.min(second - hour.second, requests.length);
  for (let back = 0; back < seconds; back++) {
    const at = (second - back) % requests.length;
    requests[at] = refused[at] = 0;
  }
  if (seconds > 0) hour.second = second;
}

/**
 * Counts one request.
 *
 * @param own The bucket of the time that it was with us.
 * @param engine That of the engine's; negative where it is not counted.
 */
export function countInHour(
  hour: Hour,
  now: number,
  outcome: DecisionWord,
  own: number,
  engine: number,
): void {
  if (now >= (hour.second + 1) * 1000) advance(hour, now);
  const at = hour.step % STEPS;
  const { requests, refused } = hour.bySecond;
  const atSecond = hour.second % requests.length;
  hour.requests[at]!++;
  requests[atSecond]!++;
  if (outcome === "failed") hour.failed[at]!++;
  else if (outcome !== "allowed") {
    hour.refused[at]!++;
    refused[atSecond]!++;
  }
  hour.own[at * FINE_BUCKETS + own]!++;
  if (engine >= 0) hour.engine[at * FINE_BUCKETS + engine]!++;
}

/** Requests a second, over the last whole seconds. */
export function ratesOf(
  hour: Hour,
  now: number,
): { requests: number; refused: number } {
  advance(hour, now);
  const mean = (counts: Uint32Array) => {
    let sum = 0;
    for (let back = 1; back <= RATE_SECONDS; back++) {
      sum += counts[(hour.second - back + counts.length) % counts.length]!;
    }
    return sum / RATE_SECONDS;
  };
  const { requests, refused } = hour.bySecond;
  return { requests: mean(requests), refused: mean(refused) };
}

/** The whole hour, oldest first. */
export function seriesOf(hour: Hour, now: number): SeriesAnswer {
  advance(hour, now);
  const first = hour.step + 1;
  const inOrder = <T>(of: (at: number) => T): T[] =>
    Array.from({ length: STEPS }, (_, i) => of((first + i) % STEPS));
  const times = (counts: Uint32Array, quantile: number) =>
    inOrder((at) =>
      quantileOf(
        counts.subarray(at * FINE_BUCKETS, (at + 1) * FINE_BUCKETS),
        quantile,
      )
    );
  return {
    step_seconds: STEP_MS / 1000 as 10,
    end: new Date(first * STEP_MS).toISOString(),
    requests: inOrder((at) => hour.requests[at]!),
    refused: inOrder((at) => hour.refused[at]!),
    failed: inOrder((at) => hour.failed[at]!),
    engine_p50_ms: times(hour.engine, 0.5),
    engine_p99_ms: times(hour.engine, 0.99),
    own_p99_ms: times(hour.own, 0.99),
  };
}

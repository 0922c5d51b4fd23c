/**
 * What is open, with the rate of each.
 *
 * @module
 */

import type { OpenRequest } from "../proxy/under_way.ts";
import type { Stream, StreamsAnswer } from "./api.ts";
import { rounded, stamp } from "./forms.ts";

/** How many streams are told of: the oldest. */
export const MAX_STREAMS = 500;
/** Milliseconds over which a rate is told at least. */
const RATE_MS = 1000;

/** What a stream had carried when it was looked at. */
interface Look {
  readonly at: number;
  readonly bytes: number;
  readonly rate: number;
}

/** The last look at each stream that is open, by its id. */
export interface Rates {
  looks: ReadonlyMap<number, Look>;
}

/** Begins without a look. */
export function createRates(): Rates {
  return { looks: new Map() };
}

/** What is open, as it is answered; notes how much each has carried. */
export function streamsAnswer(
  rates: Rates,
  open: readonly OpenRequest[],
  now: number,
): StreamsAnswer {
  const looks = new Map<number, Look>();
  const streams = open.slice(0, MAX_STREAMS).map((one): Stream => {
    const look = lookAt(rates.looks.get(one.id), one, now);
    looks.set(one.id, look);
    return {
      id: one.id,
      client: one.client,
      container: one.container,
      remote: one.remote,
      operation: one.operation,
      method: one.method,
      path: one.path.slice(0, 512),
      kind: one.kind,
      started: stamp(now - one.ageMs),
      age_seconds: rounded(one.ageMs / 1000),
      bytes_in: one.bytesIn,
      bytes_out: one.bytesOut,
      bytes_per_second: Math.round(look.rate),
    };
  });
  rates.looks = looks;
  return { total: open.length, streams };
}

function lookAt(
  before: Look | undefined,
  { bytesIn, bytesOut, ageMs }: OpenRequest,
  now: number,
): Look {
  const bytes = bytesIn + bytesOut;
  // The first look tells the mean of all that went before.
  const last = before ?? { at: now - ageMs, bytes: 0, rate: 0 };
  const passed = now - last.at;
  if (before !== undefined && passed >= 0 && passed < RATE_MS) return before;
  const rate = (bytes - last.bytes) * 1000 / Math.max(passed, RATE_MS);
  return { at: now, bytes, rate: Math.max(0, rate) };
}

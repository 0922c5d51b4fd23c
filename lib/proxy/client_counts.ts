/**
 * What the clients with limits have under way, and what they have asked for in
 * the last second. There is one entry for each client of the policy that has
 * limits, so no client can make it grow.
 *
 * @module
 */

import type { ReasonCode } from "../observe/reasons.ts";
import { type ClientLimits, NO_LIMITS } from "../policy/client_limits.ts";
import { allRights, type Policy, rightsOf } from "../policy/compile.ts";
import {
  borrow,
  fullBucket,
  type TokenBucket,
  waitForToken,
} from "./token_bucket.ts";

/** What one client has under way. Made and changed by {@link countsFor}. */
export interface ClientCounts {
  /** Its name in the policy; null for all that are not in it, which count as one. */
  readonly client: string | null;
  limits: ClientLimits;
  /** Requests that are under way, and those of them that are streams or tunnels. */
  requests: number;
  streams: number;
  /** Milliseconds that its uploads were held back. */
  slowedMs: number;
  /** A token is a request; null without a limit. */
  rate: TokenBucket | null;
  /** A token is a byte; null without a limit. */
  upload: TokenBucket | null;
  /** A token is an answer to what is too much. */
  readonly answers: TokenBucket;
}

/** A place among the requests that a client has under way. */
export interface Slot {
  readonly counts: ClientCounts;
  readonly isStream: boolean;
}

/** The counts of each client that has limits. */
export type CountsByClient = ReadonlyMap<string | null, ClientCounts>;

/** Requests a second of all connections together whose client is not known yet. */
const UNKNOWN_PER_SECOND = 100;

/**
 * The counts of all connections whose client is not known yet: what is malformed
 * or for sockwarden itself is answered without that. Beyond their rate such
 * answers wait; nothing is refused for it.
 */
export function countsOfUnknown(now: number): ClientCounts {
  const rate = UNKNOWN_PER_SECOND;
  return createCounts(null, { ...NO_LIMITS, rate, burst: rate }, now);
}

/** What a request exceeds. */
export interface Excess {
  readonly code: Extract<ReasonCode, `limit.${string}`>;
  /** Whole seconds after which it may be sent again; at least 1. */
  readonly retryAfter: number;
}

/**
 * Answers a second that tell a client that it asks for too much. What comes
 * beyond waits, so that a flood costs others little.
 */
const ANSWERS_PER_SECOND = 100;
/** Of these at once: a client that is over its limit now and then waits for none. */
const ANSWERS_AT_ONCE = 10;
/** Milliseconds that such an answer waits at most. */
export const MAX_WAIT_MS = 1000;
/** Seconds until something that is under way may have ended: nobody knows. */
const UNKNOWN_SECONDS = 1;

/**
 * The counts under a policy. What a client has under way counts on, and a limit
 * that has not changed goes on as it is, so that a new policy gives nobody new
 * tokens. Uploads that run are held to the new limits.
 *
 * @param before The counts so far.
 * @param now A clock that never goes back, in milliseconds.
 */
export function countsFor(
  policy: Policy,
  before: CountsByClient,
  now: number,
): CountsByClient {
  for (const counts of before.values()) {
    const { limits } = rightsOf(policy, counts.client);
    setLimits(counts, limits ?? NO_LIMITS, now);
  }
  const limited = allRights(policy).filter(({ limits }) => limits !== null);
  return new Map(limited.map(({ client, limits }) => [
    client,
    before.get(client) ?? createCounts(client, limits!, now),
  ]));
}

function createCounts(
  client: string | null,
  limits: ClientLimits,
  now: number,
): ClientCounts {
  const counts: ClientCounts = {
    client,
    limits,
    requests: 0,
    streams: 0,
    slowedMs: 0,
    rate: null,
    upload: null,
    answers: fullBucket(ANSWERS_PER_SECOND, ANSWERS_AT_ONCE, now),
  };
  setLimits(counts, limits, now);
  return counts;
}

function setLimits(
  counts: ClientCounts,
  limits: ClientLimits,
  now: number,
): void {
  const { rate, burst, uploadRate } = limits;
  counts.limits = limits;
  counts.rate = renewed(counts.rate, rate, burst ?? rate, now);
  counts.upload = renewed(counts.upload, uploadRate, uploadRate, now);
}

function renewed(
  before: TokenBucket | null,
  rate: number | null,
  size: number | null,
  now: number,
): TokenBucket | null {
  if (rate === null || size === null) return null;
  return before?.rate === rate && before.size === size
    ? before
    : fullBucket(rate, size, now);
}

/**
 * Judges a request, and counts it in the rate where it exceeds nothing.
 *
 * @param isStream Whether it opens a stream or a tunnel; null for a request
 * that is answered without the engine, so that nothing is under way.
 * @returns What it exceeds; null where it is within the limits.
 */
export function judgeRequest(
  { limits, requests, streams, rate }: ClientCounts,
  isStream: boolean | null,
  now: number,
): Excess | null {
  if (isStream === true && streams >= (limits.streams ?? Infinity)) {
    return { code: "limit.streams", retryAfter: UNKNOWN_SECONDS };
  }
  if (isStream !== null && requests >= (limits.requests ?? Infinity)) {
    return { code: "limit.requests", retryAfter: UNKNOWN_SECONDS };
  }
  if (rate === null) return null;
  const wait = waitForToken(rate, now);
  if (wait > 0) {
    return { code: "limit.rate", retryAfter: Math.ceil(wait / 1000) };
  }
  borrow(rate, 1, now);
  return null;
}

/** Milliseconds that the answer to a request that exceeds a limit waits: none for the first ones. */
export function waitToAnswer({ answers }: ClientCounts, now: number): number {
  const wait = borrow(answers, 1, now);
  if (wait <= MAX_WAIT_MS) return wait;
  // More would only make later ones wait that are sent when the flood is over.
  answers.tokens = -ANSWERS_PER_SECOND * MAX_WAIT_MS / 1000;
  return MAX_WAIT_MS;
}

/** Takes a place for a request that goes to the engine. */
export function takeSlot(counts: ClientCounts, isStream: boolean): Slot {
  counts.requests++;
  if (isStream) counts.streams++;
  return { counts, isStream };
}

/** Gives a place back. To be called once for each that was taken. */
export function giveBack({ counts, isStream }: Slot): void {
  counts.requests--;
  if (isStream) counts.streams--;
}

/**
 * A token bucket: so many tokens come back in a second, up to its size. Times
 * are milliseconds of a clock that never goes back.
 *
 * @module
 */

/** A bucket. Made by {@link fullBucket}. */
export interface TokenBucket {
  /** Tokens that come back in a second. */
  readonly rate: number;
  /** The most tokens that it holds. */
  readonly size: number;
  /** Tokens that were there at `filled`; below zero for what was borrowed. */
  tokens: number;
  filled: number;
}

/** A bucket with all its tokens. */
export function fullBucket(
  rate: number,
  size: number,
  now: number,
): TokenBucket {
  return { rate, size, tokens: size, filled: now };
}

/** Milliseconds until a token is there; 0 where one is. */
export function waitForToken(bucket: TokenBucket, now: number): number {
  fill(bucket, now);
  return bucket.tokens >= 1 ? 0 : (1 - bucket.tokens) / bucket.rate * 1000;
}

/**
 * Takes tokens, whether they are there or not.
 *
 * @returns Milliseconds until all that was borrowed has come back; 0 where
 * nothing is.
 */
export function borrow(
  bucket: TokenBucket,
  tokens: number,
  now: number,
): number {
  fill(bucket, now);
  bucket.tokens -= tokens;
  return bucket.tokens >= 0 ? 0 : -bucket.tokens / bucket.rate * 1000;
}

function fill(bucket: TokenBucket, now: number): void {
  const back = (now - bucket.filled) / 1000 * bucket.rate;
  bucket.tokens = Math.min(bucket.size, bucket.tokens + back);
  bucket.filled = now;
}

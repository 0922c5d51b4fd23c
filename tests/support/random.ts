/**
 * Random numbers from a seed, so that what was found can be made again.
 *
 * @module
 */

/** Makes random choices; the same ones for the same seed. */
export interface Random {
  /** A number from 0 up to, and without, 1. */
  next(): number;
  /** A whole number from 0 up to, and without, that one. */
  below(limit: number): number;
  /** True that often of 1. */
  chance(share: number): boolean;
  pick<T>(list: readonly T[]): T;
}

/** Choices from a whole number. */
export function randomFrom(seed: number): Random {
  const next = mulberry32(seed);
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    chance: (share) => next() < share,
    pick: (list) => list[below(list.length)]!,
  };
}

/** A generator of pseudo-random numbers: "mulberry32" by T. Ettinger, which is in the public domain. */
export function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

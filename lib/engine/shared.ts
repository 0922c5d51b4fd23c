/**
 * One question for all who have it at the same time.
 *
 * @module
 */

import { pause } from "../host.ts";

/** Runs on their way at once, where one does not wait for the other. */
const MAX_RUNS = 4;

/**
 * Answers all who ask while a run is on its way with the next one: the one that
 * is on its way may have begun before what they ask about.
 *
 * @param run Asks once.
 * @param patience Milliseconds after which the next run begins, although the
 * one before has not ended: for questions that may hang.
 */
export function shared<T>(
  run: () => Promise<T>,
  patience = Infinity,
): () => Promise<T> {
  /** The last that has begun; null where that has ended. */
  let latest: Promise<T> | null = null;
  let next: Promise<T> | null = null;
  /** The ends of those that are on their way; none fails. */
  const ends = new Set<Promise<void>>();
  const begin = () => {
    const mine = run();
    const ended = () => {
      ends.delete(end);
      if (latest === mine) latest = null;
    };
    const end = mine.then(ended, ended);
    ends.add(end);
    return latest = mine;
  };
  const afterwards = async (before: Promise<T>) => {
    const late = ends.size < MAX_RUNS && patience < Infinity
      ? [pause(patience)]
      : [];
    await Promise.race([...ends, ...late]);
    next = null;
    return await (latest === null || latest === before ? begin() : latest);
  };
  return () => latest === null ? begin() : next ??= afterwards(latest);
}

/** {@link shared}, for each key on its own. */
export function sharedBy<T>(
  run: (key: string) => Promise<T>,
  patience = Infinity,
): (key: string) => Promise<T> {
  const asked = new Map<string, { ask: () => Promise<T>; waiting: number }>();
  return async (key) => {
    const entry = asked.get(key) ??
      { ask: shared(() => run(key), patience), waiting: 0 };
    asked.set(key, entry);
    entry.waiting++;
    try {
      return await entry.ask();
    } finally {
      if (--entry.waiting === 0) asked.delete(key);
    }
  };
}

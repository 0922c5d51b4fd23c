/**
 * Shares one answer among all who ask the same question at the same time.
 *
 * @module
 */

import { after, pause } from "../host.ts";

/** Runs of one question that may be under way at once, where the next does not wait for the one before. */
export const MAX_RUNS = 4;

/** How questions are shared. */
export interface SharedOptions {
  /** Milliseconds after which the next run begins although the one before has not ended; for questions that may hang. Never unless given. */
  readonly overtakeAfterMs?: number;
}

/**
 * Shares the runs of a question. Who asks while none is under way begins one.
 * All who ask while one is under way share the next one, since the one under
 * way may have begun before what they ask about.
 *
 * @param run Asks once. Its rejection goes to those alone who share that run.
 */
export function shared<T>(
  run: () => Promise<T>,
  { overtakeAfterMs = Infinity }: SharedOptions = {},
): () => Promise<T> {
  /** The run that began last; null where it has ended. */
  let latest: Promise<T> | null = null;
  /** What those who ask now share; null where no next run is waited for. */
  let next: Promise<T> | null = null;
  /** The ends of the runs under way; none of them rejects. */
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
  const beginAfter = async (before: Promise<T>) => {
    const overtake = ends.size < MAX_RUNS && overtakeAfterMs < Infinity
      ? [pause(overtakeAfterMs)]
      : [];
    await Promise.race([...ends, ...overtake]);
    next = null;
    return await (latest === null || latest === before ? begin() : latest);
  };
  return () => latest === null ? begin() : next ??= beginAfter(latest);
}

/** Shares the runs of a question for each key on its own, as {@link shared} does; forgets a key once its last question is answered. */
export function sharedBy<T>(
  run: (key: string) => Promise<T>,
  options: SharedOptions = {},
): (key: string) => Promise<T> {
  const asked = new Map<string, { ask: () => Promise<T>; waiting: number }>();
  return async (key) => {
    const entry = asked.get(key) ??
      { ask: shared(() => run(key), options), waiting: 0 };
    asked.set(key, entry);
    entry.waiting++;
    try {
      return await entry.ask();
    } finally {
      if (--entry.waiting === 0) asked.delete(key);
    }
  };
}

/** An answer, or another in its place where it does not come within so many milliseconds. */
export async function within<T>(
  milliseconds: number,
  answer: Promise<T>,
  late: T,
): Promise<T> {
  let cancel = () => {};
  const limit = new Promise<T>((resolve) =>
    cancel = after(milliseconds, () => resolve(late))
  );
  try {
    return await Promise.race([answer, limit]);
  } finally {
    cancel();
  }
}

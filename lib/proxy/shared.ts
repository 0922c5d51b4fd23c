/**
 * One question for all who have it at the same time.
 *
 * @module
 */

/**
 * Answers all who ask while it is on its way with the next run: the one that is
 * on its way may have begun before what they ask about.
 *
 * @param run Asks once.
 */
export function shared<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  let next: Promise<T> | null = null;
  const begin = () => running = run().finally(() => running = null);
  const afterwards = async (before: Promise<T>) => {
    await before.catch(() => {});
    next = null;
    return await (running ?? begin());
  };
  return () => running === null ? begin() : next ??= afterwards(running);
}

/** {@link shared}, for each key on its own. */
export function sharedBy<T>(
  run: (key: string) => Promise<T>,
): (key: string) => Promise<T> {
  const asked = new Map<string, { ask: () => Promise<T>; waiting: number }>();
  return async (key) => {
    const entry = asked.get(key) ?? { ask: shared(() => run(key)), waiting: 0 };
    asked.set(key, entry);
    entry.waiting++;
    try {
      return await entry.ask();
    } finally {
      if (--entry.waiting === 0) asked.delete(key);
    }
  };
}

/**
 * A clock that only a test moves: what it tells, and the timers that run by it.
 *
 * @module
 */

/** The timers and the clock of the system, whatever a test holds. */
export const real = {
  now: performance.now.bind(performance),
  setTimeout: globalThis.setTimeout.bind(globalThis),
  clearTimeout: globalThis.clearTimeout.bind(globalThis),
  setInterval: globalThis.setInterval.bind(globalThis),
  clearInterval: globalThis.clearInterval.bind(globalThis),
  performanceNow: performance.now,
  timers: {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    setInterval: globalThis.setInterval,
    clearInterval: globalThis.clearInterval,
  },
};

/** A clock that stands still. */
export interface Clock {
  /** Lets time pass: each timer that is due runs, in order, at its own time. */
  advance(milliseconds: number): Promise<void>;
  /** Lets the system's time go on; timers that wait run by it. */
  release(): void;
}

interface Timer {
  due: number;
  /** Milliseconds between two calls; null for one call. */
  readonly every: number | null;
  readonly call: () => void;
}

/** A turn of the event loop in which sockets are looked at. */
export function turn(): Promise<void> {
  return new Promise((resolve) => real.setTimeout(resolve, 0));
}

/** Ids that the system's own timers do not reach. */
const FIRST_ID = 1_000_000_000;

/**
 * Holds `performance.now` and all timers of this test file, but those of no
 * delay at all: these only yield.
 */
export function holdClock(): Clock {
  // Whole milliseconds, so that sums of them are exact.
  let now = Math.ceil(real.now());
  let lastId = FIRST_ID;
  const waiting = new Map<number, Timer>();
  /** What became of timers that outlived the hold. */
  const released = new Map<number, () => void>();

  const add = (
    call: (...values: unknown[]) => void,
    delay: number,
    repeats: boolean,
    values: unknown[],
  ): number => {
    const id = ++lastId;
    waiting.set(id, {
      due: now + delay,
      every: repeats ? delay : null,
      call: () => call(...values),
    });
    return id;
  };
  const clear = (id: unknown) => {
    waiting.delete(id as number);
    released.get(id as number)?.();
    released.delete(id as number);
    if (!(Number(id) > FIRST_ID)) real.clearTimeout(id as number);
  };
  const changed = globalThis as unknown as Record<string, unknown>;
  changed.setTimeout = (
    call: (...values: unknown[]) => void,
    delay = 0,
    ...values: unknown[]
  ) =>
    delay > 0
      ? add(call, delay, false, values)
      : real.setTimeout(call, 0, ...values);
  changed.setInterval = (
    call: (...values: unknown[]) => void,
    delay = 0,
    ...values: unknown[]
  ) => add(call, Math.max(1, delay), true, values);
  changed.clearTimeout = clear;
  changed.clearInterval = clear;
  performance.now = () => now;

  return {
    async advance(milliseconds) {
      const end = now + milliseconds;
      await turn();
      for (;;) {
        let next: [number, Timer] | null = null;
        for (const one of waiting) {
          if (
            one[1].due <= end && !(next !== null && next[1].due <= one[1].due)
          ) {
            next = one;
          }
        }
        if (next === null) break;
        const [id, timer] = next;
        now = Math.max(now, timer.due);
        if (timer.every === null) waiting.delete(id);
        else timer.due += timer.every;
        timer.call();
        await turn();
      }
      now = end;
    },
    release() {
      performance.now = real.performanceNow;
      Object.assign(globalThis, real.timers);
      // A caller may still clear by the number that it was given.
      changed.clearTimeout = changed.clearInterval = (id: unknown) => {
        const end = released.get(id as number);
        released.delete(id as number);
        if (end === undefined) real.clearTimeout(id as number);
        else end();
      };
      for (const [id, { due, every, call }] of waiting) {
        if (every === null) {
          const own = real.setTimeout(call, Math.max(0, due - now));
          released.set(id, () => real.clearTimeout(own));
        } else {
          const own = real.setInterval(call, every);
          released.set(id, () => real.clearInterval(own));
        }
      }
      waiting.clear();
    },
  };
}

/**
 * Time that passes when a test says so, for what the program asks of the clock
 * and of timers. Sockets and files go on in real time.
 *
 * @module
 */

/** The clock of a test. */
export interface Clock {
  /** Lets time pass; what is due is called in order. */
  advance(milliseconds: number): Promise<void>;
  /**
   * Lets time pass from one short timer to the next until a promise settles.
   * Timers of more than a second are limits on what sockets do, and are left.
   */
  pass<T>(promise: Promise<T>): Promise<T>;
  /** Waits in real time until something holds, and no time passes; fails after 3 s. */
  until(what: string, holds: () => boolean): Promise<void>;
  /** How many timers are set. */
  timers(): number;
  /** Milliseconds that have passed. */
  passed(): number;
}

interface Timer {
  at: number;
  readonly callback: () => void;
  /** Milliseconds after which it is due again; null for once. */
  readonly every: number | null;
}

const SHORT_MS = 1000;

/** Runs a test with a clock of its own. */
export async function withClock(
  run: (clock: Clock) => Promise<void>,
): Promise<void> {
  const real = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    setInterval: globalThis.setInterval,
    clearInterval: globalThis.clearInterval,
    now: performance.now,
    wall: Date.now,
  };
  // Whole milliseconds, so that sums are exact.
  const start = Math.ceil(performance.now());
  const wallStart = Date.now();
  let now = start;
  let last = 0;
  const timers = new Map<number, Timer>();
  const add = (callback: () => void, delay: number, repeats: boolean) => {
    timers.set(++last, {
      at: now + delay,
      callback,
      every: repeats ? delay : null,
    });
    return last;
  };
  const settle = async () => {
    for (let i = 0; i < 3; i++) {
      await new Promise<void>((resolve) => real.setTimeout(resolve, 0));
    }
  };
  const next = (): [number, Timer] | null => {
    const [first] = [...timers].sort(([, a], [, b]) => a.at - b.at);
    return first ?? null;
  };
  const fire = async (id: number, timer: Timer) => {
    now = Math.max(now, timer.at);
    if (timer.every === null) timers.delete(id);
    else timer.at += timer.every;
    timer.callback();
    await settle();
  };
  const until = async (what: string, holds: () => boolean) => {
    const end = real.now.call(performance) + 3000;
    while (!holds()) {
      if (real.now.call(performance) > end) {
        throw new Error(`never happened: ${what}`);
      }
      await new Promise<void>((resolve) => real.setTimeout(resolve, 1));
    }
  };
  const clock: Clock = {
    async advance(milliseconds) {
      const end = now + milliseconds;
      await settle();
      for (let one = next(); one !== null && one[1].at <= end; one = next()) {
        await fire(...one);
      }
      now = end;
    },
    async pass(promise) {
      let settled = false;
      const end = () => settled = true;
      promise.then(end, end);
      const due = () => {
        const one = next();
        return one !== null && one[1].at - now <= SHORT_MS ? one : null;
      };
      for (;;) {
        await until(
          "the end, or a timer",
          () => settled || due() !== null,
        );
        if (settled) return await promise;
        await fire(...due()!);
      }
    },
    until,
    timers: () => timers.size,
    passed: () => now - start,
  };
  Object.assign(globalThis, {
    setTimeout: (callback: () => void, delay = 0) =>
      add(callback, delay, false),
    setInterval: (callback: () => void, delay = 0) =>
      add(callback, delay, true),
    clearTimeout: (id: number) => timers.delete(id),
    clearInterval: (id: number) => timers.delete(id),
  });
  performance.now = () => now;
  Date.now = () => wallStart + now - start;
  try {
    await run(clock);
  } finally {
    const { now: realNow, wall, ...functions } = real;
    Object.assign(globalThis, functions);
    performance.now = realNow;
    Date.now = wall;
  }
}

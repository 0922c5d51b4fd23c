/**
 * Clocks and timers.
 *
 * @module
 */

/** Milliseconds since the epoch. */
export function wallClock(): number {
  return Date.now();
}

/** Milliseconds on a clock that never goes back. */
export function monotonic(): number {
  return performance.now();
}

/** Calls back once after so many milliseconds; returns what cancels it. */
export function after(milliseconds: number, callback: () => void): () => void {
  const id = setTimeout(callback, milliseconds);
  return () => clearTimeout(id);
}

/** Ends after so many milliseconds. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => after(milliseconds, () => resolve()));
}

/** Calls back every so many milliseconds; returns what ends it. */
export function every(milliseconds: number, callback: () => void): () => void {
  const id = setInterval(callback, milliseconds);
  return () => clearInterval(id);
}

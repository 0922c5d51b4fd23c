/**
 * Where the lines of the audit go: a queue that makes lines of entries when they
 * are written, so that what begins a new file comes first in it.
 *
 * @module
 */

import type { LogLevel } from "../observe/level.ts";

/** Lines on their way. */
export interface Sink {
  /** Adds an entry, whatever waits already. */
  readonly add: (entry: string) => void;
  /** Characters that wait. */
  readonly held: () => number;
  /** Whether the last try to write failed. */
  readonly fails: () => boolean;
  /** Begins to write what waits. */
  readonly flush: () => void;
  /** Whether what waits now could be written, once that is known. */
  readonly written: () => Promise<boolean>;
  /** Goes on in another file, where it is one. */
  readonly reopen: () => void;
  /** Writes what waits, and ends; resolves with how many entries were lost. */
  readonly end: () => Promise<number>;
}

/** Tells the log. */
export type Tell = (level: LogLevel, message: string) => void;

/** Why something failed. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Adds lines to the file of a recording, and waits for the disk. What cannot be
 * written is tried again; what has no room meanwhile is counted.
 *
 * @module
 */

import { encodeUtf8 } from "../host.ts";
import type { LogLevel } from "../observe/level.ts";

/** Adds some of the bytes to a file and tells how many; `sync` resolves when the disk has them. */
export interface Write {
  readonly write: (bytes: Uint8Array) => Promise<number>;
  readonly sync: () => Promise<void>;
}

/** Characters that one run writes at most: clients choose what is recorded. */
const MAX_RUN = 64 << 20;
/** Characters that wait at most. */
const MAX_WAITING = 4 << 20;

/** Lines on their way to a file. */
export interface Sink {
  readonly to: Write;
  readonly tell: (level: LogLevel, message: string) => void;
  /** Characters that may wait. */
  readonly most: number;
  /** Characters that may still be written. */
  room: number;
  /** Lines, each with its line end. */
  waiting: string;
  /** What is left of the bytes that were begun. */
  left: Uint8Array;
  /** Calls whose lines had no room. */
  dropped: number;
  /** How many of them a line says. */
  told: number;
  /** Whether the last try failed. */
  failing: boolean;
}

/** Makes a sink. */
export function createSink(
  to: Write,
  tell: Sink["tell"],
  most = MAX_WAITING,
): Sink {
  return {
    to,
    tell,
    most,
    room: MAX_RUN,
    waiting: "",
    left: new Uint8Array(),
    dropped: 0,
    told: 0,
    failing: false,
  };
}

/** Writes what waits, and waits for the disk; never rejects. */
export async function flushSink(sink: Sink): Promise<void> {
  if (sink.waiting === "" && sink.left.length === 0) return;
  try {
    for (;;) {
      // The rest of a line comes before any other.
      while (sink.left.length > 0) {
        const written = await sink.to.write(sink.left);
        sink.left = sink.left.subarray(written);
      }
      if (sink.waiting === "") break;
      sink.left = encodeUtf8(sink.waiting);
      sink.waiting = "";
    }
    await sink.to.sync();
    if (sink.failing) sink.tell("notice", "the recording is written again");
    sink.failing = false;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (!sink.failing) {
      sink.tell(
        "err",
        `the recording cannot be written: ${why}; it is tried again each second, and up to ${
          sink.most >> 20
        } MiB are kept meanwhile`,
      );
    }
    sink.failing = true;
  }
}

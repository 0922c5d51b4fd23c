/**
 * Writes lines: gathered and written together, and dropped and counted while
 * they are not read or cannot be written, so that nothing ever waits for the
 * log. What could not be written is tried again.
 *
 * @module
 */

import { after, encodeUtf8, monotonic, pause } from "../host.ts";

/** Milliseconds that lines wait for more of them. */
const GATHER_MS = 5;
/** Characters that wait at most before lines are dropped. */
const MAX_WAITING_CHARACTERS = 1 << 20;
/** Milliseconds to the next try where writing failed (a full disk, a reader that is gone). */
const RETRY_MS = 1000;
/** Milliseconds between two checks that everything is written. */
const FLUSH_INTERVAL_MS = 20;

/** Lines on their way. Made by {@link createLineWriter}. */
export interface LineWriter {
  /** Writes some of the bytes; resolves with how many. */
  readonly write: (bytes: Uint8Array) => Promise<number>;
  /** The line that says how many were dropped. */
  readonly droppedLine: (count: number) => string;
  waiting: string;
  /** What is left of the bytes that were begun. */
  left: Uint8Array;
  /** Lines that were dropped and not told of yet. */
  dropped: number;
  /** Lines that were dropped since the start. */
  lost: number;
  writing: Promise<void> | null;
  /** Ends the timer that writes next; null without one. */
  cancel: (() => void) | null;
  /** Whether the last try to write failed. */
  failing: boolean;
}

/** Makes a writer. */
export function createLineWriter(
  write: LineWriter["write"],
  droppedLine: LineWriter["droppedLine"],
): LineWriter {
  return {
    write,
    droppedLine,
    waiting: "",
    left: new Uint8Array(),
    dropped: 0,
    lost: 0,
    writing: null,
    cancel: null,
    failing: false,
  };
}

/** Adds a line, with its line end. */
export function addLine(writer: LineWriter, line: string): void {
  if (writer.waiting.length + line.length > MAX_WAITING_CHARACTERS) {
    writer.dropped++;
    writer.lost++;
    return;
  }
  addOwnLine(writer, line);
}

/** Adds a line of somebody who counts by itself what may wait. */
export function addOwnLine(writer: LineWriter, line: string): void {
  writer.waiting += line;
  if (writer.writing === null) schedule(writer, GATHER_MS);
}

/** Waits until everything is written, for so many milliseconds at most. */
export async function flushLines(
  writer: LineWriter,
  milliseconds: number,
): Promise<void> {
  const end = monotonic() + milliseconds;
  start(writer);
  while (writer.writing !== null && monotonic() < end) {
    await Promise.race([writer.writing, pause(FLUSH_INTERVAL_MS)]);
    if (!writer.failing) start(writer);
  }
}

function schedule(writer: LineWriter, milliseconds: number): void {
  writer.cancel ??= after(milliseconds, () => start(writer));
}

function start(writer: LineWriter): void {
  writer.cancel?.();
  writer.cancel = null;
  if (writer.writing !== null) return;
  if (writer.waiting === "" && writer.left.length === 0) return;
  writer.writing = drain(writer);
}

async function drain(writer: LineWriter): Promise<void> {
  try {
    for (;;) {
      // The rest of a line comes before any other.
      while (writer.left.length > 0) {
        const written = await writer.write(writer.left);
        writer.left = writer.left.subarray(written);
        writer.failing = false;
      }
      if (writer.waiting === "") return;
      writer.left = encodeUtf8(writer.waiting);
      writer.waiting = "";
      if (writer.dropped > 0) {
        writer.waiting = writer.droppedLine(writer.dropped);
        writer.dropped = 0;
      }
    }
  } catch {
    // The proxy goes on without its log, until it can be written again.
    writer.failing = true;
    schedule(writer, RETRY_MS);
  } finally {
    // At once: a line that comes next must begin anew, or it would wait for another.
    writer.writing = null;
  }
}

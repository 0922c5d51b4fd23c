/**
 * Writes lines: gathered and written together, and dropped and counted while
 * they are not read, so that nothing ever waits for the reader.
 *
 * @module
 */

import { after, encodeUtf8, monotonic, pause } from "../host.ts";

/** Milliseconds that lines wait for more of them. */
const GATHER_MS = 5;
/** Characters that wait at most before lines are dropped. */
const MAX_WAITING_CHARACTERS = 1 << 20;
/** Milliseconds between two checks that everything is written. */
const FLUSH_INTERVAL_MS = 20;

/** Lines on their way. Made by {@link createLineWriter}. */
export interface LineWriter {
  /** Writes some of the bytes; resolves with how many. */
  readonly write: (bytes: Uint8Array) => Promise<number>;
  /** The line that says how many were dropped. */
  readonly droppedLine: (count: number) => string;
  waiting: string;
  dropped: number;
  writing: Promise<void> | null;
  scheduled: boolean;
  /** Writing has failed: no line is taken any more. */
  broken: boolean;
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
    dropped: 0,
    writing: null,
    scheduled: false,
    broken: false,
  };
}

/** Adds a line, with its line end. */
export function addLine(writer: LineWriter, line: string): void {
  if (writer.broken) return;
  if (writer.waiting.length + line.length > MAX_WAITING_CHARACTERS) {
    writer.dropped++;
    return;
  }
  writer.waiting += line;
  if (writer.scheduled || writer.writing !== null) return;
  writer.scheduled = true;
  after(GATHER_MS, () => {
    writer.scheduled = false;
    start(writer);
  });
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
    start(writer);
  }
}

function start(writer: LineWriter): void {
  if (writer.writing === null && writer.waiting !== "") {
    writer.writing = drain(writer).finally(() => writer.writing = null);
  }
}

async function drain(writer: LineWriter): Promise<void> {
  while (writer.waiting !== "") {
    const bytes = encodeUtf8(writer.waiting);
    writer.waiting = "";
    try {
      for (let at = 0; at < bytes.length;) {
        at += await writer.write(bytes.subarray(at));
      }
    } catch {
      // The log is not read any more (a closed pipe, a full disk): the proxy
      // goes on without it.
      writer.broken = true;
      writer.waiting = "";
      return;
    }
    if (writer.dropped > 0) {
      const line = writer.droppedLine(writer.dropped);
      writer.dropped = 0;
      writer.waiting = line + writer.waiting;
    }
  }
}

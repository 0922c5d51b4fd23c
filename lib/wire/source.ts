/**
 * The reading side of a connection: one read is always under way, so that its
 * end is seen at once, and what comes early waits in a bounded queue.
 *
 * @module
 */

import { type Conn, type ErrorKind, errorKind } from "../host.ts";

/** Size of the first buffer: a usual head fits. An idle stream has up to four of this size. */
const MIN_BUFFER_BYTES = 1024;
/** Size of a buffer in bulk transfers. */
const MAX_BUFFER_BYTES = 256 * 1024;
/** Size of an engine's buffer between two messages, after a large one. */
const MAX_RESTING_BUFFER_BYTES = 64 * 1024;
/** Size of a client's buffer outside bulk transfers: most clients are idle. */
const MAX_HEAD_BUFFER_BYTES = 16 * 1024;
/** Bytes that may wait in the queue before reading stops. */
const MAX_QUEUED_BYTES = 16 * 1024;
/**
 * By how much the buffers of all open sources may be larger than the first, in
 * sum; a source has up to three. Where that is reached, transfers go on with the
 * buffers that they have.
 */
let mostGrown = 12 * 1024 * 1024;
/** Reads in a row that leave a buffer mostly empty, after which it shrinks. */
const MIN_EMPTY_READS = 4;

/** The reading side of a connection. Made by {@link openSource}. */
export interface Source {
  readonly conn: Conn;
  /** The bytes at hand are `buffer[start, end)`. */
  buffer: Uint8Array<ArrayBuffer>;
  start: number;
  end: number;
  /** The read under way; resolves, never rejects, when something changed. */
  pending: Promise<void> | null;
  /** The peer has ended its side, or the connection broke. */
  ended: boolean;
  /** We have closed the connection. */
  closed: boolean;
  /** How it broke; null for an orderly end. */
  failure: ErrorKind | null;
  /** Called once when the side has ended. */
  onEnd: (() => void) | null;
  /** Buffers that have arrived and were not taken yet; how many bytes each holds; their sum. */
  readonly queue: Uint8Array<ArrayBuffer>[];
  readonly sizes: number[];
  queued: number;
  /** Whether reading goes on by itself while nothing is taken. */
  readonly eager: boolean;
  /** Size of the next buffer in bytes, and the largest that it may grow to. */
  size: number;
  most: number;
  /** Reads in a row that left a buffer mostly empty, and that filled one. */
  small: number;
  full: number;
  /** A buffer to use again. */
  spare: Uint8Array<ArrayBuffer> | null;
  reading: Uint8Array<ArrayBuffer> | null;
  readonly onRead: (size: number | null) => void;
  readonly onFailure: (error: unknown) => void;
}

const NOTHING = new Uint8Array(0);

/** No connection: for a side of which nothing is read here. Nobody may change it. */
export const UNREAD: Source = {
  conn: {
    remoteAddr: { transport: "unix", path: "" },
    localAddr: { transport: "unix", path: "" },
    read: () => Promise.resolve(null),
    write: () => Promise.resolve(0),
    closeWrite: () => Promise.resolve(),
    close: () => {},
  },
  buffer: NOTHING,
  start: 0,
  end: 0,
  // Never done: its end is not seen here.
  pending: new Promise(() => {}),
  ended: false,
  closed: false,
  failure: null,
  onEnd: null,
  queue: [],
  sizes: [],
  queued: 0,
  eager: true,
  size: MIN_BUFFER_BYTES,
  most: MIN_BUFFER_BYTES,
  small: 0,
  full: 0,
  spare: null,
  reading: null,
  onRead: () => {},
  onFailure: () => {},
};

/** By how much the buffers of all open sources are larger than the first. */
let grown = 0;

/** Lets all buffers together grow by at most that many bytes, where it is less than 12 MiB. */
export function boundGrowth(bytes: number): void {
  mostGrown = Math.min(mostGrown, bytes);
}

/** Sets the size of the next buffer, if all buffers together may have it. */
function resize(source: Source, size: number): void {
  const sum = grown + size - source.size;
  if (size > source.size && sum > mostGrown) return;
  grown = sum;
  source.size = size;
}

/**
 * Starts to read a connection.
 *
 * @param eager Read on by itself, so that the peer's end is seen while nothing
 * is taken. Otherwise the next read starts with {@link readAhead} or {@link rest}.
 * @param bytes What was read of it before, and is at hand.
 */
export function openSource(
  conn: Conn,
  eager: boolean,
  bytes: Uint8Array<ArrayBuffer> = NOTHING,
): Source {
  const source: Source = {
    conn,
    buffer: bytes,
    start: 0,
    end: bytes.length,
    pending: null,
    ended: false,
    closed: false,
    failure: null,
    onEnd: null,
    queue: [],
    sizes: [],
    queued: 0,
    eager,
    size: MIN_BUFFER_BYTES,
    most: eager ? MAX_HEAD_BUFFER_BYTES : MAX_BUFFER_BYTES,
    small: 0,
    full: 0,
    spare: null,
    reading: null,
    onRead: (size) => finishRead(source, size),
    onFailure: (error) => {
      source.failure = errorKind(error);
      end(source);
    },
  };
  readAhead(source);
  return source;
}

/** Makes sure that a read is under way, unless enough waits already. */
export function readAhead(source: Source): void {
  if (
    source.pending !== null || source.ended || source.queued >= MAX_QUEUED_BYTES
  ) return;
  let into = source.spare;
  if (into === null || into.length !== source.size) {
    into = new Uint8Array(source.size);
  }
  source.spare = null;
  source.reading = into;
  source.pending = source.conn.read(into).then(
    source.onRead,
    source.onFailure,
  );
}

/**
 * Makes the next bytes that have arrived the ones at hand, once those before
 * are used up. Does not start the next read: the caller does, as soon as it
 * knows whether more of the same is to come.
 *
 * @returns Whether there are bytes at hand. If not, and the source has not
 * ended, await `pending` and ask again.
 */
export function take(source: Source): boolean {
  if (source.start < source.end) return true;
  const next = source.queue.shift();
  if (next === undefined) {
    readAhead(source);
    return false;
  }
  if (source.buffer.length === source.size) source.spare = source.buffer;
  source.buffer = next;
  source.start = 0;
  source.end = source.sizes.shift()!;
  source.queued -= source.end;
  if (source.eager) readAhead(source);
  return true;
}

/**
 * Joins the next bytes that have arrived to those at hand, so that both stand
 * in one piece of `buffer`. With nothing at hand it is {@link take}.
 *
 * @returns Whether bytes were added. If not, and the source has not ended,
 * await `pending` and ask again.
 */
export function takeMore(source: Source): boolean {
  const { buffer, start, end } = source;
  if (start === end) return take(source);
  const next = source.queue.shift();
  if (next === undefined) {
    readAhead(source);
    return false;
  }
  const size = source.sizes.shift()!;
  const held = end - start;
  if (end + size > buffer.length) {
    // Twice the size at least: many small pieces are not copied each time.
    source.buffer = new Uint8Array(Math.max(held + size, 2 * held));
    source.buffer.set(buffer.subarray(start, end));
    source.start = 0;
    source.end = held;
  }
  source.buffer.set(next.subarray(0, size), source.end);
  source.end += size;
  source.queued -= size;
  if (next.length === source.size) source.spare = next;
  if (source.eager) readAhead(source);
  return true;
}

/** Lets the buffers grow to the size for bulk transfers, until {@link rest}. */
export function allowBulk(source: Source): void {
  source.most = MAX_BUFFER_BYTES;
}

/** Returns to small buffers between two messages, and waits for the next one. */
export function rest(source: Source): void {
  const resting = source.eager
    ? MAX_HEAD_BUFFER_BYTES
    : MAX_RESTING_BUFFER_BYTES;
  source.most = source.eager ? MAX_HEAD_BUFFER_BYTES : MAX_BUFFER_BYTES;
  resize(source, Math.min(source.size, resting));
  if (source.spare !== null && source.spare.length > resting) {
    source.spare = null;
  }
  if (source.start === source.end && source.buffer.length > resting) {
    source.buffer = NOTHING;
    source.start = source.end = 0;
  }
  readAhead(source);
}

/** Whether bytes have arrived that were not used. */
export function hasBytes(source: Source): boolean {
  return source.start < source.end || source.queue.length > 0;
}

/** Closes the connection; the read under way ends, and `onEnd` is not called. */
export function closeSource(source: Source): void {
  source.ended = true;
  source.closed = true;
  resize(source, MIN_BUFFER_BYTES);
  try {
    source.conn.close();
  } catch {
    // It is closed already.
  }
}

function finishRead(source: Source, size: number | null): void {
  try {
    takeIn(source, size);
  } catch (error) {
    // There was no memory for it: the connection is given up.
    source.onFailure(error);
  }
}

function takeIn(source: Source, size: number | null): void {
  source.pending = null;
  if (source.ended) return;
  if (size === null) return end(source);
  const into = source.reading!;
  source.reading = null;
  source.queued += size;
  const last = source.queue.at(-1);
  const filled = source.sizes.at(-1)!;
  if (last !== undefined && filled + size <= last.length) {
    // Small pieces share a buffer, so that what waits takes little more than
    // its size.
    last.set(into.subarray(0, size), filled);
    source.sizes[source.sizes.length - 1] = filled + size;
    source.spare = into;
  } else {
    source.queue.push(into);
    source.sizes.push(size);
  }
  if (size === into.length) {
    // Up to the resting size at once; beyond it only a transfer that goes on,
    // or each answer of just over that size would make a new buffer.
    source.small = 0;
    if (into.length < MAX_RESTING_BUFFER_BYTES || ++source.full > 1) {
      resize(source, Math.min(into.length * 4, source.most));
    }
  } else if (size * 8 < into.length) {
    if (++source.small >= MIN_EMPTY_READS) {
      resize(source, Math.max(into.length >> 2, MIN_BUFFER_BYTES));
      source.small = 0;
    }
    source.full = 0;
  } else source.full = 0;
  if (source.eager) readAhead(source);
}

function end(source: Source): void {
  source.pending = null;
  if (source.ended) return;
  source.ended = true;
  source.onEnd?.();
}

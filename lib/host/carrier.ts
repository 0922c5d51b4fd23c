/**
 * The carrier of the lean base: it carries the bytes of plain requests, and the
 * program decides. A connection is known by its number, which is given to no
 * other one for a very long time. What is not as plain as what it carries, the
 * program adopts: it gets ordinary connections, and the bytes that were read of
 * them.
 *
 * @module
 */

import type { Conn, Listener } from "./conn.ts";

/** What the program is told of; each with what comes with it. */
export const TOLD = {
  /** A client was accepted: its IP address, ours (both empty on a unix socket), the number of the listener. */
  accepted: 0,
  /** One whole head of a request has come, in ASCII, at most 4 KiB, and nothing behind it: its text. */
  request: 1,
  /** One whole head of an answer has come, in ASCII: its text, and how many bytes behind it. */
  answer: 2,
  /** The connection is to be adopted. */
  odd: 3,
  /** An answer was carried: its {@link OUTCOME}, and the bytes that the client got. */
  carried: 4,
  /** The program's own answer was written: whether the connection ends with it. */
  replied: 5,
  /** The client has gone between two requests, or while its connection was closing. */
  gone: 6,
  /** The client of a stream has ended its side. */
  ended: 7,
  /** The listener of that number cannot accept: the reason, and whether something is short. It rests until {@link Carrier.listen}. */
  short: 8,
} as const;

/** How the carrying of an answer has ended. */
export const OUTCOME = {
  /** It is whole, and the client's connection goes on. */
  whole: 0,
  /** It is whole, and the client's connection is closing. */
  last: 1,
  /** Bytes came behind it, and the client's connection is closing. */
  surplus: 2,
  /** The client has gone; both sides are closed, as in what follows. */
  clientGone: 3,
  /** The engine has ended it too early. */
  engineGone: 4,
  /** Its chunks are malformed. */
  malformed: 5,
} as const;

/**
 * Gets what happens, by a direct call from the event loop. A connection with
 * which it does nothing after {@link TOLD} `request`, `answer` or `odd` is closed.
 */
export type CarrierHandler = (
  kind: number,
  id: number,
  one: unknown,
  two: unknown,
  three: unknown,
) => void;

/** A connection that is carried no more, as the program gets it. */
export interface Adopted {
  readonly client: Conn;
  /** What was read of it and belongs to no request that was told. */
  readonly clientBytes: Uint8Array<ArrayBuffer>;
  /** The engine's side; null where there is none. */
  readonly engine: Conn | null;
  /** What was read of that. */
  readonly engineBytes: Uint8Array<ArrayBuffer>;
  /** Whether a request was answered on the engine's side before. */
  readonly reused: boolean;
}

/** Carries plain requests. Made by `openCarrier`. */
export interface Carrier {
  /** Accepts from a listener, for good; its number, -1 where it is closed. */
  listen(listener: Listener): number;
  /** Does not read a client of which the program is being told, until {@link read}. */
  hold(id: number): void;
  /** Reads a client that was held. */
  read(id: number): void;
  /** Takes a connection out; null where it is gone. */
  adopt(id: number): Adopted | null;
  /**
   * Sends a request of which the program was told.
   *
   * @param head The exact bytes, of a GET or HEAD without a body.
   * @param key Whose it is: an engine connection serves one key only.
   * @returns false where it was not sent: to be adopted.
   */
  exchange(id: number, head: Uint8Array, key: number): boolean;
  /**
   * Passes on an answer of which the program was told.
   *
   * @param head What takes the place of its head; null for the same bytes.
   * @param length Bytes of its body; -1 for chunks.
   * @param ends Whether the client's connection is closed after it.
   * @param reusable Whether the engine's connection may be used again.
   * @param streams Whether the client cancels it by ending its side.
   * @param room How many engine connections may wait for other clients' requests.
   * @returns The bytes that the client got, where it is whole already; -1 where
   * that is told; -2 where nothing was done: to be adopted.
   */
  relay(
    id: number,
    head: Uint8Array | null,
    length: number,
    ends: boolean,
    reusable: boolean,
    streams: boolean,
    room: number,
  ): number;
  /** Answers in place of the engine; whether it was written at once: else that is told. */
  reply(id: number, bytes: Uint8Array, ends: boolean): boolean;
  /** Closes both sides at once; nothing is told of it. */
  discard(id: number): void;
  /** Ends our side of the engine's connection. */
  endEngine(id: number): void;
  /** Bytes of the answer under way that the client got. */
  sent(id: number): number;
  /** Closes engine connections that have waited for 10 s; how many wait. */
  sweep(): number;
  /** Closes all that wait; how many there were. */
  clearPool(): number;
  /** Milliseconds since the kernel last heard of a TCP client; negative where it is not known. */
  heard(id: number): number;
  /** Sets the TCP keepalive idle time and interval, in seconds; false where the connection is closed. */
  setKeepAliveTime(id: number, seconds: number): boolean;
}

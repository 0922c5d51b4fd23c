/**
 * One connection to the admin listener: its requests one after the other, by
 * the same strict reader as on the Docker listeners, and within time limits.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { after, type Conn, encodeUtf8, monotonic, pause } from "../host.ts";
import type { HttpError } from "../http1/error.ts";
import { checkHeadStart } from "../http1/head_start.ts";
import type { HeadLimits } from "../http1/limits.ts";
import { parseRequestHead, type RequestHead } from "../http1/request.ts";
import { headAtHand, readHead } from "../wire/head.ts";
import { closeSource, openSource, type Source, take } from "../wire/source.ts";
import { writeAll } from "../wire/write.ts";
import { errorReply, type Reply, replyBytes, streamHead } from "./reply.ts";

/** An answer without an end: what it gets first, and the call that feeds it. */
export interface StreamReply {
  readonly type: string;
  /** Takes the reader; returns what it calls once the client has gone. */
  readonly start: (reader: Reader) => () => void;
}

/** Who reads an answer without an end. */
export interface Reader {
  /** Whether the write before is still under way. */
  readonly isBusy: () => boolean;
  /** Writes, unless the write before is still under way; returns whether it did. */
  readonly write: (text: string) => boolean;
  /** Ends the answer and the connection. */
  readonly end: () => void;
}

/** Answers one request of a holder. Rejects for a bug only. */
export type Answer = (
  head: RequestHead,
  holder: string,
) => Promise<Reply | StreamReply>;

/** Makes room for the bytes of an answer, which are held until the client has taken them. */
export type Reserve = (connection: AdminConnection, bytes: number) => void;

/** One connection. */
export interface AdminConnection {
  readonly source: Source;
  /** Whom it is counted for. */
  readonly holder: string;
  /** When it was accepted, on the monotonic clock in milliseconds. */
  readonly opened: number;
  /** Whether it reads events. */
  reads: boolean;
  /** Bytes of the answer that is being written. */
  holds: number;
  /** What it does, and since when on the monotonic clock in milliseconds. */
  phase: "idle" | "head" | "answering" | "writing" | "streaming" | "closing";
  since: number;
}

/** Bounds of a head: no client of this listener needs more. */
const LIMITS: HeadLimits = {
  headBytes: 16 * 1024,
  headerCount: 100,
  requestLineBytes: 4 * 1024,
};
/** Milliseconds that each phase may last. */
const MOST_MS: Readonly<Record<AdminConnection["phase"], number>> = {
  idle: 120_000,
  head: 5_000,
  answering: 30_000,
  writing: 10_000,
  streaming: Infinity,
  closing: 2_000,
};
/** Milliseconds that a closing connection is still read, so that the last answer arrives. */
const LINGER_MS = 1000;
/** Pipelined requests that are served in a row before other connections get a turn. */
const MAX_IN_A_ROW = 16;

/** Starts on a connection that was accepted. */
export function openConnection(conn: Conn, holder: string): AdminConnection {
  const now = monotonic();
  return {
    source: openSource(conn, true),
    holder,
    opened: now,
    reads: false,
    holds: 0,
    phase: "idle",
    since: now,
  };
}

/** Closes a connection whose phase has lasted too long. */
export function closeOverdue(connection: AdminConnection): void {
  if (monotonic() - connection.since > MOST_MS[connection.phase]) {
    closeSource(connection.source);
  }
}

function enter(
  connection: AdminConnection,
  phase: AdminConnection["phase"],
): void {
  connection.phase = phase;
  connection.since = monotonic();
}

/** Serves a connection until one side has gone; never rejects. */
export async function runConnection(
  connection: AdminConnection,
  answer: Answer,
  reserve: Reserve,
): Promise<void> {
  const { source } = connection;
  try {
    for (let row = 1; await serveOne(connection, answer, reserve); row++) {
      enter(connection, "idle");
      if (row % MAX_IN_A_ROW === 0) await pause(0);
    }
    await linger(connection);
  } catch {
    // The client has gone.
  }
  closeSource(source);
}

/** Serves one request; returns whether another may follow. */
async function serveOne(
  connection: AdminConnection,
  answer: Answer,
  reserve: Reserve,
): Promise<boolean> {
  const head = await nextHead(connection);
  if (head === null) return false;
  enter(connection, "answering");
  if ("reason" in head) {
    await send(connection, replyBytes(wrongHead(head), false, true), reserve);
    return false;
  }
  const isHead = head.method === "HEAD";
  const reply = await answerTo(head, connection.holder, answer);
  if (connection.source.closed) return false;
  if ("start" in reply) {
    await stream(connection, head, reply);
    return false;
  }
  // A body is not read: what follows the head may be part of it.
  const keep = head.keepAlive && head.framing.kind === "none" &&
    reply.last !== true;
  await send(connection, replyBytes(reply, isHead, !keep), reserve);
  return keep;
}

async function answerTo(
  head: RequestHead,
  holder: string,
  answer: Answer,
): Promise<Reply | StreamReply> {
  try {
    return await answer(head, holder);
  } catch (error) {
    return errorReply(500, `internal error: ${error}`);
  }
}

/** The next head; null where the client has gone. */
async function nextHead(
  connection: AdminConnection,
): Promise<RequestHead | HttpError | null> {
  const { source } = connection;
  while (!take(source)) {
    if (source.ended) return null;
    await source.pending;
  }
  enter(connection, "head");
  const text = headAtHand(source) ??
    await readHead(
      source,
      LIMITS.headBytes,
      (text, from) => checkHeadStart(text, from, LIMITS),
    );
  if (typeof text === "string") return parseRequestHead(text, LIMITS);
  if ("reason" in text) return text;
  return text.kind === "too long" ? checkHeadStart(text.text, 0, LIMITS) : null;
}

/** The answer to a head that cannot be read; the bounds here are fixed, so no setting is named. */
function wrongHead({ status, reason }: HttpError): Reply {
  return errorReply(status, reason.replace(/ \(--[a-z-]+\)$/, ""));
}

async function send(
  connection: AdminConnection,
  bytes: Uint8Array<ArrayBuffer>,
  reserve: Reserve,
): Promise<void> {
  enter(connection, "writing");
  reserve(connection, bytes.length);
  connection.holds = bytes.length;
  await writeAll(connection.source.conn, bytes);
  connection.holds = 0;
}

/** Feeds an answer without an end until the client has gone or is told to go. */
async function stream(
  connection: AdminConnection,
  head: RequestHead,
  { type, start }: StreamReply,
): Promise<void> {
  const { source } = connection;
  const chunked = head.minor === 1;
  enter(connection, "writing");
  await writeAll(source.conn, streamHead(type, chunked));
  if (head.method === "HEAD") return;
  enter(connection, "streaming");
  connection.reads = true;
  const stop = start(readerOf(connection, chunked));
  try {
    while (!source.ended) {
      if (take(source)) source.start = source.end;
      else await source.pending;
    }
  } finally {
    stop();
  }
}

function readerOf(connection: AdminConnection, chunked: boolean): Reader {
  const { source } = connection;
  const end = () => closeSource(source);
  let busy = false;
  return {
    end,
    isBusy: () => busy || source.closed,
    write(text) {
      if (busy || source.closed) return false;
      const bytes = encodeUtf8(text);
      busy = true;
      enter(connection, "writing");
      writeAll(source.conn, chunked ? asChunk(bytes) : bytes).then(() => {
        busy = false;
        enter(connection, "streaming");
      }, end);
      return true;
    },
  };
}

function asChunk(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return concat([
    encodeUtf8(`${bytes.length.toString(16)}\r\n`),
    bytes,
    encodeUtf8("\r\n"),
  ]);
}

/** Ends our side in order and reads on for a moment (RFC 9112 section 9.6). */
async function linger(connection: AdminConnection): Promise<void> {
  const { source } = connection;
  if (source.ended) return;
  enter(connection, "closing");
  await source.conn.closeWrite();
  const stop = after(LINGER_MS, () => closeSource(source));
  while (!source.ended) {
    if (take(source)) source.start = source.end;
    else if (source.pending !== null) await source.pending;
  }
  stop();
}

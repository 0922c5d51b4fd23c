/**
 * Changes the engine's answer on its way to the client: the head loses the
 * fields of the engine's connection, and says whether the client's ends. A body
 * that ends with that connection is sent in chunks, so that a cut shows.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { decodeLatin1, encodeUtf8 } from "../host.ts";
import { withFields, withoutCuts } from "../http1/response.ts";
import { type Body, takeBody } from "../wire/body.ts";
import { hasBytes, type Source } from "../wire/source.ts";
import type { AnswerHead } from "./state.ts";

/** The end of a body in chunks (RFC 9112 section 7.1). */
export const LAST_CHUNK: Uint8Array<ArrayBuffer> = encodeUtf8("0\r\n\r\n");

/** A part of a body, not empty, as one chunk. */
export function asChunk(
  piece: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const size = encodeUtf8(piece.length.toString(16) + "\r\n");
  return concat([size, piece, LAST_CHUNK.subarray(1, 3)]);
}

/**
 * The bytes of an answer's head as the client gets them; a view of those that
 * came where nothing changes.
 *
 * @param ends Whether the connection is closed after this answer.
 * @param chunks Whether the body is sent in chunks, which it does not come in.
 * @param line The line of our id; null without one.
 */
export function passedOn(
  { head, bytes }: AnswerHead,
  ends: boolean,
  chunks = false,
  line: Uint8Array<ArrayBuffer> | null = null,
): Uint8Array<ArrayBuffer> {
  const plain = withoutCuts(
    bytes,
    line === null ? head.cuts : head.cutsWithIds,
  );
  const more = (line === null ? "" : decodeLatin1(line)) +
    (chunks ? "Transfer-Encoding: chunked\r\n" : "") +
    (ends ? "Connection: close\r\n" : "");
  return more === "" ? plain : withFields(plain, more);
}

/**
 * The head and what has come of the body, for one write: without a copy where
 * the head is unchanged, since both stand side by side.
 *
 * @param ends As for {@link passedOn}.
 * @param chunks As for {@link passedOn}.
 * @param line The line of our id; null without one.
 */
export function firstPiece(
  answer: AnswerHead,
  ends: boolean,
  chunks: boolean,
  body: Body,
  engine: Source,
  line: Uint8Array<ArrayBuffer> | null = null,
): Uint8Array<ArrayBuffer> {
  const { bytes } = answer;
  const from = engine.start;
  const size = takeBody(body, engine, true);
  // Bytes beyond the answer end both connections.
  const last = ends || body.done && hasBytes(engine);
  const plain = answer.head.cutsWithIds.length === 0 && !last && !chunks;
  if (line !== null && plain) {
    const piece = insertLine(answer, line, engine, from, size);
    if (piece !== null) return piece;
  }
  const head = passedOn(answer, last, chunks, line);
  if (size === 0) return head;
  if (head === bytes) {
    return engine.buffer.subarray(from - bytes.length, from + size);
  }
  const piece = engine.buffer.subarray(from, from + size);
  return concat([head, chunks ? asChunk(piece) : piece]);
}

/** Bytes of the empty line that ends a head. */
const EMPTY_LINE = 2;

/**
 * Puts a line at the end of an answer's head where it stands: what follows it
 * moves, if the buffer has room and nothing else waits in it.
 *
 * @param from Where the head ends.
 * @param size Bytes of the body that follow it.
 * @returns The head and these bytes; null where there is no room.
 */
function insertLine(
  { bytes }: AnswerHead,
  line: Uint8Array<ArrayBuffer>,
  { buffer, start, end }: Source,
  from: number,
  size: number,
): Uint8Array<ArrayBuffer> | null {
  const until = from + size;
  if (start !== end || until + line.length > buffer.length) return null;
  const at = from - EMPTY_LINE;
  buffer.copyWithin(at + line.length, at, until);
  buffer.set(line, at);
  return buffer.subarray(from - bytes.length, until + line.length);
}

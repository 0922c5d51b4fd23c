/**
 * Reads the head of a message off a source: the bytes up to and including the
 * first empty line (RFC 9112 section 2.1). What the head says is read elsewhere.
 *
 * A head is returned as text of one code unit a byte. Its bytes stand directly
 * before the source's `start`, in one piece with what follows: {@link bytesOfHead}.
 *
 * @module
 */

import { decodeLatin1 } from "../host.ts";
import { type Source, takeMore } from "./source.ts";

/** Why there is no head, with the part that arrived. */
export interface NoHead {
  /**
   * `ended`: the peer has ended its side before the first byte; `cut`: within
   * the head; `too long`: the head is larger than its bound.
   */
  readonly kind: "ended" | "cut" | "too long";
  readonly text: string;
}

/**
 * Looks at a head that is not complete.
 *
 * @param text All of it that was read.
 * @param from The part of `text` before this index was looked at earlier.
 * @returns null, or a reason to stop reading.
 */
export type CheckStart<Problem extends object> = (
  text: string,
  from: number,
) => Problem | null;

/** The usual head is not larger: this much is searched and decoded first. */
const MAX_USUAL_HEAD_BYTES = 1024;

/** The end of the last field line and the empty line. */
const END_OF_HEAD = "\r\n\r\n";

/**
 * Takes a head that is at hand and of the usual size, at most 1 KiB. Allocates
 * its text and nothing else that lasts.
 *
 * @returns The head; null where {@link readHead} must read it, and then nothing
 * is taken.
 */
export function headAtHand(source: Source): string | null {
  const { start } = source;
  const end = Math.min(source.end, start + MAX_USUAL_HEAD_BYTES);
  const text = decodeLatin1(source.buffer.subarray(start, end));
  const at = text.indexOf(END_OF_HEAD);
  if (at < 0) return null;
  const size = at + END_OF_HEAD.length;
  source.start = start + size;
  return size === text.length ? text : text.slice(0, size);
}

/**
 * Reads a head, however it was cut into pieces. A head that is not complete stays at hand.
 *
 * @param maxBytes Bytes of the largest head, its last empty line included.
 * @param check Called each time that a part was searched and no end was found;
 * the parts double in size, from 1 KiB on.
 * @returns The head, why there is none, or what `check` has found.
 */
export async function readHead<Problem extends object = never>(
  source: Source,
  maxBytes: number,
  check?: CheckStart<Problem>,
): Promise<string | NoHead | Problem> {
  let text = "";
  let part = MAX_USUAL_HEAD_BYTES;
  for (;;) {
    // All that is at hand was searched.
    while (source.start + text.length === source.end) {
      if (takeMore(source)) continue;
      if (source.ended) return { kind: text === "" ? "ended" : "cut", text };
      await source.pending;
    }
    const from = text.length;
    const start = source.start + from;
    const end = Math.min(source.end, start + part);
    text += decodeLatin1(source.buffer.subarray(start, end));
    // Up to three bytes of the end may stand in the part before.
    const at = text.indexOf(END_OF_HEAD, from - 3);
    const size = at < 0 ? text.length : at + END_OF_HEAD.length;
    if (at < 0) {
      const problem = check?.(text, from) ?? null;
      if (problem !== null) return problem;
    }
    if (size > maxBytes) return { kind: "too long", text };
    if (at >= 0) {
      source.start += size;
      return size === text.length ? text : text.slice(0, size);
    }
    part *= 2;
  }
}

/**
 * The bytes of the head that was read last.
 *
 * @param text The head, as it was returned.
 * @returns A view of the source's buffer, directly before its `start`; valid
 * until more is taken.
 */
export function bytesOfHead(
  source: Source,
  text: string,
): Uint8Array<ArrayBuffer> {
  return source.buffer.subarray(source.start - text.length, source.start);
}

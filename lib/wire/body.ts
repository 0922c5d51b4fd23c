/**
 * Takes a message body off a source, piece by piece, up to its end.
 *
 * @module
 */

import {
  type ChunkFollower,
  followChunks,
  scanChunks,
} from "../http1/chunked.ts";
import type { Framing } from "../http1/framing.ts";
import type { Source } from "./source.ts";

/** A body that is being taken. Made by {@link openBody}. */
export interface Body {
  readonly kind: Framing["kind"];
  /** Bytes that are still to come, of a body of known length. */
  remaining: number;
  readonly chunks: ChunkFollower | null;
  /** The body's end was reached. */
  done: boolean;
  /** Why the body is malformed; null where it is not. */
  error: string | null;
  /** Bytes of content seen. */
  size: number;
}

/** Starts on a body. */
export function openBody(framing: Framing): Body {
  const remaining = framing.kind === "length" ? framing.length : 0;
  return {
    kind: framing.kind,
    remaining,
    chunks: framing.kind === "chunked" ? followChunks() : null,
    done: framing.kind === "none" ||
      (framing.kind === "length" && remaining === 0),
    error: null,
    size: 0,
  };
}

/**
 * Takes what is at hand of a body. The bytes to pass on begin at the source's
 * old `start`; chunked bodies may have been rewritten in place.
 *
 * @param chunkFraming Whether chunk sizes are passed on, or the content alone.
 * @returns How many bytes to pass on, counted from the old `start`; 0 where the
 * body is malformed, and `error` says why.
 */
export function takeBody(
  body: Body,
  source: Source,
  chunkFraming: boolean,
): number {
  if (body.done) return 0;
  const available = source.end - source.start;
  if (body.chunks !== null) {
    const { chunks } = body;
    body.error = scanChunks(
      chunks,
      source.buffer,
      source.start,
      source.end,
      chunkFraming,
    );
    source.start += chunks.consumed;
    body.size = chunks.payload;
    body.done = chunks.done;
    return chunks.kept;
  }
  let size = available;
  if (body.kind === "length") {
    size = Math.min(available, body.remaining);
    body.remaining -= size;
    body.done = body.remaining === 0;
  }
  source.start += size;
  body.size += size;
  return size;
}

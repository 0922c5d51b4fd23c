/**
 * Follows a chunked body through buffers of any size and rewrites it, in
 * place, in its plainest form: chunk extensions and trailer fields are checked
 * and dropped (RFC 9112 section 7.1 lets a recipient ignore the first and
 * discard the second), all else stays byte for byte.
 *
 * @module
 */

/** Where in the body the next byte stands. */
type Phase =
  | "size"
  | "extension"
  | "size-lf"
  | "data"
  | "data-cr"
  | "data-lf"
  | "trailer"
  | "trailer-field"
  | "trailer-lf"
  | "end-lf"
  | "done";

/** A body being followed; made by {@link followChunks}. */
export interface ChunkFollower {
  phase: Phase;
  /** Bytes of chunk data that are still to come. */
  remaining: number;
  /** Digits of the size read so far. */
  digits: number;
  /** Bytes of the extension or the trailer section read so far. */
  dropped: number;
  /** Bytes taken by the last call of {@link scanChunks}. */
  consumed: number;
  /** Bytes kept by it, from its `start` on. */
  kept: number;
  /** Bytes of chunk data seen in all. */
  payload: number;
}

/** Bytes of extension on one chunk, and of trailer fields in all. */
const MAX_DROPPED_BYTES = 4096;
/** Digits of a chunk size: as many as a number holds exactly. */
const MAX_DIGITS = 13;

const CR = 0x0d;
const LF = 0x0a;
const SEMICOLON = 0x3b;

/** Starts to follow a chunked body. */
export function followChunks(): ChunkFollower {
  return {
    phase: "size",
    remaining: 0,
    digits: 0,
    dropped: 0,
    consumed: 0,
    kept: 0,
    payload: 0,
  };
}

/**
 * Takes the bytes `[start, end)` of a buffer up to the end of the body.
 *
 * Afterwards `consumed` tells how many were taken, and the `kept` bytes from
 * `start` on are what to pass on; the phase is `done` at the body's end.
 *
 * @param framing Whether sizes and line ends are kept, or the data alone.
 * @returns null, or the reason why the body is malformed.
 */
export function scanChunks(
  body: ChunkFollower,
  buffer: Uint8Array,
  start: number,
  end: number,
  framing: boolean,
): string | null {
  let at = start;
  let out = start;
  let error: string | null = null;
  while (at < end && error === null && body.phase !== "done") {
    if (body.phase === "data") {
      const size = Math.min(body.remaining, end - at);
      if (out !== at) buffer.copyWithin(out, at, at + size);
      at += size;
      out += size;
      body.payload += size;
      body.remaining -= size;
      if (body.remaining === 0) body.phase = "data-cr";
      continue;
    }
    const byte = buffer[at++]!;
    let keep = framing;
    switch (body.phase) {
      case "size": {
        const digit = hexDigit(byte);
        if (digit >= 0) {
          if (++body.digits > MAX_DIGITS) error = "a chunk size is too long";
          body.remaining = body.remaining * 16 + digit;
        } else if (body.digits === 0) {
          error = "a chunk size is not a hexadecimal number";
        } else if (byte === CR) {
          body.phase = "size-lf";
        } else if (byte === SEMICOLON) {
          body.phase = "extension";
          body.dropped = 0;
          keep = false;
        } else {
          error = "a chunk size is followed by what is no chunk extension";
        }
        break;
      }
      case "extension":
        if (byte === CR) body.phase = "size-lf";
        else {
          keep = false;
          if (!visible(byte) || ++body.dropped > MAX_DROPPED_BYTES) {
            error = "a chunk extension is malformed or too long";
          }
        }
        break;
      case "size-lf":
        if (byte !== LF) error = "a chunk size does not end with CR LF";
        body.digits = 0;
        body.dropped = 0;
        body.phase = body.remaining === 0 ? "trailer" : "data";
        break;
      case "data-cr":
        if (byte !== CR) error = "chunk data does not end where its size says";
        body.phase = "data-lf";
        break;
      case "data-lf":
        if (byte !== LF) error = "chunk data does not end where its size says";
        body.phase = "size";
        break;
      case "trailer":
        if (byte === CR) body.phase = "end-lf";
        else {
          keep = false;
          body.phase = "trailer-field";
          if (byte <= 0x20 || byte >= 0x7f) error = "a trailer is malformed";
        }
        break;
      case "trailer-field":
        keep = false;
        if (byte === CR) body.phase = "trailer-lf";
        else if (!visible(byte) || ++body.dropped > MAX_DROPPED_BYTES) {
          error = "a trailer is malformed or too long";
        }
        break;
      case "trailer-lf":
        keep = false;
        if (byte !== LF) error = "a trailer does not end with CR LF";
        body.phase = "trailer";
        break;
      case "end-lf":
        if (byte !== LF) error = "the body does not end with CR LF";
        body.phase = "done";
        break;
    }
    if (keep) buffer[out++] = byte;
  }
  body.consumed = at - start;
  body.kept = out - start;
  return error;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** A byte that a field value may hold (RFC 9110 section 5.5, without 0x80 and up). */
function visible(byte: number): boolean {
  return byte === 0x09 || (byte >= 0x20 && byte < 0x7f);
}

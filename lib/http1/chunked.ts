/**
 * Follows a chunked body through buffers of any size and rewrites it, in
 * place, in its plainest form: chunk extensions and trailer fields are checked
 * and dropped (RFC 9112 section 7.1 lets a recipient ignore the first and
 * discard the second), all else stays byte for byte.
 *
 * @module
 */

/*
 * RFC 9112 section 7.1:
 *
 *     chunked-body    = *chunk last-chunk trailer-section CRLF
 *     chunk           = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
 *     chunk-size      = 1*HEXDIG
 *     last-chunk      = 1*("0") [ chunk-ext ] CRLF
 *     chunk-data      = 1*OCTET
 *     chunk-ext       = *( BWS ";" BWS chunk-ext-name
 *                          [ BWS "=" BWS chunk-ext-val ] )
 *     trailer-section = *( field-line CRLF )
 *
 * Stricter: no whitespace between a size and its extension, no byte outside
 * ASCII, bounds on sizes and on what is dropped. Looser: an extension is any
 * text of a line after ";", and a trailer field any line that starts with no
 * whitespace: none of it is passed on.
 */

/** Where in the body the next byte stands. */
type Phase =
  | "size-start"
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

/** What a byte is, as far as the framing cares. */
type ByteClass = "cr" | "lf" | "digit" | "semicolon" | "blank" | "visible";

/** What becomes of a byte of a class, and the phase after it. */
type Transition = readonly ["keep" | "drop", Phase];

/** The transitions out of a phase; a byte without one is the error `else`. */
type Transitions =
  & Readonly<Partial<Record<ByteClass, Transition>>>
  & { readonly else: string };

const EXTENSION: Transition = ["drop", "extension"];
const TRAILER_FIELD: Transition = ["drop", "trailer-field"];
const WRONG_DATA_END = "chunk data does not end where its size says";

/**
 * What may come in each phase. Two things depend on more than the byte: after
 * a size of 0 the trailer section comes instead of `data`, and `data` ends
 * after as many bytes as the size says.
 */
const TRANSITIONS: Readonly<Partial<Record<Phase, Transitions>>> = {
  "size-start": {
    digit: ["keep", "size"],
    else: "a chunk size is not a hexadecimal number",
  },
  "size": {
    digit: ["keep", "size"],
    semicolon: EXTENSION,
    cr: ["keep", "size-lf"],
    else: "a chunk size is followed by something other than ';' or CR LF",
  },
  "extension": {
    digit: EXTENSION,
    semicolon: EXTENSION,
    blank: EXTENSION,
    visible: EXTENSION,
    cr: ["keep", "size-lf"],
    else: "a chunk extension is malformed",
  },
  "size-lf": {
    lf: ["keep", "data"],
    else: "a chunk size does not end with CR LF",
  },
  "data-cr": { cr: ["keep", "data-lf"], else: WRONG_DATA_END },
  "data-lf": { lf: ["keep", "size-start"], else: WRONG_DATA_END },
  "trailer": {
    digit: TRAILER_FIELD,
    semicolon: TRAILER_FIELD,
    visible: TRAILER_FIELD,
    cr: ["keep", "end-lf"],
    else: "a trailer is malformed",
  },
  "trailer-field": {
    digit: TRAILER_FIELD,
    semicolon: TRAILER_FIELD,
    blank: TRAILER_FIELD,
    visible: TRAILER_FIELD,
    cr: ["drop", "trailer-lf"],
    else: "a trailer is malformed",
  },
  "trailer-lf": {
    lf: ["drop", "trailer"],
    else: "a trailer does not end with CR LF",
  },
  "end-lf": { lf: ["keep", "done"], else: "the body does not end with CR LF" },
};

/** Bytes of extension dropped of one chunk, and of trailer fields in all. */
const MAX_DROPPED_BYTES = 4096;
/** Digits of a chunk size: as many as a number holds exactly. */
const MAX_DIGITS = 13;

const CR = 0x0d;
const LF = 0x0a;

// The loop over the bytes works with numbers: each phase and each class is its
// place in these lists.
const PHASES: readonly Phase[] = [
  "size-start",
  "size",
  "extension",
  "size-lf",
  "data",
  "data-cr",
  "data-lf",
  "trailer",
  "trailer-field",
  "trailer-lf",
  "end-lf",
  "done",
];
const CLASSES: readonly (ByteClass | "other")[] = [
  "other",
  "cr",
  "lf",
  "digit",
  "semicolon",
  "blank",
  "visible",
];
const SIZE_START = PHASES.indexOf("size-start");
const SIZE = PHASES.indexOf("size");
const DATA = PHASES.indexOf("data");
const DATA_CR = PHASES.indexOf("data-cr");
const TRAILER = PHASES.indexOf("trailer");
const DONE = PHASES.indexOf("done");

/** Set beside the next phase where the byte is dropped. */
const DROP = 0x40;
/** No transition. */
const NONE = 0xff;

/** The class of each byte. */
const CLASS_OF = Uint8Array.from(
  { length: 256 },
  (_, byte) => CLASSES.indexOf(classOf(byte)),
);
/** The next phase by phase and class, with {@link DROP}, or {@link NONE}. */
const STEPS = Uint8Array.from(
  PHASES.flatMap((phase) => CLASSES.map((kind) => stepOf(phase, kind))),
);

/** A body being followed; made by {@link followChunks}. */
export interface ChunkFollower {
  /** Where the next byte stands, as its place in the list of phases. */
  phase: number;
  /** The body's end was reached. */
  done: boolean;
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

/** Starts to follow a chunked body. */
export function followChunks(): ChunkFollower {
  return {
    phase: SIZE_START,
    done: false,
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
 * Afterwards `consumed` tells how many were taken, the `kept` bytes from
 * `start` on are what to pass on, and `done` is set at the body's end. Both are
 * 0 where the body is malformed.
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
  body.consumed = 0;
  body.kept = 0;
  while (at < end && !body.done) {
    if (body.phase === DATA) {
      const size = Math.min(body.remaining, end - at);
      if (out !== at) buffer.copyWithin(out, at, at + size);
      at += size;
      out += size;
      body.payload += size;
      body.remaining -= size;
      if (body.remaining === 0) body.phase = DATA_CR;
      continue;
    }
    const byte = buffer[at++]!;
    const step = STEPS[body.phase * CLASSES.length + CLASS_OF[byte]!]!;
    if (step === NONE) return errorIn(body.phase);
    const error = takeStep(body, step, byte);
    if (error !== null) return error;
    if (framing && (step & DROP) === 0) buffer[out++] = byte;
  }
  body.consumed = at - start;
  body.kept = out - start;
  return null;
}

/** Goes to the next phase; returns null, or what exceeds its bound. */
function takeStep(
  body: ChunkFollower,
  step: number,
  byte: number,
): string | null {
  const next = step & ~DROP;
  if (step !== next && ++body.dropped > MAX_DROPPED_BYTES) {
    return `a chunk extension or the trailer is longer than ${MAX_DROPPED_BYTES} bytes`;
  }
  body.phase = next;
  if (next === SIZE) {
    if (++body.digits > MAX_DIGITS) return "a chunk size is too long";
    body.remaining = body.remaining * 16 + digitOf(byte);
  } else if (next === DATA) {
    if (body.remaining === 0) body.phase = TRAILER;
    body.digits = 0;
    body.dropped = 0;
  } else if (next === DONE) body.done = true;
  return null;
}

/** The value of a hexadecimal digit. */
function digitOf(byte: number): number {
  // Letters have this bit, and A ends in 1.
  return (byte & 0x0f) + ((byte & 0x40) === 0 ? 0 : 9);
}

function errorIn(phase: number): string {
  return TRANSITIONS[PHASES[phase]!]!.else;
}

function stepOf(phase: Phase, kind: ByteClass | "other"): number {
  const transition = kind === "other" ? undefined : TRANSITIONS[phase]?.[kind];
  if (transition === undefined) return NONE;
  const [what, next] = transition;
  return PHASES.indexOf(next) | (what === "drop" ? DROP : 0);
}

function classOf(byte: number): ByteClass | "other" {
  if (byte === CR) return "cr";
  if (byte === LF) return "lf";
  if (byte === 0x3b) return "semicolon";
  // RFC 9110 section 5.6.3: SP / HTAB.
  if (byte === 0x20 || byte === 0x09) return "blank";
  // RFC 5234 appendix B.1: HEXDIG, in both cases, and VCHAR.
  const text = String.fromCharCode(byte);
  if (/[0-9A-Fa-f]/.test(text)) return "digit";
  return /[!-~]/.test(text) ? "visible" : "other";
}

/**
 * Bytes to text and back.
 *
 * @module
 */

import { lean } from "./lean.ts";

const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Text to UTF-8. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return utf8Encoder.encode(text);
}

/** Writes text as UTF-8 over bytes, which have room for it; returns how many it took. */
export function writeUtf8(text: string, into: Uint8Array): number {
  return utf8Encoder.encodeInto(text, into).written;
}

/** Text of one code unit a byte to these bytes. */
export function encodeLatin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = utf8Encoder.encode(text);
  // ASCII alone is the same in both.
  if (bytes.length === text.length) return bytes;
  return narrow(bytes).slice();
}

/** Writes text of ASCII alone over bytes, from a place on. */
export function putAscii(text: string, into: Uint8Array, at: number): void {
  // Each is the fastest where it is used: one engine compiles loops.
  if (lean !== undefined) return into.set(utf8Encoder.encode(text), at);
  for (let i = 0; i < text.length; i++) into[at + i] = text.charCodeAt(i);
}

/** The two bytes that begin U+0080 to U+00FF in UTF-8. */
const LEADS = [0xc2, 0xc3] as const;

/** Makes each pair of bytes in UTF-8 one, in place; what lies between moves as one piece. */
function narrow(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const next = LEADS.map((lead) => bytes.indexOf(lead));
  let [from, to] = [0, 0];
  for (;;) {
    const which = next[1]! < 0 || next[0]! >= 0 && next[0]! < next[1]! ? 0 : 1;
    const at = next[which]!;
    const until = at < 0 ? bytes.length : at;
    bytes.copyWithin(to, from, until);
    to += until - from;
    if (at < 0) return bytes.subarray(0, to);
    bytes[to++] = (LEADS[which]! & 0x03) << 6 | bytes[at + 1]! & 0x3f;
    from = at + 2;
    next[which] = bytes.indexOf(LEADS[which]!, from);
  }
}

/** UTF-8 to text; invalid sequences become U+FFFD, a byte order mark stays. */
export function decodeUtf8(bytes: Uint8Array): string {
  return utf8Decoder.decode(bytes);
}

/** Code units that `String.fromCharCode` is given at a time. */
const MAX_APPLY_BYTES = 4096;

/** Bytes to text, one code unit a byte, so that offsets in one are offsets in the other. */
export const decodeLatin1: (bytes: Uint8Array) => string = lean !== undefined
  ? lean.decodeLatin1
  : (bytes) => {
    // Many times faster than code units one by one, for short texts too.
    const ascii = utf8Decoder.decode(bytes);
    // Nothing was replaced or took several bytes: each byte is a character.
    if (ascii.length === bytes.length && !ascii.includes("\ufffd")) {
      return ascii;
    }
    let text = "";
    for (let at = 0; at < bytes.length; at += MAX_APPLY_BYTES) {
      text += String.fromCharCode.apply(
        null,
        bytes.subarray(at, at + MAX_APPLY_BYTES) as unknown as number[],
      );
    }
    return text;
  };

/**
 * Whether a part of a string keeps the whole string in memory. V8's does from 13
 * characters on; that of our base where it is longer than 1 KiB.
 */
export const partsKeepWhole: boolean = lean === undefined;

/** The same text, which keeps no longer one in memory that it may be a part of; up to 1 KiB on our base. */
export function ownText(text: string): string {
  return partsKeepWhole && text !== "" ? (" " + text).slice(1) : text;
}

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

/** Text of one code unit a byte to these bytes. */
export function encodeLatin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = utf8Encoder.encode(text);
  // ASCII alone is the same in both.
  if (bytes.length === text.length) return bytes;
  const narrow = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) narrow[i] = text.charCodeAt(i);
  return narrow;
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
    if (bytes.length <= MAX_APPLY_BYTES) {
      return String.fromCharCode.apply(null, bytes as unknown as number[]);
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

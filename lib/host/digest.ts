/**
 * Digests, and random bytes.
 *
 * @module
 */

import { lean } from "./lean.ts";
import { nodeCrypto } from "./node.ts";
import { encodeUtf8, writeUtf8 } from "./text.ts";

/** SHA-256 of the bytes (FIPS 180-4): 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  if (lean !== undefined) return lean.sha256(bytes);
  return fromHex(hashHex(bytes));
}

/**
 * HMAC-SHA-256 (RFC 2104): 64 hexadecimal digits in lower case.
 *
 * @param key Of any length; one of 32 random bytes or more is as strong as the
 * MAC. What is made of it is kept for the next call: its bytes never change.
 * @param data A text is taken as UTF-8.
 */
export function hmacSha256(key: Uint8Array, data: string | Uint8Array): string {
  if (lean !== undefined) {
    const bytes = typeof data === "string" ? encodeUtf8(data) : data;
    return hex(lean.hmacSha256(key, bytes));
  }
  if (padded?.key !== key) padded = padKey(key);
  const { inner, outer } = padded;
  outer.set(fromHex(hashHex(withData(inner, data))), BLOCK);
  return hashHex(outer);
}

/** Bytes of a block of SHA-256, and of what it makes. */
const BLOCK = 64;
const DIGEST = 32;
/** Bytes of data that have their place behind the key already: most lines of an audit. */
const PLACE = 8 * 1024;
/** The most bytes of UTF-8 for one code unit. */
const MOST_BYTES = 3;

/** A key, and the bytes that are hashed, which begin with what it makes of a block. */
interface PaddedKey {
  readonly key: Uint8Array;
  readonly inner: Uint8Array;
  readonly outer: Uint8Array;
}

let padded: PaddedKey | null = null;

function padKey(key: Uint8Array): PaddedKey {
  const short = key.length > BLOCK ? sha256(key) : key;
  const make = (size: number, pad: number) => {
    const bytes = new Uint8Array(BLOCK + size);
    bytes.set(short);
    for (let i = 0; i < BLOCK; i++) bytes[i]! ^= pad;
    return bytes;
  };
  return { key, inner: make(PLACE, 0x36), outer: make(DIGEST, 0x5c) };
}

/** Data behind the block of the key. */
function withData(inner: Uint8Array, data: string | Uint8Array): Uint8Array {
  if (typeof data === "string" && data.length * MOST_BYTES <= PLACE) {
    const end = BLOCK + writeUtf8(data, inner.subarray(BLOCK));
    return inner.subarray(0, end);
  }
  const bytes = typeof data === "string" ? encodeUtf8(data) : data;
  const all = new Uint8Array(BLOCK + bytes.length);
  all.set(inner.subarray(0, BLOCK));
  all.set(bytes, BLOCK);
  return all;
}

/** SHA-256 in one call: Node's objects for digests cost several times as much. */
function hashHex(bytes: Uint8Array): string {
  return nodeCrypto().hash("sha256", bytes, "hex");
}

/**
 * Random bytes of the system that nobody can guess.
 *
 * @param length At most 256.
 */
export function randomBytes(length: number): Uint8Array {
  return lean === undefined
    ? crypto.getRandomValues(new Uint8Array(length))
    : lean.randomBytes(length);
}

/** Bytes as hexadecimal digits in lower case. */
export function hex(bytes: Uint8Array): string {
  return (bytes as Uint8Array & { toHex(): string }).toHex();
}

/** The bytes of hexadecimal digits. */
function fromHex(digits: string): Uint8Array {
  return (Uint8Array as unknown as { fromHex(text: string): Uint8Array })
    .fromHex(digits);
}

/**
 * Digests, and random bytes.
 *
 * @module
 */

import { lean } from "./lean.ts";
import { nodeCrypto } from "./node.ts";

/** SHA-256 of the bytes (FIPS 180-4): 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  if (lean !== undefined) return lean.sha256(bytes);
  return plain(nodeCrypto().createHash("sha256").update(bytes).digest());
}

/**
 * HMAC-SHA-256 of the bytes (RFC 2104): 32 bytes.
 *
 * @param key Of any length; one of 32 random bytes or more is as strong as the MAC.
 */
export function hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (lean !== undefined) return lean.hmacSha256(key, bytes);
  return plain(nodeCrypto().createHmac("sha256", key).update(bytes).digest());
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

/** A copy that is none of Node's buffers, which share their memory. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

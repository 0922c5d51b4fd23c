/**
 * Writes whole buffers.
 *
 * @module
 */

import type { Conn } from "../host.ts";

/**
 * Writes all the bytes.
 *
 * @throws The error of the connection; how much was written is then unknown.
 */
export async function writeAll(conn: Conn, bytes: Uint8Array): Promise<void> {
  let written = await conn.write(bytes);
  while (written < bytes.length) {
    written += await conn.write(bytes.subarray(written));
  }
}

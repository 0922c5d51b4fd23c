/**
 * A hijacked connection: bytes both ways, each direction with its own end.
 *
 * @module
 */

import {
  allowBulk,
  closeSource,
  readAhead,
  type Source,
  take,
} from "../wire/source.ts";
import { writeAll } from "../wire/write.ts";

/** What went through a tunnel. */
export interface TunnelCount {
  fromClient: number;
  fromEngine: number;
}

/**
 * Carries bytes until both sides have ended theirs. An end of one side is
 * passed on as an end of that direction only (docs/engine-api/streams.md,
 * "Half-close").
 *
 * An engine that reads no more still has its output delivered: what the client
 * goes on to send is read and dropped, since closing with unread bytes would
 * reset the connection and take that output with it. A client that is gone ends
 * both sides at once; an engine that is gone has ended its side.
 *
 * @param slow Called with how many bytes the client wrote, before they go on;
 * what it returns is waited for.
 */
export async function runTunnel(
  client: Source,
  engine: Source,
  count: TunnelCount,
  slow: (bytes: number) => Promise<void> | null,
): Promise<void> {
  allowBulk(client);
  await Promise.all([
    carry(client, engine, true, (bytes) => count.fromClient += bytes, slow),
    carry(engine, client, false, (bytes) => count.fromEngine += bytes),
  ]);
}

async function carry(
  from: Source,
  to: Source,
  outlives: boolean,
  add: (bytes: number) => void,
  slow: (bytes: number) => Promise<void> | null = () => null,
): Promise<void> {
  let writable = true;
  try {
    for (;;) {
      while (!take(from)) {
        if (from.ended) {
          // An engine that closes with unread bytes resets its connection, after
          // its last output: that is still on its way to the client.
          if (from.failure !== null && outlives) throw from.failure;
          if (writable) await to.conn.closeWrite();
          return;
        }
        await from.pending;
      }
      const piece = from.buffer.subarray(from.start, from.end);
      from.start = from.end;
      readAhead(from);
      if (!writable) continue;
      const slowed = slow(piece.length);
      if (slowed !== null) await slowed;
      try {
        await writeAll(to.conn, piece);
        add(piece.length);
      } catch (error) {
        if (!outlives) throw error;
        writable = false;
      }
    }
  } catch {
    closeSource(from);
    closeSource(to);
  }
}

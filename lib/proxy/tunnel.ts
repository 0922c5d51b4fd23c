/**
 * A hijacked connection: bytes both ways, each direction with its own end.
 *
 * @module
 */

import { closeSource, readAhead, type Source, take } from "./source.ts";
import { writeAll } from "./write.ts";

/** What went through a tunnel. */
export interface TunnelCount {
  fromClient: number;
  fromEngine: number;
}

/**
 * Carries bytes until both sides have ended theirs. An end of one side is
 * passed on as an end of that direction only (streams.md, "Half-close"); a
 * broken connection ends both at once.
 */
export async function runTunnel(
  client: Source,
  engine: Source,
  count: TunnelCount,
): Promise<void> {
  await Promise.all([
    carry(client, engine, (bytes) => count.fromClient += bytes),
    carry(engine, client, (bytes) => count.fromEngine += bytes),
  ]);
}

async function carry(
  from: Source,
  to: Source,
  add: (bytes: number) => void,
): Promise<void> {
  try {
    for (;;) {
      while (!take(from)) {
        if (from.ended) {
          if (from.failure !== null) throw from.failure;
          await to.conn.closeWrite();
          return;
        }
        await from.pending;
      }
      const piece = from.buffer.subarray(from.start, from.end);
      from.start = from.end;
      readAhead(from);
      await writeAll(to.conn, piece);
      add(piece.length);
    }
  } catch {
    closeSource(from);
    closeSource(to);
  }
}

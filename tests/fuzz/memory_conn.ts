/**
 * Connections in memory, for a whole proxy without a socket: as fast as its own
 * code, and every piece arrives where a test cuts it.
 *
 * @module
 */

import { latin1 } from "../support/engine.ts";

/** One end of a connection, as the proxy has it. The test is the peer. */
export interface MemoryConn extends Deno.Conn {
  /** Lets bytes arrive: one read gets at most one of the pieces. */
  push(bytes: Uint8Array): void;
  /** The peer ends its side. */
  end(): void;
  /** What the proxy has written, one code unit a byte. */
  written(): string;
  /** The proxy has ended its side, or closed all of it. */
  isEnded(): boolean;
  /** Resolves when the proxy has closed it. */
  readonly closed: Promise<void>;
}

/** What a peer is told. */
export interface PeerEvents {
  /** The proxy has written: all so far is in `written()`. */
  readonly wrote?: (conn: MemoryConn) => void;
  /** The proxy has ended its side, or closed all of it. */
  readonly ended?: (conn: MemoryConn) => void;
}

const ADDRESS = { transport: "tcp", hostname: "127.0.0.1", port: 1 } as const;

/** Makes a connection. */
export function memoryConn(events: PeerEvents = {}): MemoryConn {
  const waiting: Uint8Array[] = [];
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  let peerEnded = false;
  let ended = false;
  let isClosed = false;
  let text = "";
  let wake: (() => void) | null = null;
  const change = () => {
    wake?.();
    wake = null;
  };
  const endOnce = () => {
    if (ended) return;
    ended = true;
    events.ended?.(conn);
  };
  const conn = {
    localAddr: ADDRESS,
    remoteAddr: ADDRESS,
    setNoDelay() {},
    setKeepAlive() {},
    push(bytes: Uint8Array) {
      if (bytes.length > 0) waiting.push(bytes);
      change();
    },
    end() {
      peerEnded = true;
      change();
    },
    written: () => text,
    isEnded: () => ended,
    closed,
    async read(into: Uint8Array) {
      while (waiting.length === 0) {
        if (isClosed) throw new Deno.errors.BadResource("closed");
        if (peerEnded) return null;
        await new Promise<void>((resolve) => wake = resolve);
      }
      const piece = waiting.shift()!;
      const size = Math.min(piece.length, into.length);
      into.set(piece.subarray(0, size));
      if (size < piece.length) waiting.unshift(piece.subarray(size));
      return size;
    },
    write(bytes: Uint8Array) {
      if (isClosed) {
        return Promise.reject(new Deno.errors.BadResource("closed"));
      }
      text += latin1(bytes);
      events.wrote?.(conn);
      return Promise.resolve(bytes.length);
    },
    closeWrite() {
      endOnce();
      return Promise.resolve();
    },
    close() {
      if (isClosed) throw new Deno.errors.BadResource("closed already");
      isClosed = true;
      endOnce();
      resolve();
      change();
    },
  } as unknown as MemoryConn;
  return conn;
}

/** Bytes in pieces, cut in places that depend on the bytes alone. */
export function inPieces(bytes: Uint8Array): Uint8Array[] {
  let hash = bytes.length;
  for (const byte of bytes) hash = (Math.imul(hash, 31) + byte) | 0;
  const most = [1, 3, 17, 200, 5000, 1 << 20][(hash >>> 3) % 6]!;
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    hash = (Math.imul(hash, 1103515245) + 12345) | 0;
    const size = 1 + (hash >>> 8) % most;
    pieces.push(bytes.slice(at, at + size));
    at += size;
  }
  return pieces;
}

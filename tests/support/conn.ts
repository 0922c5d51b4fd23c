/**
 * A connection whose other end is the test: it says what arrives, and when.
 *
 * @module
 */

import type { Conn } from "../../lib/host.ts";

/** A connection in memory. */
export interface FakeConn extends Conn {
  /** The buffers that reads were given, in order. */
  readonly reads: Uint8Array[];
  /** What was written, one code unit a byte, one entry a call. */
  readonly writes: string[];
  /** Most bytes that one write takes. */
  writable: number;
  closed: boolean;
  /** Lets bytes arrive; a read gets at most one such piece. */
  push(...pieces: (string | Uint8Array)[]): void;
  /** The peer ends its side. */
  end(): void;
  /** The connection breaks: the read under way and each later one fail. */
  fail(error: Error): void;
}

/** Makes a connection in memory. */
export function fakeConn(): FakeConn {
  const arrived: Uint8Array[] = [];
  let ended = false;
  let failure: Error | null = null;
  let wake: (() => void) | null = null;
  const change = () => {
    wake?.();
    wake = null;
  };
  return {
    reads: [],
    writes: [],
    writable: Infinity,
    closed: false,
    localAddr: { transport: "unix", path: "" },
    remoteAddr: { transport: "unix", path: "" },
    push(...pieces) {
      for (const piece of pieces) {
        arrived.push(typeof piece === "string" ? bytesOf(piece) : piece);
      }
      change();
    },
    end() {
      ended = true;
      change();
    },
    fail(error) {
      failure = error;
      change();
    },
    async read(into) {
      this.reads.push(into);
      while (arrived.length === 0) {
        if (failure !== null) throw failure;
        if (ended) return null;
        await new Promise<void>((resolve) => wake = resolve);
      }
      const piece = arrived.shift()!;
      const size = Math.min(piece.length, into.length);
      into.set(piece.subarray(0, size));
      if (size < piece.length) arrived.unshift(piece.subarray(size));
      return size;
    },
    write(bytes) {
      if (failure !== null) return Promise.reject(failure);
      const size = Math.min(bytes.length, this.writable);
      this.writes.push(textOf(bytes.subarray(0, size)));
      return Promise.resolve(size);
    },
    closeWrite() {
      return Promise.resolve();
    },
    close() {
      if (this.closed) throw new Deno.errors.BadResource("closed already");
      this.closed = true;
      ended = true;
      change();
    },
  };
}

/** Text to bytes, one byte a code unit. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (unit) => unit.charCodeAt(0));
}

/** Bytes to text, one code unit a byte. */
export function textOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** Lets everything run that waits for nothing but its turn. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

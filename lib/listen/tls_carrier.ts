/**
 * A connection of the runtime as the stream that Node's TLS runs over.
 *
 * @module
 */

import type { Conn, NodeTls } from "../host.ts";

/** The stream, and what rules it. Made by {@link openCarrier}. */
export interface Carrier {
  readonly stream: InstanceType<NodeTls["Duplex"]>;
  /**
   * Reads on from the connection for as long as bytes are wanted, so many at a
   * time; 0 stops it, but for the read under way.
   */
  want(size: number): void;
}

/** Bytes read at a time at least: a handshake's messages, a small request. */
const MIN_READ_BYTES = 4096;

/**
 * Makes the stream.
 *
 * @param ended Called once: with null when the peer has ended its side, else
 * with the connection's error. The connection itself stays the caller's to close.
 */
export function openCarrier(
  { Duplex }: NodeTls,
  conn: Conn,
  ended: (error: Error | null) => void,
): Carrier {
  let wanted = 0;
  /** Whether the stream would take bytes now. */
  let ready = false;
  let reading = false;

  const receive = () => {
    if (reading || !ready || wanted === 0) return;
    reading = true;
    const bytes = new Uint8Array(Math.max(wanted, MIN_READ_BYTES));
    conn.read(bytes).then((size) => {
      if (size === null) return ended(null);
      reading = ready = false;
      stream.push(bytes.subarray(0, size));
    }).catch(ended);
  };

  const send = async (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length;) {
      at += await conn.write(bytes.subarray(at));
    }
  };

  const stream = new Duplex({
    read() {
      ready = true;
      receive();
    },
    write(bytes: Uint8Array, _encoding, taken) {
      send(bytes).then(() => taken(), ended);
    },
  });

  return {
    stream,
    want(size) {
      wanted = size;
      receive();
    },
  };
}

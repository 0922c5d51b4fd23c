/**
 * Adapts a connection of the runtime to the stream that Node's TLS runs over.
 *
 * @module
 */

import type { Conn, NodeTls } from "../host.ts";

/** The stream, and the control of its reads. Made by {@link openCarrier}. */
export interface Carrier {
  readonly stream: InstanceType<NodeTls["Duplex"]>;
  /**
   * Sets the number of bytes of the next reads from the connection. It keeps
   * reading until this is set to 0; a read in progress still completes.
   */
  want(size: number): void;
}

/** The smallest buffer of a read: enough for the messages of a handshake, or a small request. */
const MIN_READ_BYTES = 4096;

/**
 * Makes the stream over a connection.
 *
 * @param ended Called once: with null when the peer ends its side, or with the
 * connection's error. The caller closes the connection.
 */
export function openCarrier(
  { Duplex }: NodeTls,
  conn: Conn,
  ended: (error: Error | null) => void,
): Carrier {
  let wanted = 0;
  /** Whether the stream takes bytes now. */
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

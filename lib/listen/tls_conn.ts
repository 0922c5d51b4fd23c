/**
 * The server side of TLS over a connection of the runtime, with the interface
 * of such a connection: a read waits for bytes, a write waits until they are
 * sent, and each direction ends separately.
 *
 * The TLS is Node's, the connection is the runtime's. Node's own listener never
 * accepts again once descriptors have run out, and its sockets do not tell an
 * end that the peer announced (close_notify) from a connection that was cut.
 *
 * @module
 */

import {
  after,
  type Conn,
  type ErrorKind,
  type NodeTls,
  type TlsSocket,
} from "../host.ts";
import { certificateNames } from "./certificate.ts";
import { type Carrier, openCarrier } from "./tls_carrier.ts";

/** A TLS listener's certificate and key, and the CAs of its clients; all in PEM. */
export interface TlsMaterial {
  /** Its certificate, followed by the intermediate ones. */
  readonly certificate: string;
  readonly key: string;
  /** The certificates of the CAs that sign client certificates. */
  readonly authorities: string;
}

/** A TLS connection whose client certificate has been verified. */
export interface TlsConn extends Conn {
  /** The names in the client's certificate, as {@link certificateNames} reads them. */
  readonly certificateNames: readonly string[];
}

/** A handshake in progress. */
export interface Handshake {
  /**
   * The connection, once the client certificate is verified. If the handshake
   * fails it rejects with the reason, and the connection beneath is closed.
   */
  readonly done: Promise<TlsConn>;
  /** Stops it with that reason; does nothing once it is done. */
  abort(reason: string): void;
}

/** The buffer of each read during a handshake. */
const HANDSHAKE_READ_BYTES = 4096;

const NOTHING = new Uint8Array(0);

/** The names in a client's certificate; none without TLS. */
export function certificateNamesOf(conn: Conn): readonly string[] {
  return (conn as Partial<TlsConn>).certificateNames ?? [];
}

/**
 * Begins the server side of a handshake. A client without a certificate of one
 * of the CAs is refused.
 *
 * @param conn The connection beneath; from now on it belongs to the handshake.
 */
export function beginHandshake(
  tls: NodeTls,
  { certificate, key, authorities }: TlsMaterial,
  conn: Conn,
): Handshake {
  const { promise: done, resolve, reject } = Promise.withResolvers<TlsConn>();
  let settled = false;
  /** Called when the connection beneath ends; the wrapped connection replaces it. */
  let ended = (error: Error | null) =>
    fail(error?.message ?? "the client closed the connection");

  const carrier = openCarrier(tls, conn, (error) => ended(error));
  const fail = (reason: string) => {
    if (settled) return;
    settled = true;
    carrier.stream.destroy();
    closeQuietly(conn);
    reject(new Error(reason));
  };
  carrier.want(HANDSHAKE_READ_BYTES);
  try {
    // One server for each connection, so that its events are about this one.
    // It never listens: Node documents that a connection may be passed to it
    // with the event 'connection'.
    const server = tls.createServer({
      cert: certificate,
      key,
      ca: authorities,
      requestCert: true,
      rejectUnauthorized: true,
    });
    server.on("tlsClientError", (error, { authorizationError }) => {
      fail(String(authorizationError ?? error.message));
    });
    server.on("secureConnection", (socket) => {
      if (settled) return;
      // The server has checked it already; this fails closed if it has not.
      if (!socket.authorized) {
        return fail("the client certificate is not verified");
      }
      settled = true;
      carrier.want(0);
      const { raw } = socket.getPeerCertificate();
      const wrapped = wrap(socket, carrier, conn, certificateNames(raw));
      ended = wrapped.ended;
      resolve(wrapped.conn);
    });
    server.emit("connection", carrier.stream);
  } catch (error) {
    fail((error as Error).message);
  }
  return { done, abort: fail };
}

/**
 * Wraps a socket whose handshake is done as a connection. One read at a time may
 * be in progress. Errors have a name that `errorKind` knows: a TLS error, and an
 * end that the client did not announce, are a `ConnectionReset` (RFC 8446
 * section 6.1: an attacker may have cut the connection).
 */
function wrap(
  socket: TlsSocket,
  carrier: Carrier,
  conn: Conn,
  names: readonly string[],
): { conn: TlsConn; ended: (error: Error | null) => void } {
  const fault: Fault = { error: null };
  const fail = (error: Error) => {
    if (fault.error !== null) return;
    fault.error = error;
    socket.destroy();
    carrier.stream.destroy();
    closeQuietly(conn);
    writes.reject(error);
    reads.serve();
  };
  const reads = openReads(
    socket,
    carrier,
    fault,
    () => fail(named("ConnectionReset", "the connection was cut")),
  );
  const writes = openWrites(fault);
  socket.on(
    "error",
    (error: Error) => fail(named("ConnectionReset", error.message)),
  );
  return {
    conn: {
      certificateNames: names,
      remoteAddr: conn.remoteAddr,
      localAddr: conn.localAddr,
      read: reads.read,
      async write(bytes) {
        // The socket never reports an empty write as done.
        if (bytes.length > 0) {
          await writes.wait((done) => socket.write(bytes, done));
        }
        return bytes.length;
      },
      async closeWrite() {
        if (!socket.writableEnded) {
          await writes.wait((done) => socket.end(done));
        } else if (fault.error !== null) throw fault.error;
      },
      close: () => fail(named("BadResource", "the connection is closed")),
    },
    ended(error) {
      if (error !== null) fail(error);
      else reads.end();
    },
  };
}

/** The error that ended a connection, shared by its two directions; null before it. */
interface Fault {
  error: Error | null;
}

/** The reading side of a wrapped connection. */
interface Reads {
  read(into: Uint8Array): Promise<number | null>;
  /** Settles the read in progress, if it can be. */
  serve(): void;
  /** Takes note that the connection beneath has ended without an error. */
  end(): void;
}

/** @param cut Called if the connection beneath ends before the client announces the end. */
function openReads(
  socket: TlsSocket,
  carrier: Carrier,
  fault: Fault,
  cut: () => void,
): Reads {
  /** Decrypted bytes that did not fit into the reader's buffer. */
  let rest: Uint8Array = NOTHING;
  let reader: Reader | null = null;
  /** The client has announced the end (close_notify). */
  let announced = false;
  /** The connection beneath has ended without an error. */
  let ended = false;

  const serve = () => {
    if (reader === null) return;
    const { into, resolve, reject } = reader;
    if (rest.length === 0 && fault.error === null) {
      rest = socket.read() ?? rest;
    }
    const size = Math.min(rest.length, into.length);
    if (size === 0 && fault.error === null && !announced) {
      if (ended) after(0, expectEnd);
      else carrier.want(into.length);
      return;
    }
    carrier.want(0);
    reader = null;
    if (size > 0) {
      into.set(rest.subarray(0, size));
      rest = rest.subarray(size);
      resolve(size);
    } else if (fault.error !== null) reject(fault.error);
    else resolve(null);
  };
  /** Runs when all events of earlier bytes have run: an announced end is known by then. */
  const expectEnd = () => {
    if (reader !== null && !announced) cut();
  };
  socket.on("readable", serve);
  socket.on("end", () => {
    announced = true;
    serve();
  });
  return {
    read(into) {
      return new Promise((resolve, reject) => {
        reader = { into, resolve, reject };
        serve();
      });
    },
    serve,
    end() {
      ended = true;
      serve();
    },
  };
}

/** The writing side of a wrapped connection. */
interface Writes {
  /** Starts a write, and waits until the connection beneath has taken it. */
  wait(write: (done: (error?: Error | null) => void) => void): Promise<void>;
  /** Ends every write in progress with that error. */
  reject(error: Error): void;
}

function openWrites(fault: Fault): Writes {
  const pending = new Set<(error: Error) => void>();
  return {
    wait(write) {
      return new Promise((resolve, reject) => {
        if (fault.error !== null) return reject(fault.error);
        pending.add(reject);
        write((error) => {
          pending.delete(reject);
          if (error) reject(fault.error ?? named("BrokenPipe", error.message));
          else resolve();
        });
      });
    },
    reject(error) {
      for (const reject of pending) reject(error);
    },
  };
}

/** A read in progress. */
interface Reader {
  readonly into: Uint8Array;
  resolve(size: number | null): void;
  reject(error: Error): void;
}

function named(name: ErrorKind, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

function closeQuietly(conn: Conn): void {
  try {
    conn.close();
  } catch {
    // It is closed already.
  }
}

/**
 * The server's side of TLS over a connection of the runtime, in the shape of
 * such a connection: a read that waits for bytes, a write that waits until they
 * are taken, and each direction with an end of its own.
 *
 * The TLS is Node's; the connection stays the runtime's. Node's own listener
 * never accepts again once descriptors have run out, and its sockets do not
 * tell an end that the peer announced from one that was cut.
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

/** What a listener proves itself with, and whose clients it takes; texts in PEM. */
export interface TlsMaterial {
  /** Its certificate, followed by those between it and its CA. */
  readonly certificate: string;
  readonly key: string;
  /** The certificates of the CAs that sign those of clients. */
  readonly authorities: string;
}

/** A TLS connection whose client has proved who it is. */
export interface TlsConn extends Conn {
  /** The names in the client's certificate. */
  readonly certificateNames: readonly string[];
}

/** A handshake under way. */
export interface Handshake {
  /**
   * The connection, once the client has proved who it is. Rejects with the
   * reason where it has not; the connection beneath is then closed.
   */
  readonly done: Promise<TlsConn>;
  /** Breaks it off for that reason; does nothing once it is done. */
  abort(reason: string): void;
}

/** Bytes that a handshake reads at a time. */
const FLIGHT_BYTES = 4096;

const NOTHING = new Uint8Array(0);

/** The names in the certificate of whoever connected; none without TLS. */
export function certificateNamesOf(conn: Conn): readonly string[] {
  return (conn as Partial<TlsConn>).certificateNames ?? [];
}

/**
 * Begins the server's side of a handshake. A client without a certificate of
 * one of the CAs is refused.
 */
export function beginHandshake(
  tls: NodeTls,
  { certificate, key, authorities }: TlsMaterial,
  conn: Conn,
): Handshake {
  const { promise: done, resolve, reject } = Promise.withResolvers<TlsConn>();
  let settled = false;
  /** Takes over what becomes of the connection when the handshake is done. */
  let ended = (error: Error | null) =>
    fail(error?.message ?? "the client has gone");

  const carrier = openCarrier(tls, conn, (error) => ended(error));
  const fail = (reason: string) => {
    if (settled) return;
    settled = true;
    carrier.stream.destroy();
    closeQuietly(conn);
    reject(new Error(reason));
  };
  carrier.want(FLIGHT_BYTES);
  try {
    // A server for each connection, so that its events are about this one. It
    // never listens: connections may be given to it (Node's documentation of
    // the event 'connection').
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
      // The server has seen to it already; nothing else may be relied on.
      if (!socket.authorized) return fail("its certificate is not verified");
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
 * A socket whose handshake is done, as a connection. One read at a time may be
 * under way. Errors have a class that `errorKind` knows: what TLS finds wrong,
 * and an end that the client did not announce, are a `ConnectionReset` (RFC
 * 8446 section 6.1: such an end may be anybody's).
 */
function wrap(
  socket: TlsSocket,
  carrier: Carrier,
  conn: Conn,
  names: readonly string[],
): { conn: TlsConn; ended: (error: Error | null) => void } {
  /** What was decrypted and did not fit the reader's buffer. */
  let rest: Uint8Array = NOTHING;
  let reader: Reader | null = null;
  /** The client has announced its end. */
  let announced = false;
  /** The connection beneath has ended in order. */
  let cut = false;
  let failure: Error | null = null;
  const writers = new Set<(error: Error) => void>();

  const fail = (error: Error) => {
    if (failure !== null) return;
    failure = error;
    socket.destroy();
    carrier.stream.destroy();
    closeQuietly(conn);
    for (const reject of writers) reject(error);
    serve();
  };
  /** Settles the read under way if it can be. */
  const serve = () => {
    if (reader === null) return;
    const { into, resolve, reject } = reader;
    if (rest.length === 0 && failure === null) rest = socket.read() ?? rest;
    const size = Math.min(rest.length, into.length);
    if (size === 0 && failure === null && !announced) {
      if (cut) after(0, expectEnd);
      else carrier.want(into.length);
      return;
    }
    carrier.want(0);
    reader = null;
    if (size > 0) {
      into.set(rest.subarray(0, size));
      rest = rest.subarray(size);
      resolve(size);
    } else if (failure !== null) reject(failure);
    else resolve(null);
  };
  /** What came before the end, and an end that was announced, has shown by now. */
  const expectEnd = () => {
    if (reader === null || announced) return;
    fail(named("ConnectionReset", "connection cut off"));
  };
  /** Has the socket write, and waits until the connection beneath has taken it. */
  const written = (write: (done: (error?: Error | null) => void) => void) =>
    new Promise<void>((resolve, reject) => {
      if (failure !== null) return reject(failure);
      writers.add(reject);
      write((error) => {
        writers.delete(reject);
        if (error) reject(failure ?? named("BrokenPipe", error.message));
        else resolve();
      });
    });

  socket.on("readable", serve);
  socket.on("end", () => {
    announced = true;
    serve();
  });
  socket.on(
    "error",
    (error: Error) => fail(named("ConnectionReset", error.message)),
  );

  return {
    conn: {
      certificateNames: names,
      remoteAddr: conn.remoteAddr,
      localAddr: conn.localAddr,
      read(into) {
        return new Promise((resolve, reject) => {
          reader = { into, resolve, reject };
          serve();
        });
      },
      async write(bytes) {
        // Of an empty piece the socket never says that it is written.
        if (bytes.length > 0) {
          await written((done) => socket.write(bytes, done));
        }
        return bytes.length;
      },
      async closeWrite() {
        if (!socket.writableEnded) await written((done) => socket.end(done));
        else if (failure !== null) throw failure;
      },
      close: () => fail(named("BadResource", "connection closed")),
    },
    ended(error) {
      if (error !== null) return fail(error);
      cut = true;
      serve();
    },
  };
}

/** A read under way. */
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
    // Closed already.
  }
}

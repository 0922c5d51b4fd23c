/**
 * TLS listeners. Every client must present a certificate.
 *
 * @module
 */

import {
  after,
  type Conn,
  type Listener,
  loadTls,
  type NodeTls,
  tcpAddress,
  tuneTcp,
} from "../host.ts";
import {
  beginHandshake,
  type Handshake,
  type TlsConn,
  type TlsMaterial,
} from "./tls_conn.ts";

/** The longest time that a handshake may take. */
const MAX_HANDSHAKE_MS = 10_000;
/** Handshakes in progress at once; one more stops the oldest. */
const MAX_HANDSHAKES = 256;

/**
 * Makes a TLS listener from a TCP listener. It accepts clients whose handshake
 * is done. Handshakes run at the same time: one that fails or takes too long
 * does not delay the others.
 *
 * @param listener The TCP listener; closed with the TLS listener.
 * @param failed Called for each client whose handshake fails, with its IP
 * address and the reason.
 * @throws If this build has no TLS.
 */
export async function listenTls(
  listener: Listener,
  material: TlsMaterial,
  failed: (address: string, reason: string) => void,
): Promise<Listener> {
  const ready: Conn[] = [];
  let acceptor: PromiseWithResolvers<Conn> | null = null;
  let accepting = false;
  /** Passes a client to a pending accept(). */
  const pass = () => {
    if (acceptor === null || ready.length === 0) return;
    acceptor.resolve(ready.shift()!);
    acceptor = null;
  };
  const handshakes = openHandshakes(
    await loadTls(),
    material,
    (secured) => {
      ready.push(secured);
      pass();
    },
    failed,
  );
  /** Accepts TCP connections for as long as an accept() is pending. */
  const acceptNext = async () => {
    if (accepting) return;
    accepting = true;
    try {
      while (acceptor !== null) handshakes.begin(await listener.accept());
    } catch (error) {
      acceptor?.reject(error);
      acceptor = null;
    } finally {
      accepting = false;
    }
  };
  return {
    addr: listener.addr,
    accept() {
      acceptor = Promise.withResolvers();
      const { promise } = acceptor;
      pass();
      acceptNext();
      return promise;
    },
    close() {
      listener.close();
      handshakes.stop();
    },
  };
}

/** The handshakes in progress of one listener. */
interface Handshakes {
  /** Begins a handshake; if there are too many, it stops the oldest. */
  begin(conn: Conn): void;
  /** Stops all of them. */
  stop(): void;
}

/** @param done Called with each connection whose handshake is done. */
function openHandshakes(
  tls: NodeTls,
  material: TlsMaterial,
  done: (conn: TlsConn) => void,
  failed: (address: string, reason: string) => void,
): Handshakes {
  /** Oldest first. */
  const handshakes = new Set<Handshake>();
  return {
    begin(conn) {
      tuneTcp(conn);
      if (handshakes.size >= MAX_HANDSHAKES) {
        const [oldest] = handshakes;
        oldest!.abort("too many handshakes at once");
      }
      const handshake = beginHandshake(tls, material, conn);
      handshakes.add(handshake);
      const cancel = after(
        MAX_HANDSHAKE_MS,
        () => handshake.abort(`not done within ${MAX_HANDSHAKE_MS / 1000} s`),
      );
      const end = () => {
        cancel();
        handshakes.delete(handshake);
      };
      handshake.done.then((secured) => {
        end();
        done(secured);
      }, (error: Error) => {
        end();
        failed(tcpAddress(conn.remoteAddr).hostname, error.message);
      });
    },
    stop() {
      for (const handshake of handshakes) handshake.abort("stopping");
    },
  };
}

/**
 * TLS listeners, which ask every client for a certificate.
 *
 * @module
 */

import {
  after,
  type Conn,
  type Listener,
  loadTls,
  tcpAddress,
  tuneTcp,
} from "../host.ts";
import {
  beginHandshake,
  type Handshake,
  type TlsMaterial,
} from "./tls_conn.ts";

/** Milliseconds that a handshake may take. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Handshakes at once; the oldest makes room for the next. */
const MAX_HANDSHAKES = 256;

/**
 * Makes a TLS listener of a TCP listener. It accepts clients whose handshake
 * is done, and goes on with other handshakes meanwhile; one that fails or takes
 * too long costs nobody else anything.
 *
 * @param listener The TCP listener; closed with the one that is returned.
 * @param failed Called with each client that did not get through its handshake:
 * its address and the reason.
 * @throws Where this build has no TLS.
 */
export async function listenTls(
  listener: Listener,
  material: TlsMaterial,
  failed: (address: string, reason: string) => void,
): Promise<Listener> {
  const tls = await loadTls();
  /** In the order in which they began. */
  const handshakes = new Set<Handshake>();
  const ready: Conn[] = [];
  let acceptor: PromiseWithResolvers<Conn> | null = null;
  let accepting = false;

  const begin = (conn: Conn) => {
    tuneTcp(conn);
    if (handshakes.size >= MAX_HANDSHAKES) {
      const [oldest] = handshakes;
      oldest!.abort("too many handshakes at once");
    }
    const handshake = beginHandshake(tls, material, conn);
    handshakes.add(handshake);
    const cancel = after(
      HANDSHAKE_TIMEOUT_MS,
      () => handshake.abort(`not done within ${HANDSHAKE_TIMEOUT_MS / 1000} s`),
    );
    const end = () => {
      cancel();
      handshakes.delete(handshake);
    };
    handshake.done.then((secured) => {
      end();
      ready.push(secured);
      pass();
    }, (error: Error) => {
      end();
      failed(tcpAddress(conn.remoteAddr).hostname, error.message);
    });
  };
  /** Hands a client to whoever waits for one. */
  const pass = () => {
    if (acceptor === null || ready.length === 0) return;
    acceptor.resolve(ready.shift()!);
    acceptor = null;
  };
  /** Accepts as long as somebody waits for a client. */
  const acceptNext = async () => {
    if (accepting) return;
    accepting = true;
    try {
      while (acceptor !== null) begin(await listener.accept());
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
      for (const handshake of handshakes) handshake.abort("stopping");
    },
  };
}

/**
 * Node's modules for TLS, keys and certificates, loaded only where they are used.
 *
 * @module
 */

/** What Node's modules do for TLS: a server, and a stream to run it over. */
export interface NodeTls {
  readonly createServer: typeof import("node:tls").createServer;
  readonly Duplex: typeof import("node:stream").Duplex;
}

/** A connection of Node's TLS. */
export type TlsSocket = import("node:tls").TLSSocket;

/**
 * Loads Node's TLS, which alone asks clients for a certificate.
 *
 * @throws On the lean base, which has no module of Node.
 */
export async function loadTls(): Promise<NodeTls> {
  const { createServer } = await import("node:tls");
  const { Duplex } = await import("node:stream");
  return { createServer, Duplex };
}

/** What Node's modules do to read keys and certificates. */
export type NodeCrypto = Pick<
  typeof import("node:crypto"),
  "createPrivateKey" | "X509Certificate"
>;

/**
 * Loads what reads keys and certificates.
 *
 * @throws On the lean base, which has no module of Node.
 */
export async function loadCrypto(): Promise<NodeCrypto> {
  const { createPrivateKey, X509Certificate } = await import("node:crypto");
  return { createPrivateKey, X509Certificate };
}

/** What the stock runtimes compute digests with; it is there at once. */
export function nodeCrypto(): Pick<
  typeof import("node:crypto"),
  "hash"
> {
  return globalThis.process.getBuiltinModule("node:crypto");
}

/**
 * Sockets: listening, connecting, and what the system knows of a connection.
 *
 * @module
 */

import type { Carrier, CarrierHandler } from "./carrier.ts";
import type { Conn, Listener } from "./conn.ts";
import { lean } from "./lean.ts";

/**
 * Opens a TCP listener.
 *
 * @param hostname An address or name, IPv6 without brackets.
 * @param port 0 (any free one) to 65535.
 * @throws An error whose {@link errorKind} is `AddrInUse`, `AddrNotAvailable`
 * or `PermissionDenied` where the system says so.
 */
export function listenTcp(hostname: string, port: number): Listener {
  return Deno.listen({ hostname, port });
}

/**
 * Opens a unix listener with no permission bit set, so that no process can connect
 * until the caller has set the owner and the mode.
 */
export function listenUnixClosed(path: string): Listener {
  const before = Deno.umask(0o777);
  try {
    return Deno.listen({ transport: "unix", path });
  } finally {
    // The mask is the process's. Who found it closed leaves it to the thread that
    // closed it: putting 0777 back after that one would leave it for good.
    if (before !== 0o777) Deno.umask(before);
  }
}

/** Connects to a TCP address; names are resolved by the system. */
export function connectTcp(hostname: string, port: number): Promise<Conn> {
  return Deno.connect({ hostname, port });
}

/** Connects to a unix socket. */
export function connectUnix(path: string): Promise<Conn> {
  return Deno.connect({ transport: "unix", path });
}

/**
 * The addresses of a host name, as the system resolves it (its hosts file and
 * its name servers).
 *
 * @throws Where there are none.
 */
export async function resolveHost(name: string): Promise<string[]> {
  if (lean !== undefined) return await lean.resolve(name);
  // Deno's own look-up asks name servers only and knows no hosts file.
  const { lookup } = await import("node:dns/promises");
  return (await lookup(name, { all: true })).map(({ address }) => address);
}

/** Seconds of silence after which the system asks whether a TCP peer lives. */
export const KEEPALIVE_SECONDS = 60;

/**
 * Sends small writes at once and lets the system find dead peers. Does nothing
 * on a unix connection. Stock Deno can only switch keepalive on: the time until
 * the first probe is then the kernel's `net.ipv4.tcp_keepalive_time`.
 */
export function tuneTcp(conn: Conn): void {
  if (!("setNoDelay" in conn)) return;
  const tcp = conn as Deno.TcpConn;
  try {
    tcp.setNoDelay(true);
    if (lean !== undefined) lean.setKeepAliveTime(tcp, KEEPALIVE_SECONDS);
    else tcp.setKeepAlive(true);
  } catch {
    // The peer has gone already: the next read says so.
  }
}

/**
 * Whether the peer has closed both directions or reset the connection, even if
 * bytes of it still wait to be read. The stock runtimes cannot tell: false.
 */
export function hungUp(conn: Conn): boolean {
  return lean !== undefined && lean.hungUp(conn);
}

/**
 * Whether nothing of the peer waits to be read and it has not ended its side, by
 * the kernel. The stock runtimes cannot ask it: true.
 */
export function isQuiet(conn: Conn): boolean {
  return lean === undefined || lean.quiet(conn);
}

/**
 * Milliseconds since the kernel last received anything of a TCP peer, were it
 * an acknowledgement; null where it is not known, as on the stock runtimes and
 * while a write is under way.
 */
export function heard(conn: Conn): number | null {
  const ago = lean === undefined ? -1 : lean.heard(conn);
  return ago < 0 ? null : ago;
}

/**
 * Makes the kernel ask a TCP peer for a sign of life once it has been silent
 * for a second, until {@link tuneTcp} is called.
 *
 * @returns false where this runtime cannot, or the connection is closed.
 */
export function askForSign(conn: Conn): boolean {
  if (lean === undefined) return false;
  try {
    lean.setKeepAliveTime(conn, 1);
    return true;
  } catch {
    return false;
  }
}

/** The address and the port of an end of a TCP connection or listener. */
export function tcpAddress(
  address: Conn["remoteAddr"],
): { hostname: string; port: number } {
  const { hostname, port } = address as Deno.NetAddr;
  return { hostname, port };
}

/**
 * Begins to carry, once in a process.
 *
 * @param path The engine's socket.
 * @returns null on a runtime that has no carrier.
 */
export function openCarrier(
  handler: CarrierHandler,
  path: string,
): Carrier | null {
  if (lean === undefined) return null;
  lean.carrier.begin(handler, path);
  return lean.carrier;
}

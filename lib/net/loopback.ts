/**
 * What is this host: the loopback addresses and names, and IPv4 addresses as
 * sockets for both protocols show them.
 *
 * @module
 */

import type { EngineAddress, ListenAddress } from "./address.ts";

/** 127.0.0.0/8 (RFC 1122 section 3.2.1.3), `::1` (RFC 4291 section 2.5.3) and `localhost` (RFC 6761 section 6.3). */
const LOOPBACK = /^(?:localhost|127\.[0-9.]+|::1)$/i;

/** The addresses that stand for every address of this host: they are listened on, and a connection to one reaches this host. */
const UNSPECIFIED: ReadonlySet<string> = new Set(["", "0.0.0.0", "::"]);

/**
 * Whether a host is this one and reachable from nowhere else.
 *
 * @param host A host name, or an IP address without brackets.
 */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** Whether a host is the unspecified address, `0.0.0.0` or `::`; empty counts as it. */
export function isUnspecified(host: string): boolean {
  return UNSPECIFIED.has(host);
}

/**
 * Whether an address leads to this host and is reachable from nowhere else: a
 * unix socket, or the loopback.
 */
export function isLocal(address: ListenAddress | EngineAddress): boolean {
  return address.kind === "unix" || isLoopback(address.host);
}

/** An IP address without the IPv4-in-IPv6 prefix (RFC 4291 section 2.5.5.2). */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=[0-9.]+$)/i, "");
}

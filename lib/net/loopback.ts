/**
 * Addresses and names of this host, and IPv4 addresses as dual-stack sockets
 * report them.
 *
 * @module
 */

import type { EngineAddress, ListenAddress } from "./address.ts";

/** 127.0.0.0/8 (RFC 1122 section 3.2.1.3), `::1` (RFC 4291 section 2.5.3) and `localhost` (RFC 6761 section 6.3). */
const LOOPBACK = /^(?:localhost|127\.[0-9.]+|::1)$/i;

/** The unspecified addresses: a listener there takes every address of this host, and a connection to one reaches this host. */
const UNSPECIFIED: ReadonlySet<string> = new Set(["", "0.0.0.0", "::"]);

/**
 * Whether a host is the loopback: this host, and not reachable from another.
 *
 * @param host A host name, or an IP address without brackets.
 */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** Whether a host is an unspecified address: `0.0.0.0`, `::`, or empty. */
export function isUnspecified(host: string): boolean {
  return UNSPECIFIED.has(host);
}

/**
 * Whether an address leads to this host and is not reachable from another: a
 * unix socket or the loopback.
 */
export function isLocal(address: ListenAddress | EngineAddress): boolean {
  return address.kind === "unix" || isLoopback(address.host);
}

/** An IP address without the prefix of IPv4-mapped ones (`::ffff:`, RFC 4291 section 2.5.5.2). */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=[0-9.]+$)/i, "");
}

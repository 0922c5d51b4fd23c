/**
 * The facts about a connection when it is accepted: its identity rests on them.
 *
 * @module
 */

import { type Conn, tcpAddress } from "../host.ts";
import { certificateNamesOf } from "../listen/tls_conn.ts";
import { formatAddress, type ListenAddress } from "../net/address.ts";
import { isLoopback, plainAddress } from "../net/loopback.ts";
import type { Presence } from "./presence.ts";

/** What is known of a connection. */
export interface Peer {
  /** The listener's address, as it was configured. */
  readonly listener: string;
  /** The remote IP address; empty on a unix socket. */
  readonly remote: string;
  /** The local IP address; empty on a unix socket. */
  readonly local: string;
  /** When the peer was there for certain; null on a unix socket. */
  readonly presence: Presence | null;
  /** Names in the verified TLS client certificate. */
  readonly certificateNames: readonly string[];
}

/** A peer as the socket shows it. */
export interface SocketPeer {
  /** The address for the log: the remote IP address, or the path of the unix socket. */
  readonly address: string;
  readonly facts: Omit<Peer, "presence">;
  /** Whether the peer is on this host. */
  readonly isLocal: boolean;
}

const NO_NAMES: readonly string[] = [];

/**
 * What the socket of an accepted connection shows of its peer.
 *
 * @param configured The address of the listener that accepted it.
 */
export function socketPeerOf(
  conn: Conn,
  configured: ListenAddress,
): SocketPeer {
  if (configured.kind === "unix") return peerAt("", "", configured);
  return peerAt(
    tcpAddress(conn.remoteAddr).hostname,
    tcpAddress(conn.localAddr).hostname,
    configured,
    certificateNamesOf(conn),
  );
}

/**
 * The same from the addresses.
 *
 * @param from The IP addresses of both ends; not looked at for a unix socket.
 */
export function peerAt(
  from: string,
  to: string,
  configured: ListenAddress,
  certificateNames: readonly string[] = NO_NAMES,
): SocketPeer {
  const listener = formatAddress(configured);
  if (configured.kind === "unix") {
    return {
      address: `unix:${configured.path}`,
      facts: { listener, remote: "", local: "", certificateNames },
      isLocal: true,
    };
  }
  const remote = plainAddress(from);
  const local = plainAddress(to);
  return {
    address: remote,
    facts: { listener, remote, local, certificateNames },
    // A client with our own address is on this host, whatever the address.
    isLocal: remote === local || isLoopback(remote),
  };
}

/** What tells whom a connection is counted for. */
export type Holder = Pick<Peer, "listener" | "remote">;

/** Whom a connection is counted for: its remote address, or its unix listener. */
export function holderOf({ remote, listener }: Holder): string {
  return remote === "" ? listener : remote;
}

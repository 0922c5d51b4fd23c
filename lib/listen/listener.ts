/**
 * Opens listeners, and removes their socket files.
 *
 * @module
 */

import { formatAddress, type ListenAddress } from "../net/address.ts";
import {
  chgrp,
  chmod,
  connectUnix,
  errorKind,
  identity,
  type Listener,
  listenTcp,
  listenUnixClosed,
  readTextFile,
  remove,
  rename,
  statLink,
  tcpAddress,
} from "../host.ts";
import { listenTls } from "./tls_listener.ts";
import type { TlsMaterial } from "./tls_conn.ts";

/** An open listener. */
export interface OpenListener {
  readonly listener: Listener;
  /** The address as it was configured. */
  readonly configured: ListenAddress;
  /** The address in use: with the port that the system assigned, and the fallback to IPv4. */
  readonly address: ListenAddress;
  /** Closes it, and removes its socket file if the file is still ours. */
  readonly close: () => Promise<void>;
}

/** A listener cannot be opened. The message names the address, the reason and how to mend it. */
export class ListenError extends Error {
  override name = "ListenError";
}

/** What TLS listeners need in addition to their address. */
export interface TlsOptions {
  readonly material: TlsMaterial;
  /** Called for each client whose handshake fails, with its IP address and the reason. */
  readonly failed: (address: string, reason: string) => void;
}

/**
 * Opens one listener.
 *
 * @param tls Needed for a TLS address.
 * @throws {ListenError} If it cannot be opened.
 */
export async function openListener(
  address: ListenAddress,
  tls: TlsOptions | null = null,
): Promise<OpenListener> {
  if (address.kind === "unix") return await openUnix(address);
  const open = openTcp(address);
  if (address.kind === "tcp") return open;
  try {
    const { material, failed } = tls!;
    const listener = await listenTls(open.listener, material, failed);
    return {
      ...open,
      listener,
      close: () => Promise.resolve(closeQuietly(listener)),
    };
  } catch (error) {
    closeQuietly(open.listener);
    throw cannot(address, error);
  }
}

function openTcp(
  address: Exclude<ListenAddress, { kind: "unix" }>,
): OpenListener {
  const host = address.host === "" ? "0.0.0.0" : address.host;
  let listener: Listener;
  let inForce = host;
  try {
    listener = listenTcp(host, address.port);
  } catch (error) {
    // With IPv6 turned off there is no `::`.
    if (host !== "::" || !noIpv6(error)) throw cannot(address, error);
    try {
      listener = listenTcp("0.0.0.0", address.port);
      inForce = "0.0.0.0";
    } catch (second) {
      throw cannot(address, second);
    }
  }
  const { port } = tcpAddress(listener.addr);
  return {
    listener,
    configured: address,
    address: { ...address, host: inForce, port },
    close: () => Promise.resolve(closeQuietly(listener)),
  };
}

function noIpv6(error: unknown): boolean {
  return errorKind(error) === "AddrNotAvailable";
}

async function openUnix(
  address: Extract<ListenAddress, { kind: "unix" }>,
): Promise<OpenListener> {
  const { path, mode, group } = address;
  const gid = group === null ? null : groupId(address, group);
  // The socket gets its final name only after its group and mode are set. The
  // runtime removes the name that it bound when it closes, so the other name
  // also keeps it from removing a successor's socket.
  const unready = `${path}~`;
  removeUnready(unready);
  await removeStale(address, path);
  let listener: Listener;
  try {
    listener = listenUnixClosed(unready);
  } catch (error) {
    throw cannot(address, error);
  }
  try {
    if (gid !== null) giveTo(address, unready, gid);
    chmod(unready, mode);
    rename(unready, path);
  } catch (error) {
    closeQuietly(listener);
    throw error instanceof ListenError ? error : cannot(address, error);
  }
  const ours = statLink(path);
  return {
    listener,
    configured: address,
    address,
    close: async () => {
      closeQuietly(listener);
      // A successor may have put its own socket there, and that file may even
      // have our file's inode: it is ours only if nothing answers on it.
      const now = statLink(path);
      if (
        now !== null && ours !== null && now.ino === ours.ino &&
        now.dev === ours.dev && !await answers(path)
      ) remove(path);
    },
  };
}

/** Changes the group of a socket; a user other than root must be a member of it. */
function giveTo(address: ListenAddress, path: string, gid: number): void {
  try {
    chgrp(path, gid);
  } catch (error) {
    if (errorKind(error) !== "PermissionDenied") throw error;
    throw new ListenError(
      `cannot listen on ${
        formatAddress(address)
      }: this user is not a member of group ${gid}, so it cannot give the socket to that group; add the group (docker: --group-add ${gid}, compose: group_add: ["${gid}"], systemd: SupplementaryGroups=), or leave out group=`,
    );
  }
}

/** Removes a socket file that nothing answers on; throws if anything else is there. */
async function removeStale(
  address: ListenAddress,
  path: string,
): Promise<void> {
  let found;
  try {
    found = statLink(path);
  } catch (error) {
    throw cannot(address, error);
  }
  if (found === null) return;
  if (!found.isSocket) {
    throw new ListenError(
      `cannot listen on ${
        formatAddress(address)
      }: the path exists and is not a socket; remove it or choose another path`,
    );
  }
  let live: boolean;
  try {
    live = await answers(path);
  } catch (error) {
    throw cannot(address, error);
  }
  if (!live) return remove(path);
  throw new ListenError(
    `cannot listen on ${
      formatAddress(address)
    }: another program answers there; stop it or choose another path`,
  );
}

/** Removes the file of a start that was killed before its socket was ready. */
function removeUnready(path: string): void {
  if (statLink(path)?.isSocket) remove(path);
}

/** Whether a program accepts connections on a socket file. */
async function answers(path: string): Promise<boolean> {
  try {
    (await connectUnix(path)).close();
    return true;
  } catch (error) {
    const kind = errorKind(error);
    // A listener that is being closed takes the connection and drops it.
    if (kind === "ConnectionRefused" || kind === "ConnectionReset") {
      return false;
    }
    throw error;
  }
}

/** The number of a group; looked up in /etc/group if it is a name. */
function groupId(address: ListenAddress, group: string): number {
  if (/^[0-9]{1,9}$/.test(group)) return Number(group);
  let lines: string[] = [];
  try {
    lines = readTextFile("/etc/group").split("\n");
  } catch {
    // An image from scratch has no such file: only numbers work there.
  }
  for (const line of lines) {
    const [name, , gid] = line.split(":");
    if (name === group) return Number(gid);
  }
  throw new ListenError(
    `cannot listen on ${
      formatAddress(address)
    }: group '${group}' is not in /etc/group; write its number`,
  );
}

function cannot(address: ListenAddress, error: unknown): ListenError {
  const where = formatAddress(address);
  const text = error instanceof Error ? error.message : String(error);
  switch (errorKind(error)) {
    case "AddrInUse":
      return new ListenError(
        `cannot listen on ${where}: the address is in use; stop the other program or choose another address with --listen`,
      );
    case "AddrNotAvailable":
      return new ListenError(
        `cannot listen on ${where}: this host has no such address; choose one that it has, or 0.0.0.0 for all`,
      );
    case "PermissionDenied": {
      const { uid } = identity();
      return new ListenError(
        address.kind === "unix"
          ? `cannot listen on ${where}: user ${uid} may not write to its folder; give the folder to that user (chown ${uid}), or mount a volume of its own there`
          : `cannot listen on ${where}: user ${uid} may not use this port; choose one above 1023`,
      );
    }
    case "NotFound":
      return new ListenError(
        `cannot listen on ${where}: the folder does not exist; create or mount it`,
      );
    default:
      return new ListenError(`cannot listen on ${where}: ${text}`);
  }
}

function closeQuietly(listener: Listener): void {
  try {
    listener.close();
  } catch {
    // It is closed already.
  }
}

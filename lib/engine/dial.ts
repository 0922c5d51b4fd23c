/**
 * Connects to the engine, and explains when that fails.
 *
 * @module
 */

import { type EngineAddress, formatAddress } from "../net/address.ts";
import {
  after,
  type Conn,
  connectTcp,
  connectUnix,
  errorKind,
  pause,
  stat,
  tuneTcp,
} from "../host.ts";
import { whyClosed } from "./socket_access.ts";

/** Milliseconds that a connection to an engine on the network may take. */
export const MAX_CONNECT_MS = 10_000;
/** Tries at a unix socket whose backlog is full. */
export const MAX_ATTEMPTS = 5;
/** Milliseconds between the first two tries; the pauses after that are twice, three times … as long. */
const RETRY_PAUSE_MS = 20;

/** Why the engine could not be reached. */
export interface DialFailure {
  /** The status for the client: 503 where a later try may succeed by itself, else 502. */
  readonly status: 502 | 503;
  /** The reason and, where there is one, the way to mend it. */
  readonly reason: string;
  /** Whether the system denies us the socket, so that only a change of permissions helps. */
  readonly denied?: boolean;
}

/**
 * Connects to the engine, within {@link MAX_CONNECT_MS}.
 *
 * @returns The connection, which the caller closes; or why there is none. Never
 * rejects.
 */
export async function dial(
  address: EngineAddress,
): Promise<Conn | DialFailure> {
  try {
    if (address.kind === "unix") {
      return await connectUnixPatiently(address.path);
    }
    const conn = await withTimeout(connectTcp(address.host, address.port));
    if (conn === null) {
      return {
        status: 502,
        reason: `the engine at ${
          formatAddress(address)
        } did not accept the connection within ${
          MAX_CONNECT_MS / 1000
        } s; check the address, and any firewall in between`,
      };
    }
    tuneTcp(conn);
    return conn;
  } catch (error) {
    return explain(address, error);
  }
}

/** Connects to a unix socket, which refuses at once while its backlog is full: that soon passes. */
async function connectUnixPatiently(path: string): Promise<Conn> {
  for (let attempt = 1;; attempt++) {
    try {
      return await connectUnix(path);
    } catch (error) {
      if (errorKind(error) !== "WouldBlock" || attempt === MAX_ATTEMPTS) {
        throw error;
      }
      await pause(RETRY_PAUSE_MS * attempt);
    }
  }
}

/** Whether {@link dial} failed. */
export function isFailure(
  outcome: Conn | DialFailure,
): outcome is DialFailure {
  return "reason" in outcome;
}

/** The connection; null where it takes too long, and one that comes later is closed. */
function withTimeout(connecting: Promise<Conn>): Promise<Conn | null> {
  return new Promise((resolve, reject) => {
    let late = false;
    const cancel = after(MAX_CONNECT_MS, () => {
      late = true;
      resolve(null);
    });
    connecting.then((conn) => {
      cancel();
      if (late) conn.close();
      else resolve(conn);
    }, (error) => {
      cancel();
      reject(error);
    });
  });
}

function explain(address: EngineAddress, error: unknown): DialFailure {
  const where = formatAddress(address);
  const text = error instanceof Error ? error.message : String(error);
  switch (errorKind(error)) {
    case "NotFound":
      return {
        status: 502,
        reason:
          `the engine's socket ${where} does not exist: is the engine running, and is its socket mounted here?${
            socketElsewhere(address)
          }`,
      };
    case "ConnectionRefused":
      return {
        status: 502,
        reason: isFolder(address)
          ? `${where} is a folder: Docker makes one where the source of a mount does not exist; remove it on the host, and mount the engine's socket`
          : `nothing listens on ${where}: is the engine running?`,
      };
    case "AddrNotAvailable":
      return {
        status: 502,
        reason:
          `this host has no address from which ${where} can be reached; check the address, and whether there is IPv6 here`,
      };
    case "PermissionDenied":
      return {
        status: 502,
        reason: `permission denied on ${where}: ${permissionHint(address)}`,
        denied: true,
      };
    case "Exhausted":
      return {
        status: 503,
        reason:
          `no file descriptor is left for a connection to ${where}; raise the limit (ulimit -n), or lower --max-connections`,
      };
    case "NotCapable":
      return {
        status: 502,
        reason:
          `this process has no permission to connect to ${where} (${text}); start it with 'deno task start'`,
      };
    default:
      return { status: 502, reason: `cannot connect to ${where}: ${text}` };
  }
}

/** Other usual places of an engine's socket. */
const USUAL = [
  "/var/run/docker.sock",
  "/run/docker.sock",
  "/run/podman/podman.sock",
];

/** A socket at another usual place, for the end of a message; empty if there is none. */
function socketElsewhere(address: EngineAddress): string {
  const found = USUAL.find((path) => {
    try {
      return stat(path)?.isSocket === true;
    } catch {
      return false;
    }
  });
  return found === undefined || address.kind !== "unix"
    ? ""
    : ` There is one at ${found}: set SOCKET_PATH=${found}`;
}

/** Whether a folder stands where the engine's socket should. */
function isFolder(address: EngineAddress): boolean {
  try {
    return address.kind === "unix" &&
      stat(address.path)?.isDirectory === true;
  } catch {
    return false;
  }
}

function permissionHint(address: EngineAddress): string {
  if (address.kind !== "unix") return "check the engine's own access rules";
  try {
    const socket = stat(address.path) ?? { uid: null, gid: null, mode: null };
    const closed = whyClosed(socket);
    if (closed !== null) return closed;
    const { gid, mode } = socket;
    if (gid !== null && mode !== null) {
      return `the socket belongs to group ${gid} with mode 0${
        (mode & 0o777).toString(8)
      }; run with that group (docker: --group-add ${gid}, compose: group_add: ["${gid}"], systemd: SupplementaryGroups=)`;
    }
  } catch {
    // The folder may be closed to us as well: there is less to say then.
  }
  return "run as a user or group that may open it and the folders above it (chmod a+x)";
}

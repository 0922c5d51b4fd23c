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

/** Milliseconds that a connection to an engine on the network may take. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Tries at a socket whose backlog is full. */
const MAX_ATTEMPTS = 5;

/** Why the engine could not be reached: the status to answer with, and the reason. */
export interface DialFailure {
  readonly status: 502 | 503;
  readonly reason: string;
  /** The system does not let us: no retry will help. */
  readonly denied?: boolean;
}

/** Connects to the engine. */
export async function dial(
  address: EngineAddress,
): Promise<Conn | DialFailure> {
  try {
    if (address.kind === "unix") return await connectPatiently(address.path);
    const conn = await withTimeout(connectTcp(address.host, address.port));
    if (conn === null) {
      return {
        status: 502,
        reason: `the engine at ${
          formatAddress(address)
        } did not answer within ${CONNECT_TIMEOUT_MS / 1000} s`,
      };
    }
    tuneTcp(conn);
    return conn;
  } catch (error) {
    return explain(address, error);
  }
}

/** A unix socket refuses at once while its backlog is full; that soon passes. */
async function connectPatiently(path: string): Promise<Conn> {
  for (let attempt = 1;; attempt++) {
    try {
      return await connectUnix(path);
    } catch (error) {
      if (errorKind(error) !== "WouldBlock" || attempt === MAX_ATTEMPTS) {
        throw error;
      }
      await pause(20 * attempt);
    }
  }
}

/** Whether dialling failed. */
export function isFailure(
  outcome: Conn | DialFailure,
): outcome is DialFailure {
  return "reason" in outcome;
}

function withTimeout(connecting: Promise<Conn>): Promise<Conn | null> {
  return new Promise((resolve, reject) => {
    let late = false;
    const cancel = after(CONNECT_TIMEOUT_MS, () => {
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
          `the engine's socket ${where} does not exist: is the engine running, and is its socket mounted here?`,
      };
    case "ConnectionRefused":
      return {
        status: 502,
        reason: `nothing listens on ${where}: is the engine running?`,
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
          `no descriptor is left for a connection to ${where}: raise the limit (ulimit -n), or lower --max-connections`,
      };
    case "NotCapable":
      return {
        status: 502,
        reason: `this process may not connect to ${where}: ${text}`,
      };
    default:
      return { status: 502, reason: `cannot connect to ${where}: ${text}` };
  }
}

function permissionHint(address: EngineAddress): string {
  if (address.kind !== "unix") return "see the engine's own access rules";
  try {
    const { gid, mode } = stat(address.path) ?? { gid: null, mode: null };
    if (gid !== null && mode !== null) {
      return `the socket belongs to group ${gid} with mode 0${
        (mode & 0o777).toString(8)
      }; run with that group (docker: --group-add ${gid}, compose: group_add: ["${gid}"], systemd: SupplementaryGroups=)`;
    }
  } catch {
    // The folder may be closed to us as well.
  }
  return "run as a user or group that may open it";
}

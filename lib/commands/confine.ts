/**
 * Reduces the privileges of the program itself: another user, fewer files.
 *
 * @module
 */

import type { Config } from "../config/config.ts";
import { whyClosed } from "../engine/socket_access.ts";
import {
  couldWrite,
  dropCapabilities,
  dropTo,
  type FileInfo,
  identity,
  monotonic,
  pause,
  restrict,
  sandbox,
  stat,
} from "../host.ts";
import type { LogLevel } from "../observe/level.ts";

/** The user after a start as root (distroless images call it nonroot). */
const UNPRIVILEGED_ID = 65532;

/** Milliseconds that a start as root waits for the engine's socket. */
const SOCKET_WAIT_MS = 2000;
/** Milliseconds between two looks at it. */
const LOOK_MS = 50;

/** What was done, and what must not change. */
export interface Confinement {
  /** For the log, one sentence each. */
  readonly notes: readonly (readonly [level: LogLevel, sentence: string])[];
  /** The group that was set with the user; null if the user was not changed. */
  readonly group: number | null;
}

/**
 * Gives up root, if the program was started as root and its runtime can: it
 * becomes an unprivileged user with the group of the engine's socket. Where the
 * system does not let it change its user, it gives up the capabilities alone.
 *
 * @param patience Milliseconds to wait for a socket that is not there, or not
 * open to its group, yet.
 * @returns The problem where root cannot be given up, or the engine would be
 * out of reach then.
 */
export async function dropPrivileges(
  config: Config,
  patience = SOCKET_WAIT_MS,
): Promise<Confinement | { readonly problem: string }> {
  if (identity().uid !== 0) return { notes: [], group: null };
  try {
    const found = await findGroup(config, patience);
    if ("problem" in found) return found;
    const group = found.group ?? UNPRIVILEGED_ID;
    if (!dropTo(UNPRIVILEGED_ID, group)) {
      return staysRoot(
        "warning",
        `with all capabilities: this build cannot change its user; run it with user: "${UNPRIVILEGED_ID}:${group}"`,
      );
    }
    const known = found.group !== null || config.engine.kind !== "unix";
    const switched =
      `switched to user ${UNPRIVILEGED_ID}, group ${group}, without capabilities`;
    return {
      notes: [["notice", known ? switched : `${switched}: ${NOT_THERE}`]],
      group,
    };
  } catch (error) {
    return withoutCapabilities(
      textOf(error),
      socketOf(config.engine)?.gid ?? UNPRIVILEGED_ID,
    );
  }
}

const NOT_THERE =
  "the engine's socket is not there yet; if it comes with another group, sockwarden exits so that a restart takes it";

/**
 * The group that lets the unprivileged user open the engine's socket.
 *
 * @returns null for a socket that does not come in time, or is on the network;
 * the problem of one that root alone can open.
 * @throws Where this process may not change its user.
 */
async function findGroup(
  { engine }: Config,
  patience: number,
): Promise<{ readonly group: number | null } | { readonly problem: string }> {
  const opens = (uid: number, gid: number) =>
    couldWrite(engine.kind === "unix" ? engine.path : "/", uid, gid) !== false;
  const end = monotonic() + (sandbox() === null ? 0 : patience);
  for (;;) {
    const socket = socketOf(engine);
    const group = socket?.gid ?? null;
    const open = opens(UNPRIVILEGED_ID, group ?? UNPRIVILEGED_ID);
    if (engine.kind !== "unix" || group !== null && open) return { group };
    // An engine that starts makes its socket closed, and opens it then.
    if (monotonic() < end) {
      await pause(LOOK_MS);
      continue;
    }
    if (socket === null) return { group };
    const closed = whyClosed(socket);
    // What is closed to root as well is none of the change of user.
    if (closed === null && !opens(0, 0)) return { group };
    return {
      problem:
        `it gives up root, and could not open the engine's socket ${engine.path} then: ${
          closed ??
            "a folder above it is closed to others than root; open it (chmod a+x), or mount the socket elsewhere"
        }`,
    };
  }
}

/** Stays root for want of the right to change, but without capabilities. */
function withoutCapabilities(
  reason: string,
  group: number,
): Confinement | { readonly problem: string } {
  try {
    dropCapabilities();
  } catch (error) {
    return {
      problem: `root's capabilities cannot be given up (${
        textOf(error)
      }); run it with user: "${UNPRIVILEGED_ID}:${group}"`,
    };
  }
  return staysRoot(
    "notice",
    `without capabilities: changing the user failed (${reason}); run it with user: "${UNPRIVILEGED_ID}:${group}"`,
  );
}

function staysRoot(level: LogLevel, how: string): Confinement {
  return {
    notes: [[level, `started as root and stays root ${how}`]],
    group: null,
  };
}

/** What `check` says of the user: what it is, and what serving makes of it. */
export function describeUser({ engine }: Config): string {
  const { uid, gid } = identity();
  if (uid !== 0) return `user ${uid}, group ${gid}`;
  if (sandbox() === null) {
    return "root with all capabilities, which this build cannot give up";
  }
  return `root, given up for user ${UNPRIVILEGED_ID}, group ${
    socketOf(engine)?.gid ?? UNPRIVILEGED_ID
  }, without capabilities, before a client is served`;
}

/**
 * Restricts file access to what serving needs, once the listeners are open.
 *
 * @returns The restrictions in force, in words; null if this build has none.
 */
export function confineFiles(config: Config): string | null {
  const base = sandbox();
  if (base === null || !config.sandbox) return base;
  const engine = config.engine.kind === "unix"
    ? [folderOf(config.engine.path)]
    : [];
  const policy = config.policyFile === null
    ? []
    : [folderOf(config.policyFile.path)];
  const admin = config.admin === null ? [] : [config.admin.address];
  const sockets = [...config.listeners, ...admin].flatMap((address) =>
    address.kind === "unix" ? [folderOf(address.path)] : []
  );
  // It is opened anew when it was moved.
  const audit = config.audit === null || config.audit.path === "-"
    ? []
    : [folderOf(config.audit.path)];
  try {
    const files = restrict({
      read: [...engine, ...policy],
      write: [...sockets, ...audit],
    });
    return files === null ? base : `${base}; ${files}`;
  } catch (error) {
    return `${base}; files not confined (${textOf(error)})`;
  }
}

/** Whether the engine's socket has another group than at the start. */
export function groupHasChanged(
  { engine }: Config,
  { group }: Confinement,
): boolean {
  const now = socketOf(engine)?.gid ?? null;
  return group !== null && now !== null && now !== group;
}

/** The engine's socket; null for an engine on the network, and where there is no socket. */
function socketOf(engine: Config["engine"]): FileInfo | null {
  if (engine.kind !== "unix") return null;
  try {
    const found = stat(engine.path);
    // Docker makes a folder of a mount whose source is missing.
    return found?.isSocket ? found : null;
  } catch {
    return null;
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : path.slice(0, slash) || "/";
}

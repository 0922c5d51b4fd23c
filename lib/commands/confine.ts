/**
 * Reduces the privileges of the program itself: another user, fewer files.
 *
 * @module
 */

import type { Config } from "../config/config.ts";
import { dropTo, identity, restrict, sandbox, stat } from "../host.ts";

/** The user after a start as root (distroless images call it nonroot). */
const UNPRIVILEGED_ID = 65532;

/** What was done, and what must not change. */
export interface Confinement {
  /** Messages for the log, one sentence each. */
  readonly notes: readonly string[];
  /** The group that was set with the user; null if the user was not changed. */
  readonly group: number | null;
}

/**
 * Switches to an unprivileged user with the group of the engine's socket, if the
 * program was started as root and its runtime can.
 */
export function dropPrivileges(config: Config): Confinement {
  if (identity().uid !== 0) return { notes: [], group: null };
  const group = socketGroup(config);
  if (group === null) {
    return {
      notes: [
        "started as root and stays root: the engine's socket, whose group it would use, does not exist",
      ],
      group: null,
    };
  }
  try {
    if (dropTo(UNPRIVILEGED_ID, group)) {
      return {
        notes: [
          `switched to user ${UNPRIVILEGED_ID}, group ${group}, without capabilities`,
        ],
        group,
      };
    }
    return {
      notes: [
        `started as root and stays root: this build cannot change its user; run it with user: "${UNPRIVILEGED_ID}:${group}"`,
      ],
      group: null,
    };
  } catch (error) {
    return {
      notes: [
        `started as root and stays root: changing the user failed (${
          error instanceof Error ? error.message : error
        }); run it with user: "${UNPRIVILEGED_ID}:${group}"`,
      ],
      group: null,
    };
  }
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
  const sockets = config.listeners.flatMap((address) =>
    address.kind === "unix" ? [folderOf(address.path)] : []
  );
  try {
    const files = restrict({ read: [...engine, ...policy], write: sockets });
    return files === null ? base : `${base}; ${files}`;
  } catch (error) {
    return `${base}; files not confined (${
      error instanceof Error ? error.message : error
    })`;
  }
}

/** Whether the engine's socket has another group than at the start. */
export function groupHasChanged(
  config: Config,
  confinement: Confinement,
): boolean {
  const group = socketGroup(config);
  return confinement.group !== null && group !== null &&
    group !== confinement.group;
}

/** The group of the engine's socket; our own for an engine on the network; null if there is no socket. */
function socketGroup(config: Config): number | null {
  if (config.engine.kind !== "unix") return UNPRIVILEGED_ID;
  try {
    return stat(config.engine.path)?.gid ?? null;
  } catch {
    return null;
  }
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : path.slice(0, slash) || "/";
}

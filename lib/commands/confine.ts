/**
 * Least authority for the program itself: another user, fewer files.
 *
 * @module
 */

import type { Config } from "../config/config.ts";
import { dropTo, identity, restrict, sandbox, stat } from "../host.ts";

/** The user that a start as root becomes (distroless images call it nonroot). */
const UNPRIVILEGED_ID = 65532;

/** What was given up, and what to watch. */
export interface Confinement {
  /** What is worth saying, one sentence each. */
  readonly notes: readonly string[];
  /** The group that was taken with the user; null where nothing was dropped. */
  readonly group: number | null;
}

/**
 * Becomes an unprivileged user with the group of the engine's socket, where the
 * program was started as root and its engine can; before a listener opens.
 */
export function dropPrivileges(config: Config): Confinement {
  if (identity().uid !== 0) return { notes: [], group: null };
  const group = socketGroup(config);
  if (group === null) {
    return {
      notes: [
        "started as root and stays root: the engine's socket is not there to take its group from",
      ],
      group: null,
    };
  }
  try {
    if (dropTo(UNPRIVILEGED_ID, group)) {
      return {
        notes: [
          `became user ${UNPRIVILEGED_ID}, group ${group}, without capabilities`,
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
        `started as root and stays root: it may not change its user (${
          error instanceof Error ? error.message : error
        }); run it with user: "${UNPRIVILEGED_ID}:${group}"`,
      ],
      group: null,
    };
  }
}

/**
 * Confines file access to what serving needs, once the listeners are open.
 *
 * @returns What is in force, in words; null where this build confines nothing.
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

/** Whether the engine's socket now belongs to another group than was taken. */
export function groupHasChanged(
  config: Config,
  confinement: Confinement,
): boolean {
  const group = socketGroup(config);
  return confinement.group !== null && group !== null &&
    group !== confinement.group;
}

/** The group of the engine's socket; our own for an engine on the network; null where it is not there. */
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

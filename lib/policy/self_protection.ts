/**
 * Self-protection: the container that sockwarden runs in is outside every
 * grant that can change it, run code in it or read its files.
 *
 * @module
 */

import type { Match } from "../docker/match.ts";
import { onlyShows, OPERATIONS } from "../docker/operations.ts";
import { CLAIMING } from "../guard/claims.ts";

/** The container that sockwarden runs in. */
export interface OwnContainer {
  /** All 64 hexadecimal digits. */
  readonly id: string;
  /** Its name without the slash. */
  readonly name: string;
  /** Other names under which its networks find it. */
  readonly aliases: readonly string[];
  /** The swarm service that it is a task of, by id and name; null where it is none. */
  readonly service: { readonly id: string; readonly name: string } | null;
}

const CONTAINER_PATH = /^\/(?:libpod\/)?containers\/\{name\}/;
/** Reads that show a container's files. */
const READS_FILES = /\.(?:archive\.get|archive\.stat|copy|export)$/;

/**
 * The operations of a container, by the name in their path, that our own is
 * protected from: whatever changes it, runs in it, or reads its files.
 */
export const PROTECTED: ReadonlySet<string> = new Set(
  OPERATIONS.filter(({ name, access, routes }) =>
    routes.some(({ path }) => CONTAINER_PATH.test(path)) &&
    (!onlyShows(access) || READS_FILES.test(name))
  ).map(({ name }) => name),
);

/** The operations of a swarm service that our own is protected from. */
export const PROTECTED_SERVICE: ReadonlySet<string> = new Set([
  "service.update",
  "service.delete",
]);
/** The operations that end every task of a swarm on this host, ours among them. */
const PROTECTED_TASK: ReadonlySet<string> = new Set(["swarm.leave"]);

/**
 * Whether a refusal of this operation can protect our own container: by its
 * path, as an operation on our swarm service or task, or by what its query or
 * body names. For these alone `allow-self` has an effect.
 *
 * @param operation Its name, such as `container.stop`.
 */
export function canNeedAllowSelf(operation: string): boolean {
  return mayTouchOwn(operation) || CLAIMING.has(operation);
}

/** What engines take for the start of an id: podman for a pattern too, in which `_` is any character. */
const ID_PATTERN = /^[0-9a-f_]+$/;

/**
 * Whether a reference in a request (a name, an id or the start of one) means
 * that container, for some engine.
 *
 * Podman looks ids up with SQL's LIKE, and not every release minds the case.
 */
export function means(reference: string, own: OwnContainer): boolean {
  const name = reference.startsWith("/") ? reference.slice(1) : reference;
  if (name === own.name && name !== "") return true;
  const pattern = name.toLowerCase();
  return ID_PATTERN.test(pattern) &&
    new RegExp(`^${pattern.replaceAll("_", ".")}`).test(own.id);
}

/** Whether a request with this operation may touch our own container by its path, as long as that is not known. */
export function mayTouchOwn(operation: string): boolean {
  return PROTECTED.has(operation) || PROTECTED_SERVICE.has(operation) ||
    PROTECTED_TASK.has(operation);
}

/**
 * Whether a request is an operation on our own container (or our own swarm
 * service) that it is protected from.
 */
export function touchesOwn(
  own: OwnContainer,
  match: Extract<Match, { kind: "operation" }>,
): boolean {
  const { operation, parameters } = match;
  if (own.service !== null && PROTECTED_TASK.has(operation.name)) {
    return true;
  }
  const reference = parameters[0];
  if (reference === undefined) return false;
  if (PROTECTED.has(operation.name)) return means(reference, own);
  return own.service !== null && PROTECTED_SERVICE.has(operation.name) &&
    (reference === own.service.name || own.service.id.startsWith(reference));
}

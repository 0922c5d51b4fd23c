/**
 * What a request joins, while it is read.
 *
 * @module
 */

import type { Complain } from "./json.ts";

/** The fields of a container that name a namespace, but for its network's. */
export const NAMESPACE_FIELDS = [
  "PidMode",
  "IpcMode",
  "UTSMode",
  "UsernsMode",
  "CgroupnsMode",
  "Cgroup",
] as const;

/** An object that a body names. */
export interface Reference {
  readonly kind: "containers" | "networks" | "volumes" | "images";
  /** A name, an id or the start of one. */
  readonly name: string;
  /**
   * Writes an id in its place; null where the name stays.
   *
   * @returns Whether that could be written.
   */
  readonly write: ((id: string) => boolean) | null;
  /** Whether it is looked up at creation only: an object that is gone since then does no harm. */
  readonly once: boolean;
  /** Whether the engine goes on from it to the container whose network it has, as for a link. */
  readonly linked: boolean;
}

/** A volume that the engine would make under a name of its own. */
export interface Anonymous {
  /** Gives it labels; false where that cannot be written. */
  readonly label: (labels: ReadonlyMap<string, string>) => boolean;
  /** The labels that it has already. */
  readonly labels: ReadonlyMap<string, string>;
}

/** What a body joins. */
export interface Joined {
  readonly references: Reference[];
  readonly anonymous: Anonymous[];
  /** Whether it mounts what other containers mount, too. */
  shares: boolean;
  /** The paths at which something is mounted, without a slash at their end. */
  readonly targets: Set<string>;
  /**
   * Mounts a new volume with labels at a path; null where the body is no creation.
   *
   * @returns Whether that could be written.
   */
  mount:
    | ((path: string, labels: ReadonlyMap<string, string>) => boolean)
    | null;
}

/** A body while it is read. */
export interface Reading {
  readonly joined: Joined;
  readonly complain: Complain;
}

/** Adds a reference; nothing if it is empty. */
export function addName(
  { joined }: Reading,
  kind: Reference["kind"],
  name: string,
  write: Reference["write"],
  { once = false, linked = false }: Partial<
    Pick<Reference, "once" | "linked">
  > = {},
): void {
  if (name === "") return;
  joined.references.push({ kind, name, write, once, linked });
}

/**
 * Which container this program runs in.
 *
 * @module
 */

import { containerId, readTextFile, statLink } from "../host.ts";
import { canonicalAddress } from "../net/cidr.ts";
import type { Container, Inventory } from "../policy/inventory.ts";

/**
 * A reference to our container: by what the engine mounts into it, else by the
 * address that it gave our host name, else by that name. Null where none tells.
 */
export function ownReference(inventory: Inventory): string | null {
  return containerId() ?? ownIdByHosts(inventory) ?? ownIdByName();
}

/** Whether the container that a reference led to is ours: an address alone may be another's, on another host. */
export function isOurs({ id, hostname }: Container): boolean {
  const known = containerId();
  return known === null ? hostname === ownHostname() : id === known;
}

/** Whether this program runs in a container, by what engines put into one. */
export function inContainer(): boolean {
  if (containerId() !== null) return true;
  return ["/.dockerenv", "/run/.containerenv"].some((path) => {
    try {
      return statLink(path) !== null;
    } catch {
      return false;
    }
  });
}

/** The start of our container's id, which is its host name unless another was set. */
function ownIdByName(): string | null {
  const name = ownHostname();
  return /^[0-9a-f]{12}$/.test(name) ? name : null;
}

function ownHostname(): string {
  try {
    return readTextFile("/etc/hostname").trim();
  } catch {
    return "";
  }
}

/** The container that has the addresses which /etc/hosts gives our host name. */
function ownIdByHosts({ owners }: Inventory): string | null {
  const name = ownHostname();
  let lines: string[] = [];
  try {
    lines = readTextFile("/etc/hosts").split("\n");
  } catch {
    // The host name is tried next.
  }
  for (const line of lines) {
    const [address = "", ...names] = line.trim().split(/\s+/);
    if (name === "" || !names.includes(name)) continue;
    const found = owners.get(canonicalAddress(address) ?? "") ?? [];
    if (found.length === 1) return found[0]!.container.id;
  }
  return null;
}

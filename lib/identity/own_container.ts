/**
 * Which container this program runs in.
 *
 * @module
 */

import type { NoAnswer } from "../engine/ask.ts";
import { within } from "../engine/shared.ts";
import { containerId, readTextFile, statLink } from "../host.ts";
import { canonicalAddress } from "../net/cidr.ts";
import type { Container, Inventory } from "../policy/inventory.ts";
import { type ContainerIndex, setOwn } from "./container_index.ts";
import { type EventWatch, startWatch } from "./events.ts";
import { addressesByFile } from "./look_up.ts";

/** The search for our own container. Made by {@link createOwnSearch}. */
export interface OwnSearch {
  readonly index: ContainerIndex;
  readonly events: EventWatch;
  /** Whether it has ended, with or without a result. */
  done: boolean;
  /** The search that is under way; null where none is. */
  running: Promise<NoAnswer | null> | null;
}

/** Milliseconds in which our own container must be found. */
export const MAX_SEARCH_MS = 10_000;

/** Makes a search that has not begun; outside a container there is nothing to find. */
export function createOwnSearch(
  index: ContainerIndex,
  events: EventWatch,
): OwnSearch {
  return { index, events, done: !index.options.inside, running: null };
}

/**
 * Finds our own container and notes it in the index; all who ask at the same
 * time share one search, and one that has ended is not repeated.
 *
 * @returns null, or why it cannot be known yet.
 */
export async function learnOwn(search: OwnSearch): Promise<NoAnswer | null> {
  if (search.done) return null;
  return await (search.running ??= within(MAX_SEARCH_MS, findOwn(search), {
    reason:
      `cannot find out which container sockwarden runs in: the engine did not say within ${
        MAX_SEARCH_MS / 1000
      } s`,
  }).finally(() => search.running = null));
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

async function findOwn(search: OwnSearch): Promise<NoAnswer | null> {
  const { index, events } = search;
  const found = await ownContainer(index);
  if (found !== null && "reason" in found) {
    return {
      reason:
        `cannot find out which container sockwarden runs in: ${found.reason}`,
    };
  }
  // Another search may have ended before.
  if (search.done) return null;
  search.done = true;
  if (found === null) {
    index.options.ownFound(null);
    index.options.changed();
    index.options.tell(
      "warning",
      "the engine does not know the container that sockwarden runs in, so that container is not protected from clients that may change containers; if it runs on this engine, remove its 'hostname' setting or use the lean build",
    );
    return null;
  }
  setOwn(index, found);
  // Its name may change, and requests name it.
  startWatch(events);
  index.options.changed();
  return null;
}

/**
 * Our own container; null where the engine does not know or does not show it;
 * else why it did not answer.
 *
 * It is looked for by what the engine mounts into it, or by its host name. Only
 * where neither leads to it all containers are listed, for the one with the
 * address that it gave our host name: the list may hang where all else works.
 */
async function ownContainer(
  index: ContainerIndex,
): Promise<Container | NoAnswer | null> {
  const id = containerId();
  const start = ownIdByName();
  const found = await ours(index, id ?? start);
  if (found !== null || id !== null) return found;
  const failed = await index.refresh();
  // A refusal is final: it comes from another proxy before the engine.
  if (failed !== null) return failed.refused === true ? null : failed;
  const { containers } = index.inventory;
  return await ours(
    index,
    // Another container may have the start of our id as its name.
    [...containers.keys()].find((one) =>
      start !== null && one.startsWith(start)
    ) ??
      ownIdByHosts(index.inventory),
  );
}

/** The container of a reference where it is ours, else null; or why the engine did not answer. */
async function ours(
  index: ContainerIndex,
  reference: string | null,
): Promise<Container | NoAnswer | null> {
  const found = reference === null ? null : await index.container(reference);
  if (found === null) return null;
  if ("reason" in found) return found.refused === true ? null : found;
  // A name that looks like an id leads to whoever has it.
  return isOurs(found) && found.id.startsWith(reference!) ? found : null;
}

/** Whether the container that a reference led to is ours: an address alone may belong to a container on another host. */
function isOurs({ id, hostname }: Container): boolean {
  const known = containerId();
  return known === null ? hostname === ownHostname() : id === known;
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
  for (const address of addressesByFile(ownHostname())) {
    const found = owners.get(canonicalAddress(address)!) ?? [];
    if (found.length === 1) return found[0]!.container.id;
  }
  return null;
}

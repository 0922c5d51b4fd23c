/**
 * The container index: the running containers by the addresses that they own,
 * and the look-up of the container behind a connection.
 *
 * The index is a record that the functions of this folder share. `events.ts`
 * keeps it fresh, `own_container.ts` notes our own container in it.
 *
 * @module
 */

import type { NoAnswer } from "../engine/ask.ts";
import { shared, sharedBy } from "../engine/shared.ts";
import { monotonic, pause } from "../host.ts";
import { type EngineAddress, formatAddress } from "../net/address.ts";
import { canonicalAddress } from "../net/cidr.ts";
import { isLocal } from "../net/loopback.ts";
import type { LogLevel } from "../observe/level.ts";
import type { ContainerFacts } from "../policy/clients.ts";
import {
  type Container,
  couldBeContainer,
  EMPTY_INVENTORY,
  type Endpoint,
  endpointOf,
  type Inventory,
  type Networks,
  ownerOf,
  type Vantage,
} from "../policy/inventory.ts";
import type { OwnContainer } from "../policy/self_protection.ts";
import {
  inspectContainer,
  inspectHostNetwork,
  listContainers,
  listNetworks,
} from "./engine_queries.ts";
import { type Presence, wasThere } from "./presence.ts";

/** What {@link createContainerIndex} needs. */
export interface ContainerIndexOptions {
  readonly engine: EngineAddress;
  /** Whether we run in a container, which the engine may know. */
  readonly inside: boolean;
  /** Called when our own container is known, or has another name than before; {@link changed} follows. */
  readonly ownFound: (own: OwnContainer) => void;
  /** Called when an address may have another owner than before. */
  readonly changed: () => void;
  readonly tell: (level: LogLevel, message: string) => void;
}

/** The questions about containers, for all who use the index. */
export interface ContainerQueries {
  /**
   * Inspects a container, once for all who ask at the same time.
   *
   * @param reference A name, an id or the start of one.
   * @returns null where the engine has no such container.
   */
  readonly container: (
    reference: string,
  ) => Promise<Container | NoAnswer | null>;
  /** The ids of the host's network, once for all who ask at the same time. */
  readonly hostNetwork: () => Promise<readonly string[] | NoAnswer>;
}

/** The container index. Made by {@link createContainerIndex}. */
export interface ContainerIndex extends ContainerQueries {
  readonly options: ContainerIndexOptions;
  /** Lists the containers again, once for all who ask at the same time; null, or why that failed. */
  readonly refresh: () => Promise<NoAnswer | null>;
  /** The containers as they were listed last. */
  inventory: Inventory;
  /** What identity rests on in that list; empty where changes may have been missed. */
  signature: string;
  /** When each endpoint of a container was first seen, on the monotonic clock in milliseconds. */
  firstSeen: ReadonlyMap<string, number>;
  /** Addresses that no container owned, and when that was found, on the monotonic clock. */
  readonly unowned: Map<string, number>;
  /** The container that we run in; null where there is none, or it is not known. */
  own: OwnContainer | null;
  /** Whether our own container has the network of the host. */
  ownIsOnHost: boolean;
  /** Whether it was said that the engine is on another host. */
  warnedElsewhere: boolean;
}

/** Milliseconds that a look-up waits for a container that has just been started. */
export const MAX_LOOKUP_MS = 2000;
/** Milliseconds between two lists of such a look-up: at first, and at most. */
const MIN_LOOKUP_PAUSE_MS = 20;
const MAX_LOOKUP_PAUSE_MS = 200;
/** Milliseconds for which an address that no container owned is not looked up again, unless the list changes. */
export const UNOWNED_LIFETIME_MS = 5000;
/** Addresses that are remembered as owned by no container. */
export const MAX_UNOWNED = 1000;

/** Makes an empty index; it asks the engine nothing before it is needed. */
export function createContainerIndex(
  options: ContainerIndexOptions,
): ContainerIndex {
  const { engine } = options;
  const index: ContainerIndex = {
    options,
    container: sharedBy((reference) => inspectContainer(engine, reference)),
    hostNetwork: shared(() => inspectHostNetwork(engine)),
    refresh: shared(() => list(index)),
    inventory: EMPTY_INVENTORY,
    signature: "",
    firstSeen: new Map(),
    unowned: new Map(),
    own: null,
    ownIsOnHost: false,
    warnedElsewhere: false,
  };
  return index;
}

/** Lets every connection be identified again: changes may have been missed. */
export function invalidate(index: ContainerIndex): void {
  index.signature = "";
  index.options.changed();
}

/** Notes which container is our own. */
export function setOwn(index: ContainerIndex, container: Container): void {
  const { id, name, aliases, labels, onHost } = container;
  const service = labels.get("com.docker.swarm.service.id");
  index.ownIsOnHost = onHost;
  index.own = {
    id,
    name,
    // On the host's network it has the host's name, and no other.
    aliases: onHost ? [] : aliases,
    // An empty label names no service: the gate writes such labels.
    service: !service ? null : {
      id: service,
      name: labels.get("com.docker.swarm.service.name") ?? "",
    },
  };
  index.options.ownFound(index.own);
}

/**
 * The running container that owns a remote address; waits up to
 * {@link MAX_LOOKUP_MS} for one that has just been started.
 *
 * @param remote The IP address of the peer.
 * @param local Our IP address of the connection.
 * @param presence When the peer was there. An address that a container got
 * later had another owner before, and the bytes may be from that one.
 * @returns null where no container owns the address, or the peer was there
 * before the container; why it is not known where the engine did not answer.
 */
export async function containerAt(
  index: ContainerIndex,
  remote: string,
  local: string,
  presence: Presence,
): Promise<ContainerFacts | NoAnswer | null> {
  if (vantageOf(index) === "elsewhere") {
    warnElsewhere(index);
    return null;
  }
  const end = monotonic() + MAX_LOOKUP_MS;
  let networks: Networks | null = null;
  for (
    let wait = MIN_LOOKUP_PAUSE_MS;;
    wait = Math.min(wait * 2, MAX_LOOKUP_PAUSE_MS)
  ) {
    const owner = ownerAt(index, remote, local);
    if (owner !== null) {
      const found = await confirm(index, owner, remote, presence);
      if (found !== "outdated") return found;
    } else if (isKnownUnowned(index, remote)) return null;
    const failed = await index.refresh();
    if (failed !== null) return failed;
    if (ownerAt(index, remote, local) !== null) {
      if (monotonic() > end) return null;
      continue;
    }
    networks ??= await listNetworks(index.options.engine);
    if (
      monotonic() > end ||
      !couldBeContainer(index.inventory, remote) &&
        !couldBeContainer(networks, remote)
    ) {
      noteUnowned(index, remote);
      return null;
    }
    await pause(wait);
  }
}

/**
 * Whether the container that was listed as the owner of an address owns it
 * still, and whether the peer is that container: only the engine knows now.
 *
 * @returns The container; null where the peer was there before it; `outdated`
 * where the list is.
 */
async function confirm(
  index: ContainerIndex,
  listed: Container,
  remote: string,
  presence: Presence,
): Promise<Container | NoAnswer | null | "outdated"> {
  const now = await index.container(listed.id);
  if (now === null) return "outdated";
  if ("reason" in now) return now;
  const endpoint = now.running ? endpointOf(now, remote) : null;
  if (endpoint === null) return "outdated";
  // The engine's time of the start is, in some releases, before the container
  // had its address. Where presence is proven, our own clock counts.
  const from = presence.proves
    ? firstSeenAt(index, listed, remote, endpoint)
    : now.startedAt;
  if (from === undefined) return "outdated";
  return await wasThere(presence, from) ? now : null;
}

/** Lists the containers; null, or why that failed. */
async function list(index: ContainerIndex): Promise<NoAnswer | null> {
  const next = await listContainers(index.options.engine);
  if ("reason" in next) return next;
  index.firstSeen = firstSeenOf(next, index.firstSeen, monotonic());
  index.inventory = next;
  const signature = signatureOf(next);
  if (signature === index.signature) return null;
  if (index.own !== null) {
    const found = await index.container(index.own.id);
    if (found !== null && "id" in found) setOwn(index, found);
  }
  index.signature = signature;
  index.unowned.clear();
  index.options.changed();
  return null;
}

function ownerAt(
  index: ContainerIndex,
  remote: string,
  local: string,
): Container | null {
  return ownerOf(index.inventory, remote, local, vantageOf(index));
}

function vantageOf(index: ContainerIndex): Vantage {
  const { own, ownIsOnHost, options: { engine, inside } } = index;
  if (own !== null) return ownIsOnHost ? "host" : "container";
  // An address on this host may belong to another machine there.
  if (!isLocal(engine)) return "elsewhere";
  // An engine that does not know our container runs in it, or elsewhere.
  return inside ? "gateway" : "host";
}

function warnElsewhere(index: ContainerIndex): void {
  if (index.warnedElsewhere) return;
  index.warnedElsewhere = true;
  const { engine, tell } = index.options;
  tell(
    "warning",
    `the engine at ${
      formatAddress(engine)
    } is on another host, so no client can be identified by container, service, project or label; identify clients by cidr, host, certificate or their own listener`,
  );
}

function isKnownUnowned({ unowned }: ContainerIndex, remote: string): boolean {
  const at = unowned.get(remote);
  return at !== undefined && monotonic() - at < UNOWNED_LIFETIME_MS;
}

function noteUnowned({ unowned }: ContainerIndex, remote: string): void {
  if (unowned.size >= MAX_UNOWNED) unowned.clear();
  unowned.set(remote, monotonic());
}

/** Endpoints that are new are first seen now: before, their addresses may have been another's. */
function firstSeenOf(
  next: Inventory,
  before: ReadonlyMap<string, number>,
  now: number,
): Map<string, number> {
  const firstSeen = new Map<string, number>();
  for (const container of next.containers.values()) {
    for (const endpoint of container.endpoints) {
      const key = keyOf(container, endpoint);
      firstSeen.set(key, before.get(key) ?? now);
    }
  }
  return firstSeen;
}

/** When an endpoint was first seen; undefined where the list has another one for that address. */
function firstSeenAt(
  { firstSeen }: ContainerIndex,
  listed: Container,
  address: string,
  { id }: Endpoint,
): number | undefined {
  const known = endpointOf(listed, address);
  return known === null || known.id !== "" && known.id !== id
    ? undefined
    : firstSeen.get(keyOf(listed, known));
}

function keyOf({ id }: Container, endpoint: Endpoint): string {
  return `${id} ${endpoint.id} ${canonicalAddress(endpoint.address)}`;
}

/** What identity rests on in a list: the list has changed where this has. */
function signatureOf({ containers }: Inventory): string {
  return JSON.stringify(
    [...containers.values()].map(({ id, name, labels, endpoints }) => [
      id,
      name,
      [...labels],
      endpoints,
    ]).sort(),
  );
}

/**
 * Which container owns an address: what the engine says of its containers, as
 * far as identity rests on it.
 *
 * @module
 */

import { blockAround, canonicalAddress, type Cidr, covers } from "./cidr.ts";
import type { ContainerFacts } from "./clients.ts";

/** A container and where it is on networks. */
export interface Container extends ContainerFacts {
  readonly running: boolean;
  /** Whether it has the network of the host. */
  readonly onHost: boolean;
  readonly endpoints: readonly Endpoint[];
}

/** An address of a container on a network. */
export interface Endpoint {
  /** The network's id. */
  readonly network: string;
  readonly address: string;
}

/** The running containers, by id and by address. */
export interface Inventory {
  readonly containers: ReadonlyMap<string, Container>;
  /** The owners of each address, which stands in its canonical form. */
  readonly owners: ReadonlyMap<
    string,
    readonly { readonly container: Container; readonly network: string }[]
  >;
  /** Canonical addresses of gateways: never a container's. */
  readonly gateways: ReadonlySet<string>;
  /** The blocks that the networks of these containers have. */
  readonly blocks: readonly Cidr[];
}

/** An inventory of nothing. */
export const EMPTY_INVENTORY: Inventory = {
  containers: new Map(),
  owners: new Map(),
  gateways: new Set(),
  blocks: [],
};

type Json = Record<string, unknown>;

/**
 * Reads the answer to `GET /containers/json`; what is not as the API says is
 * left out, so that it identifies nobody.
 */
export function readInventory(list: unknown): Inventory {
  const containers = new Map<string, Container>();
  const owners = new Map<string, { container: Container; network: string }[]>();
  const gateways = new Set<string>();
  const blocks = new Map<string, Cidr>();
  for (const entry of Array.isArray(list) ? list : []) {
    const container = readListed(object(entry));
    if (container === null) continue;
    containers.set(container.id, container);
    for (const { network, address } of container.endpoints) {
      const key = canonicalAddress(address)!;
      owners.set(key, [...owners.get(key) ?? [], { container, network }]);
    }
    for (const network of networksOf(object(entry))) {
      for (
        const [address, gateway, length] of [
          ["IPAddress", "Gateway", "IPPrefixLen"],
          ["GlobalIPv6Address", "IPv6Gateway", "GlobalIPv6PrefixLen"],
        ] as const
      ) {
        const way = canonicalAddress(text(network[gateway]));
        if (way !== null) gateways.add(way);
        const block = blockAround(text(network[address]), network[length]);
        if (block !== null) blocks.set(block.text, block);
      }
    }
  }
  return { containers, owners, gateways, blocks: [...blocks.values()] };
}

/** Reads the answer to `GET /containers/{id}/json`; null where it is none. */
export function readInspected(inspected: unknown): Container | null {
  const whole = object(inspected);
  const name = text(whole.Name).replace(/^\//, "");
  return readContainer(
    whole,
    name,
    object(object(whole.Config).Labels),
    object(whole.State).Running === true,
  );
}

/**
 * The container that owns a remote address, seen from one of ours.
 *
 * In a container only networks that we are attached to count: the one of the
 * local address. Outside of any the host is on every network of its engine.
 *
 * @param outside Whether sockwarden runs on the host, or on its network.
 * @returns null where none does, or more than one.
 */
export function ownerOf(
  inventory: Inventory,
  remote: string,
  local: string,
  outside: boolean,
): Container | null {
  const key = canonicalAddress(remote);
  if (key === null || inventory.gateways.has(key)) return null;
  const owners = inventory.owners.get(key) ?? [];
  const ours = inventory.owners.get(canonicalAddress(local) ?? "") ?? [];
  const attached = outside
    ? owners
    : owners.filter(({ network }) =>
      ours.some((own) => own.network === network)
    );
  return attached.length === 1 ? attached[0]!.container : null;
}

/** Whether a container that has just been started could have that address. */
export function couldBeContainer(
  { gateways, blocks }: Inventory,
  remote: string,
): boolean {
  const key = canonicalAddress(remote);
  return key !== null && !gateways.has(key) &&
    blocks.some((block) => covers(block, remote));
}

/** Whether a container has an address. */
export function hasAddress(container: Container, address: string): boolean {
  const key = canonicalAddress(address);
  return key !== null &&
    container.endpoints.some((endpoint) =>
      canonicalAddress(endpoint.address) === key
    );
}

function readListed(entry: Json): Container | null {
  // Names with a second slash are those of links.
  const names = Array.isArray(entry.Names) ? entry.Names.map(text) : [];
  const name = names.find((one) => /^\/[^/]+$/.test(one)) ?? "";
  return readContainer(entry, name.slice(1), object(entry.Labels), true);
}

function readContainer(
  entry: Json,
  name: string,
  labels: Json,
  running: boolean,
): Container | null {
  const id = text(entry.Id);
  if (!/^[0-9a-f]{64}$/.test(id)) return null;
  const endpoints = networksOf(entry).flatMap((network) =>
    ["IPAddress", "GlobalIPv6Address"].flatMap((field) => {
      const address = text(network[field]);
      return canonicalAddress(address) === null
        ? []
        : [{ network: text(network.NetworkID), address }];
    })
  );
  return {
    id,
    name,
    labels: new Map(
      Object.entries(labels).map(([key, value]) => [key, text(value)]),
    ),
    running,
    onHost: object(entry.HostConfig).NetworkMode === "host",
    endpoints,
  };
}

function networksOf(entry: Json): Json[] {
  return Object.values(object(object(entry.NetworkSettings).Networks))
    .map(object);
}

function object(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Json
    : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

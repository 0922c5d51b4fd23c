/**
 * Finds the container that owns an address, from the engine's answers about its
 * containers and networks.
 *
 * @module
 */

import {
  blockAround,
  canonicalAddress,
  type Cidr,
  covers,
} from "../net/cidr.ts";
import type { ContainerFacts } from "./clients.ts";

/** A container and its addresses. */
export interface Container extends ContainerFacts {
  readonly running: boolean;
  /** The time of its last start, in milliseconds since 1970; NaN if the answer does not have it. */
  readonly startedAt: number;
  /** Whether it uses the host's network. */
  readonly onHost: boolean;
  /** Its host name; empty if the answer does not have it. */
  readonly hostname: string;
  /** Other names by which its networks find it, including its host name. */
  readonly aliases: readonly string[];
  /** References to containers whose namespaces it shares; on their networks it has their addresses. */
  readonly joined: readonly string[];
  /** Its addresses; of a stopped container, those that it is configured to get. */
  readonly endpoints: readonly Endpoint[];
}

/** An address of a container on a network. */
export interface Endpoint {
  /** The network's id. */
  readonly network: string;
  /** The engine's id of this endpoint, another at each connection to the network; empty if the answer does not have it. */
  readonly id: string;
  readonly address: string;
}

/** The running containers, by id and by address. */
export interface Inventory {
  readonly containers: ReadonlyMap<string, Container>;
  /** The owners of each address, by its canonical form. */
  readonly owners: ReadonlyMap<
    string,
    readonly { readonly container: Container; readonly network: string }[]
  >;
  /** Canonical addresses of gateways; a gateway is never a container. */
  readonly gateways: ReadonlySet<string>;
  /** The blocks of these containers' networks. */
  readonly blocks: readonly Cidr[];
}

/** An inventory without containers. */
export const EMPTY_INVENTORY: Inventory = {
  containers: new Map(),
  owners: new Map(),
  gateways: new Set(),
  blocks: [],
};

type Json = Record<string, unknown>;

/**
 * Reads the answer to `GET /containers/json`. Entries that do not have the form
 * of the API are left out, so that they identify no client.
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

/** The gateways and blocks of networks, with or without containers. */
export type Networks = Pick<Inventory, "gateways" | "blocks">;

/** Reads the answer to `GET /networks`. Entries that do not have the form of the API are left out. */
export function readNetworks(list: unknown): Networks {
  const gateways = new Set<string>();
  const blocks: Cidr[] = [];
  for (const network of Array.isArray(list) ? list : []) {
    const { Config } = object(object(network).IPAM);
    for (const config of Array.isArray(Config) ? Config.map(object) : []) {
      // Some releases write the gateway with the prefix length of its block.
      const way = canonicalAddress(text(config.Gateway).split("/", 1)[0]!);
      if (way !== null) gateways.add(way);
      const [address = "", length = ""] = text(config.Subnet).split("/");
      const block = blockAround(address, length === "" ? NaN : Number(length));
      if (block !== null) blocks.push(block);
    }
  }
  return { gateways, blocks };
}

/** Reads the answer to `GET /containers/{id}/json`; null if it does not have the form of the API. */
export function readInspected(inspected: unknown): Container | null {
  const whole = object(inspected);
  const name = text(whole.Name).replace(/^\//, "");
  return readContainer(
    whole,
    name,
    object(object(whole.Config).Labels),
    object(whole.State).Running === true,
    timeOf(text(object(whole.State).StartedAt)),
    text(object(whole.Config).Hostname),
  );
}

/** A time as the engine writes it (RFC 3339 with nanoseconds), in milliseconds since 1970; NaN if it is invalid. */
function timeOf(written: string): number {
  return Date.parse(written.replace(/(\.[0-9]{3})[0-9]+/, "$1"));
}

/** The place of sockwarden, as seen from the engine's networks. */
export type Vantage =
  /** In a container of the engine: only the network of the local address counts. */
  | "container"
  /** On the engine's host, which is on every network of the engine. */
  | "host"
  /** In a container in which the engine may run too; it does if the local address is a gateway of its networks. */
  | "gateway"
  /** On another host: addresses here are not those of the engine's networks. */
  | "elsewhere";

/**
 * The container that owns a remote address.
 *
 * @param remote The remote IP address of a connection.
 * @param local The local IP address of that connection.
 * @returns null if no container owns it, or more than one.
 */
export function ownerOf(
  inventory: Inventory,
  remote: string,
  local: string,
  vantage: Vantage,
): Container | null {
  const key = canonicalAddress(remote);
  const { gateways, blocks } = inventory;
  if (key === null || gateways.has(key)) return null;
  const owners = inventory.owners.get(key) ?? [];
  const here = canonicalAddress(local) ?? "";
  switch (vantage) {
    case "elsewhere":
      return null;
    case "host":
      return only(owners)?.container ?? null;
    case "gateway": {
      const near = gateways.has(here) &&
        blocks.some((block) => covers(block, remote) && covers(block, local));
      return near ? only(owners)?.container ?? null : null;
    }
    case "container": {
      const ours = only(inventory.owners.get(here) ?? []);
      if (ours === null) return null;
      return only(owners.filter(({ network }) => network === ours.network))
        ?.container ?? null;
    }
  }
}

/** Whether a container that has just been started could have that address. */
export function couldBeContainer(
  { gateways, blocks }: Networks,
  remote: string,
): boolean {
  const key = canonicalAddress(remote);
  return key !== null && !gateways.has(key) &&
    blocks.some((block) => covers(block, remote));
}

/** The endpoint at which a container has an address; null if it does not have it. */
export function endpointOf(
  container: Container,
  address: string,
): Endpoint | null {
  const key = canonicalAddress(address);
  return key === null
    ? null
    : container.endpoints.find((endpoint) =>
      canonicalAddress(endpoint.address) === key
    ) ?? null;
}

function readListed(entry: Json): Container | null {
  // Names with a second slash come from links.
  const names = Array.isArray(entry.Names) ? entry.Names.map(text) : [];
  const name = names.find((one) => /^\/[^/]+$/.test(one)) ?? "";
  const labels = object(entry.Labels);
  return readContainer(entry, name.slice(1), labels, true, NaN, "");
}

function readContainer(
  entry: Json,
  name: string,
  labels: Json,
  running: boolean,
  startedAt: number,
  hostname: string,
): Container | null {
  const id = text(entry.Id);
  if (!/^[0-9a-f]{64}$/.test(id)) return null;
  const host = object(entry.HostConfig);
  return {
    id,
    name,
    labels: new Map(
      Object.entries(labels).flatMap(([key, value]) =>
        typeof value === "string" ? [[key, value]] : []
      ),
    ),
    running,
    startedAt,
    // Its network may have been given by the id.
    onHost: host.NetworkMode === "host" ||
      "host" in object(object(entry.NetworkSettings).Networks),
    hostname,
    aliases: [
      hostname,
      ...networksOf(entry).flatMap(({ Aliases, DNSNames }) =>
        [Aliases, DNSNames].flatMap((names) =>
          Array.isArray(names) ? names.map(text) : []
        )
      ),
    ].filter((alias) => alias !== ""),
    joined: MODES.flatMap((field) => {
      const mode = text(host[field]);
      return mode.startsWith(JOIN) ? [mode.slice(JOIN.length)] : [];
    }),
    endpoints: networksOf(entry).flatMap((network) =>
      endpointsOf(network, running)
    ),
  };
}

/** Fields of HostConfig that may name a container whose namespace is shared. */
const MODES = ["NetworkMode", "PidMode", "IpcMode"] as const;
const JOIN = "container:";

function endpointsOf(network: Json, running: boolean): Endpoint[] {
  const id = text(network.NetworkID);
  // Two containers without it would seem to be on the same network.
  if (running && id === "") return [];
  const asked = object(network.IPAMConfig);
  const addresses = running
    ? [network.IPAddress, network.GlobalIPv6Address]
    : [asked.IPv4Address, asked.IPv6Address];
  return addresses.map(text).flatMap((address) =>
    canonicalAddress(address) === null
      ? []
      : [{ network: id, id: text(network.EndpointID), address }]
  );
}

function networksOf(entry: Json): Json[] {
  return Object.values(object(object(entry.NetworkSettings).Networks))
    .map(object);
}

/** The only entry of a list; null if the list has none or several. */
function only<T>(list: readonly T[]): T | null {
  return list.length === 1 ? list[0]! : null;
}

function object(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Json
    : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

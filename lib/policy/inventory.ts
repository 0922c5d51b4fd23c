/**
 * Which container owns an address: what the engine says of its containers, as
 * far as identity rests on it.
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

/** A container and where it is on networks. */
export interface Container extends ContainerFacts {
  readonly running: boolean;
  /** When it was started last, in milliseconds since the epoch; NaN where that is not told. */
  readonly startedAt: number;
  /** Whether it has the network of the host. */
  readonly onHost: boolean;
  /** Its host name; empty where that is not told. */
  readonly hostname: string;
  /** Other names under which it is found on its networks, its host name among them. */
  readonly aliases: readonly string[];
  /** Containers whose namespaces it shares, by the references that it was made with: on their networks it speaks with their addresses. */
  readonly joined: readonly string[];
  /** Where it is; of one that does not run, where it will be as far as that is laid down. */
  readonly endpoints: readonly Endpoint[];
}

/** An address of a container on a network. */
export interface Endpoint {
  /** The network's id. */
  readonly network: string;
  /** What the engine calls this joining of the network: another one each time; empty where it does not say. */
  readonly id: string;
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
  /** The blocks of the networks that these containers are on. */
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

/** Networks, whether a container is on them or not. */
export type Networks = Pick<Inventory, "gateways" | "blocks">;

/** Reads the answer to `GET /networks`; what is not as the API says is left out. */
export function readNetworks(list: unknown): Networks {
  const gateways = new Set<string>();
  const blocks: Cidr[] = [];
  for (const network of Array.isArray(list) ? list : []) {
    const { Config } = object(object(network).IPAM);
    for (const config of Array.isArray(Config) ? Config.map(object) : []) {
      // Some releases write the gateway with the length of its block.
      const way = canonicalAddress(text(config.Gateway).split("/", 1)[0]!);
      if (way !== null) gateways.add(way);
      const [address = "", length = ""] = text(config.Subnet).split("/");
      const block = blockAround(address, length === "" ? NaN : Number(length));
      if (block !== null) blocks.push(block);
    }
  }
  return { gateways, blocks };
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
    timeOf(text(object(whole.State).StartedAt)),
    text(object(whole.Config).Hostname),
  );
}

/** A time as the engine writes it (RFC 3339, to the nanosecond), in milliseconds. */
function timeOf(written: string): number {
  return Date.parse(written.replace(/(\.[0-9]{3})[0-9]+/, "$1"));
}

/** Where we stand, seen from the engine's networks. */
export type Vantage =
  /** In a container: only networks that it is on count, so the one of the local address. */
  | "container"
  /** On the engine's host, which is on every network of its engine. */
  | "host"
  /** In a container that the engine may run in as well: it does where the local address is a gateway of its networks. */
  | "gateway"
  /** On another host: an address here is not who has it there. */
  | "elsewhere";

/**
 * The container that owns a remote address.
 *
 * @param local Our address of the connection.
 * @returns null where none does, or more than one.
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

/** Where a container has an address; null where it has not. */
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
  // Names with a second slash are those of links.
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
    onHost: host.NetworkMode === "host",
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

/** The fields of HostConfig that may name a container whose namespace is shared. */
const MODES = ["NetworkMode", "PidMode", "IpcMode"] as const;
const JOIN = "container:";

function endpointsOf(network: Json, running: boolean): Endpoint[] {
  const id = text(network.NetworkID);
  // Two containers without it would seem to be on one network.
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

/** The one entry of a list; null where there is none, or where it is not known which. */
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

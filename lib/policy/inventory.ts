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
  /** Its networks' gateways, in canonical form, and blocks; of several networks, in any order. */
  readonly gateways: readonly string[];
  readonly blocks: readonly Cidr[];
}

/** An address of a container on a network. */
export interface Endpoint {
  /** The network's id. */
  readonly network: string;
  /** The engine's id of this endpoint, another at each connection to the network; empty if the answer does not have it. */
  readonly id: string;
  readonly address: string;
  /** When it was first seen in an inventory, on the monotonic clock in milliseconds; NaN outside of one. */
  readonly since: number;
}

/** A container at one of its addresses. */
interface Owner {
  readonly container: Container;
  readonly network: string;
}

/** Something that several containers have, and how many. */
export type Counted<T> = Map<string, { readonly value: T; count: number }>;

/** The gateways and blocks of networks, with or without containers. */
export interface Networks {
  /** Canonical addresses of gateways; a gateway is never a container. */
  readonly gateways: Counted<null>;
  /** The blocks of addresses. */
  readonly blocks: Counted<Cidr>;
}

/** The running containers, by id and by address; `placing.ts` changes it. */
export interface Inventory extends Networks {
  readonly containers: Map<string, Container>;
  /** The owners of each address, by its canonical form. */
  readonly owners: Map<string, readonly Owner[]>;
}

type Json = Record<string, unknown>;

/** Reads one entry of the answer to `GET /containers/json`; null if it does not have the form of the API, so that it identifies no client. */
export function readEntry(entry: unknown): Container | null {
  return readListed(object(entry));
}

/** Reads the answer to `GET /networks`. Entries that do not have the form of the API are left out. */
export function readNetworks(list: unknown): Networks {
  const gateways: Networks["gateways"] = new Map();
  const blocks: Networks["blocks"] = new Map();
  for (const network of Array.isArray(list) ? list : []) {
    const { Config } = object(object(network).IPAM);
    for (const config of Array.isArray(Config) ? Config.map(object) : []) {
      // Some releases write the gateway with the prefix length of its block.
      const way = canonicalAddress(text(config.Gateway).split("/", 1)[0]!);
      if (way !== null) gateways.set(way, { value: null, count: 1 });
      const [address = "", length = ""] = text(config.Subnet).split("/");
      const block = blockAround(address, length === "" ? NaN : Number(length));
      if (block !== null) blocks.set(block.text, { value: block, count: 1 });
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
    object(whole.Config).Labels,
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
        some(blocks, (block) => covers(block, remote) && covers(block, local));
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
    some(blocks, (block) => covers(block, remote));
}

function some(
  blocks: Networks["blocks"],
  holds: (block: Cidr) => boolean,
): boolean {
  for (const { value } of blocks.values()) if (holds(value)) return true;
  return false;
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
  return readContainer(entry, name.slice(1), entry.Labels, true, NaN, "");
}

/** Labels of one container or image; more cost too much to look up, if someone chose keys that collide. */
const MAX_LABELS = 2000;

/** Labels, from an object or a list of pairs; null where they are too many. A value that is no text counts for none. */
export function readLabels(labels: unknown): Map<string, string> | null {
  const pairs: unknown[] = Array.isArray(labels)
    ? labels
    : Object.entries(object(labels));
  if (pairs.length > MAX_LABELS) return null;
  const read = new Map<string, string>();
  for (const pair of pairs) {
    if (!Array.isArray(pair)) continue;
    const [key, value] = pair;
    if (typeof value === "string") read.set(String(key), value);
  }
  return read;
}

function readContainer(
  entry: Json,
  name: string,
  given: unknown,
  running: boolean,
  startedAt: number,
  hostname: string,
): Container | null {
  const id = text(entry.Id);
  const labels = readLabels(given);
  if (!/^[0-9a-f]{64}$/.test(id) || labels === null) return null;
  const host = object(entry.HostConfig);
  return {
    id,
    name,
    labels,
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
    ...surroundings(networksOf(entry)),
  };
}

/** The gateways and blocks of a container's networks. */
function surroundings(
  networks: readonly Json[],
): Pick<Container, "gateways" | "blocks"> {
  const gateways: string[] = [];
  const blocks: Cidr[] = [];
  for (const network of networks) {
    for (
      const [address, gateway, length] of [
        ["IPAddress", "Gateway", "IPPrefixLen"],
        ["GlobalIPv6Address", "IPv6Gateway", "GlobalIPv6PrefixLen"],
      ] as const
    ) {
      const way = canonicalAddress(text(network[gateway]));
      if (way !== null) gateways.push(way);
      const block = blockAround(text(network[address]), network[length]);
      if (block !== null) blocks.push(block);
    }
  }
  return { gateways, blocks };
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
      : [{ network: id, id: text(network.EndpointID), address, since: NaN }]
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

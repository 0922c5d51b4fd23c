/**
 * What creating a network, and connecting a container to one, claims: aliases
 * and addresses.
 *
 * @module
 */

import {
  addLinks,
  addNetwork,
  addReference,
  type Draft,
  type RequestParts,
} from "./draft.ts";
import {
  type Complain,
  fields,
  type JsonValue,
  readEntries,
  readFields,
  readList,
  readString,
  readStrings,
  shown,
} from "./json.ts";

const ENDPOINT = fields([
  "Aliases",
  "DNSNames",
  "Links",
  "IPAMConfig",
  "IPAddress",
  "GlobalIPv6Address",
  "NetworkID",
]);
const IPAM = fields(["IPv4Address", "IPv6Address", "LinkLocalIPs"]);

/** Reads `EndpointSettings`: the names and addresses of a container on one network. */
export function readEndpoint(
  draft: Draft,
  value: JsonValue,
  path: string,
): void {
  const { complain, aliases, addresses } = draft;
  const endpoint = readFields(value, path, ENDPOINT, complain);
  addAll(aliases, readStrings(endpoint.Aliases, `${path}.Aliases`, complain));
  addAll(aliases, readStrings(endpoint.DNSNames, `${path}.DNSNames`, complain));
  addLinks(draft, endpoint.Links, `${path}.Links`);
  // Docker takes it for the network, whatever the name beside it.
  addNetwork(
    draft,
    readString(endpoint.NetworkID, `${path}.NetworkID`, complain),
  );
  const ipam = readFields(
    endpoint.IPAMConfig,
    `${path}.IPAMConfig`,
    IPAM,
    complain,
  );
  for (
    const address of [
      // Docker assigns others; podman takes the first two as a request.
      endpoint.IPAddress,
      endpoint.GlobalIPv6Address,
      ipam.IPv4Address,
      ipam.IPv6Address,
    ]
  ) addText(addresses, address, `an address in ${path}`, complain);
  addAll(
    addresses,
    readStrings(ipam.LinkLocalIPs, `${path}.LinkLocalIPs`, complain),
  );
}

/** Adds all elements, one by one: a client's list may be longer than the arguments of a call. */
function addAll(to: string[], more: readonly string[]): void {
  for (const one of more) to.push(one);
}

/** Adds a string, unless it is empty. */
function addText(
  to: string[],
  value: JsonValue,
  path: string,
  complain: Complain,
): void {
  const text = readString(value, path, complain);
  if (text !== "") to.push(text);
}

const NETWORK = fields(["IPAM", "ConfigFrom"]);
const NETWORK_IPAM = fields(["Driver", "Config"]);
const NETWORK_CONFIG = fields([
  "Subnet",
  "IPRange",
  "Gateway",
  "AuxiliaryAddresses",
]);
const CONFIG_FROM = fields(["Network"]);

/** Reads the creation of a network in Docker's API: the addresses that it will assign. */
export function readNetwork(draft: Draft, { body }: RequestParts): void {
  const { complain, blocks, addresses, unknown } = draft;
  const { IPAM: ipam, ConfigFrom } = readFields(
    body,
    "the body",
    NETWORK,
    complain,
  );
  const { Driver, Config } = readFields(ipam, "IPAM", NETWORK_IPAM, complain);
  noteDriver(draft, readString(Driver, "IPAM.Driver", complain));
  for (const config of readList(Config, "IPAM.Config", complain)) {
    const path = "IPAM.Config";
    const read = readFields(config, path, NETWORK_CONFIG, complain);
    addText(blocks, read.Subnet, `${path}.Subnet`, complain);
    addText(blocks, read.IPRange, `${path}.IPRange`, complain);
    addText(addresses, read.Gateway, `${path}.Gateway`, complain);
    const others = `${path}.AuxiliaryAddresses`;
    for (
      const [name, address] of readEntries(
        read.AuxiliaryAddresses,
        others,
        complain,
      )
    ) addText(addresses, address, `${others}.${shown(name)}`, complain);
  }
  const from = readFields(ConfigFrom, "ConfigFrom", CONFIG_FROM, complain);
  const network = readString(from.Network, "ConfigFrom.Network", complain);
  if (network !== "") {
    unknown.addresses = `it copies the addresses of the network '${
      shown(network)
    }', which are not known`;
  }
}

/** Notes a driver that chooses the addresses of a network itself. */
function noteDriver({ unknown }: Draft, driver: string): void {
  if (!["", "default", "null", "none", "host-local"].includes(driver)) {
    unknown.addresses = `the driver '${
      shown(driver)
    }' chooses its addresses, and they are not known`;
  }
}

const LIBPOD_NETWORK = fields([
  "subnets",
  "ipam_options",
  "network_dns_servers",
]);
const LIBPOD_SUBNET = fields(["subnet", "gateway", "lease_range"]);
const LIBPOD_RANGE = fields(["start_ip", "end_ip"]);
const LIBPOD_IPAM = fields(["driver"]);

/** Reads the creation of a network in podman's API. */
export function readLibpodNetwork(draft: Draft, { body }: RequestParts): void {
  const { complain, blocks, addresses } = draft;
  const read = readFields(body, "the body", LIBPOD_NETWORK, complain);
  for (const entry of readList(read.subnets, "subnets", complain)) {
    const subnet = readFields(entry, "subnets", LIBPOD_SUBNET, complain);
    addText(blocks, subnet.subnet, "subnets.subnet", complain);
    addText(addresses, subnet.gateway, "subnets.gateway", complain);
    const range = readFields(
      subnet.lease_range,
      "subnets.lease_range",
      LIBPOD_RANGE,
      complain,
    );
    addText(addresses, range.start_ip, "lease_range.start_ip", complain);
    addText(addresses, range.end_ip, "lease_range.end_ip", complain);
  }
  const { driver } = readFields(
    read.ipam_options,
    "ipam_options",
    LIBPOD_IPAM,
    complain,
  );
  noteDriver(draft, readString(driver, "ipam_options.driver", complain));
  const servers = readStrings(
    read.network_dns_servers,
    "network_dns_servers",
    complain,
  );
  if (servers.length > 0) readLibpodNetworkUpdate(draft);
}

const CONNECT = fields(["Container", "EndpointConfig"]);
/** Podman's clients before 4.0 write the second spellings. */
const LIBPOD_CONNECT = fields(
  ["container", "aliases", "static_ips"],
  ["Container", "Aliases"],
);
const DISCONNECT = fields(["Container"], ["container"]);

/** Reads a connect request in Docker's API. */
export function readConnect(
  draft: Draft,
  { path, body }: RequestParts,
): void {
  const { complain } = draft;
  for (const network of path) addNetwork(draft, network);
  const { Container, EndpointConfig } = readFields(
    body,
    "the body",
    CONNECT,
    complain,
  );
  const container = readString(Container, "Container", complain);
  addReference(draft, draft.touches, container, "Container");
  readEndpoint(draft, EndpointConfig, "EndpointConfig");
}

/** Reads a connect request in podman's API. */
export function readLibpodConnect(
  draft: Draft,
  { body }: RequestParts,
): void {
  const { complain, touches } = draft;
  const read = readFields(body, "the body", LIBPOD_CONNECT, complain);
  const container = readString(read.container, "container", complain);
  addReference(draft, touches, container, "container");
  addAll(draft.aliases, readStrings(read.aliases, "aliases", complain));
  addAll(
    draft.addresses,
    readStrings(read.static_ips, "static_ips", complain),
  );
}

/** Reads a disconnect request in Docker's API or podman's. */
export function readDisconnect(
  draft: Draft,
  { body }: RequestParts,
): void {
  const { complain, touches } = draft;
  const { Container } = readFields(body, "the body", DISCONNECT, complain);
  const container = readString(Container, "Container", complain);
  addReference(draft, touches, container, "Container");
}

/** Reads the update of a network in podman's API. */
export function readLibpodNetworkUpdate({ unknown }: Draft): void {
  unknown.aliases = "it sets the DNS servers of a network";
}

/**
 * What joining a network claims: aliases and addresses.
 *
 * @module
 */

import {
  addLinks,
  addReference,
  type Draft,
  type RequestParts,
} from "./draft.ts";
import {
  fields,
  type JsonValue,
  readFields,
  readString,
  readStrings,
} from "./json.ts";

const ENDPOINT = fields([
  "Aliases",
  "DNSNames",
  "Links",
  "IPAMConfig",
  "IPAddress",
  "GlobalIPv6Address",
]);
const IPAM = fields(["IPv4Address", "IPv6Address", "LinkLocalIPs"]);

/** Reads `EndpointSettings`: what a container will be on one network. */
export function readEndpoint(
  draft: Draft,
  value: JsonValue,
  path: string,
): void {
  const { complain, aliases, addresses } = draft;
  const endpoint = readFields(value, path, ENDPOINT, complain);
  aliases.push(
    ...readStrings(endpoint.Aliases, `${path}.Aliases`, complain),
    ...readStrings(endpoint.DNSNames, `${path}.DNSNames`, complain),
  );
  addLinks(draft, endpoint.Links, `${path}.Links`);
  const ipam = readFields(
    endpoint.IPAMConfig,
    `${path}.IPAMConfig`,
    IPAM,
    complain,
  );
  addresses.push(
    ...[
      // Docker gives out others; podman takes these as wishes.
      endpoint.IPAddress,
      endpoint.GlobalIPv6Address,
      ipam.IPv4Address,
      ipam.IPv6Address,
    ]
      .map((address) => readString(address, `an address in ${path}`, complain))
      .filter((address) => address !== ""),
    ...readStrings(ipam.LinkLocalIPs, `${path}.LinkLocalIPs`, complain),
  );
}

const CONNECT = fields(["Container", "EndpointConfig"]);
/** With the spellings of podman's clients before and since 4.0. */
const LIBPOD_CONNECT = fields(
  ["container", "aliases", "static_ips"],
  ["Container", "Aliases"],
);
const DISCONNECT = fields(["Container"], ["container"]);

/** Reads Docker's connecting of a container to a network. */
export function readConnect(
  draft: Draft,
  { body }: RequestParts,
): void {
  const { complain } = draft;
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

/** Reads podman's connecting of a container to a network. */
export function readLibpodConnect(
  draft: Draft,
  { body }: RequestParts,
): void {
  const { complain, touches } = draft;
  const read = readFields(body, "the body", LIBPOD_CONNECT, complain);
  const container = readString(read.container, "container", complain);
  addReference(draft, touches, container, "container");
  draft.aliases.push(...readStrings(read.aliases, "aliases", complain));
  draft.addresses.push(
    ...readStrings(read.static_ips, "static_ips", complain),
  );
}

/** Reads the disconnecting of a container, Docker's or podman's. */
export function readDisconnect(
  draft: Draft,
  { body }: RequestParts,
): void {
  const { complain, touches } = draft;
  const { Container } = readFields(body, "the body", DISCONNECT, complain);
  const container = readString(Container, "Container", complain);
  addReference(draft, touches, container, "Container");
}

/** Reads podman's update of a network. */
export function readLibpodNetwork({ unknown }: Draft): void {
  unknown.aliases = "it sets the servers that answer for names on a network";
}

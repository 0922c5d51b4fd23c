/**
 * Judges the networks of a container, its addresses and its published ports.
 *
 * @module
 */

import { type JsonValue, shown } from "../json.ts";
import { sameAddress } from "../../net/cidr.ts";
import { type Collector, find } from "../rules.ts";
import type { Read } from "../schema/read.ts";
import {
  at,
  entriesOf,
  fieldAt,
  findListed,
  findNamed,
  isCreation,
  type Judging,
  keyed,
  listed,
  listOf,
  textOf,
} from "./judging.ts";
import { judgeShared } from "./namespaces.ts";
import type { GuardFacts } from "./request.ts";

const DEFAULT_NAMES: ReadonlySet<string> = new Set(["", "default", "bridge"]);

/** Podman's default network, by its own name. */
const PODMAN_DEFAULT = "podman";

/** Names that each engine has, and that need no look-up. */
export function isBuiltIn(name: string): boolean {
  return DEFAULT_NAMES.has(name) || name === "none" || name === "host";
}

/** Judges `NetworkMode`. */
export function judgeNetworkMode(of: Judging, { path, value }: Read): void {
  const mode = textOf(value);
  if (mode.includes(":")) judgeShared(of, path, "net", mode);
  else judgeNetwork(of.collector, path, mode, of.facts);
}

/** Judges the names in `EndpointsConfig`; the settings below have fields of their own. */
export function judgeEndpoints(
  { collector, facts }: Judging,
  { path, value }: Read,
): void {
  for (const [name] of entriesOf(value)) {
    judgeNetwork(collector, keyed(path, name), name, facts);
  }
}

/** Judges `NetworkID`. */
export function judgeNetworkId(
  { collector, facts }: Judging,
  { path, value }: Read,
): void {
  judgeNetwork(collector, path, textOf(value), facts);
}

/**
 * Judges a network that a container joins: by its own name, where the request
 * gives an id, and by its driver.
 */
export function judgeNetwork(
  collector: Collector,
  path: string,
  given: string,
  facts: GuardFacts,
): void {
  const network = facts.networks.get(given) ?? null;
  const name = textOf(network?.["Name"]) || given;
  const driver = textOf(network?.["Driver"]);
  if (network === null && name.includes(",")) {
    // No engine has a network of such a name; each of the list would need a look-up.
    find(
      collector,
      "network-drivers",
      path,
      `joins '${shown(name)}', which podman 3 reads as a list of networks`,
    );
  }
  if (name === "none" || driver === "null") return;
  if (name === "host" || driver === "host") {
    return find(
      collector,
      "namespaces",
      path,
      "shares the host's net namespace",
      "[net]",
      (entry) => entry === "net",
    );
  }
  if (DEFAULT_NAMES.has(name)) return findDefaultNetwork(collector, path);
  if (name === PODMAN_DEFAULT) findDefaultNetwork(collector, path);
  findNamed(
    collector,
    "networks",
    path,
    `joins the network '${shown(name)}'`,
    name,
  );
  if (driver === "") return;
  findListed(
    collector,
    "network-drivers",
    path,
    `joins the network '${shown(name)}' of the driver '${shown(driver)}'`,
    driver,
  );
}

function findDefaultNetwork(collector: Collector, path: string): void {
  find(
    collector,
    "default-network",
    path,
    "joins the engine's default network",
  );
}

/** Judges a creation that names no network. */
export function judgeNoNetwork(of: Judging): void {
  const path = "HostConfig.NetworkMode";
  if (!isCreation(of) || fieldAt(of, path) !== null) return;
  if (fieldAt(of, "NetworkDisabled") === true) return;
  const endpoints = fieldAt(of, "NetworkingConfig.EndpointsConfig");
  if (entriesOf(endpoints).length > 0) return;
  findDefaultNetwork(of.collector, path);
}

/** Judges `DriverOpts` of an endpoint. */
export function judgeEndpointOptions(
  { collector }: Judging,
  { path, value }: Read,
): void {
  if (entriesOf(value).length === 0) return;
  find(
    collector,
    "network-options",
    path,
    "sets options of the network's driver",
  );
}

/** Judges an address, or a list of them. */
export function judgeAddress(
  { collector }: Judging,
  { path, value }: Read,
): void {
  if (Array.isArray(value) && value.length === 0) return;
  find(collector, "addresses", path, "chooses an address in the network");
}

/** Judges `GwPriority`. */
export function judgeGateway({ collector }: Judging, { path }: Read): void {
  find(collector, "addresses", path, "chooses the network of the gateway");
}

/** Judges `PublishAllPorts`. */
export function judgeAllPorts({ collector }: Judging, { path }: Read): void {
  find(
    collector,
    "ports",
    path,
    "publishes each exposed port on all addresses of the host",
  );
}

/** Judges `PortBindings`. */
export function judgePorts(
  { collector }: Judging,
  { path, value }: Read,
): void {
  for (const [port, bindings] of entriesOf(value)) {
    for (const [i, binding] of listed(bindings).entries()) {
      judgePort(collector, `${keyed(path, port)}[${i}]`, binding);
    }
  }
}

function judgePort(
  collector: Collector,
  path: string,
  binding: JsonValue,
): void {
  const address = textOf(at(binding, "HostIp"));
  const port = textOf(at(binding, "HostPort"));
  const where = address === "" ? "all addresses" : `'${shown(address)}'`;
  const which = port === "" || port === "0" ? "a port" : `port ${shown(port)}`;
  find(
    collector,
    "ports",
    path,
    `publishes ${which} on ${where} of the host`,
    remedyOfPort(address, port),
    (entry) => coversPort(entry, address, port),
  );
}

function remedyOfPort(address: string, port: string): string {
  const range = rangeOf(port);
  if (address === "") return range === null ? "allow" : listOf(port);
  if (range === null) return listOf(address);
  return listOf(
    address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`,
  );
}

/** Reads `80` and `80-90`; null for another text, and for the port that the engine chooses. */
function rangeOf(text: string): { from: number; to: number } | null {
  const [, from, to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const range = { from: Number(from), to: Number(to) };
  return from === undefined || range.from === 0 || range.to < range.from
    ? null
    : range;
}

/** Whether an entry covers a binding: an address, `PORT`, `FROM-TO` or `ADDRESS:PORT`. */
export function coversPort(
  entry: string,
  address: string,
  port: string,
): boolean {
  if (sameAddress(entry, address)) return true;
  const [, bracketed, plain, ports = entry] =
    /^(?:\[([^\]]*)\]|([^:]*)):([\d-]+)$/.exec(entry) ?? [];
  const on = bracketed ?? plain;
  const allowed = rangeOf(ports);
  const asked = rangeOf(port);
  return allowed !== null && asked !== null &&
    (on === undefined || sameAddress(on, address)) &&
    allowed.from <= asked.from && asked.to <= allowed.to;
}

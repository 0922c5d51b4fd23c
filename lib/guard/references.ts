/**
 * The containers, networks, volumes and images that a request joins by its
 * body, each with how to write another name in its place.
 *
 * @module
 */

import {
  fields,
  type JsonValue,
  readEntries,
  readFields,
  readList,
  readString,
  shown,
} from "./json.ts";
import {
  addName,
  type Joined,
  NAMESPACE_FIELDS,
  type Reading,
} from "./joined.ts";
import type { MutableObject } from "./rewrite.ts";
import { readVolumes } from "./volume_references.ts";

/** Up to Docker 26.1 they count at the root too. */
const HOST_FIELDS = [
  "NetworkMode",
  ...NAMESPACE_FIELDS,
  "VolumesFrom",
  "Links",
  "Binds",
  "Mounts",
  "Tmpfs",
  // Read by its exact spelling, so that others are refused.
  "VolumeDriver",
] as const;
const HOST_CONFIG = fields(HOST_FIELDS);
const CREATION = fields([
  ...HOST_FIELDS,
  "HostConfig",
  "NetworkingConfig",
  "Image",
  "Volumes",
]);
const NETWORKING = fields(["EndpointsConfig"]);
const ENDPOINT = fields(["NetworkID", "Links"]);
const CONNECT = fields(["Container", "EndpointConfig"]);
const DISCONNECT = fields(["Container"]);
const NETWORK = fields(["ConfigFrom", "Options"]);
/** The bridge of a network, as engines name it; with a VLAN behind it. */
const BRIDGE =
  /^(?:br-([0-9a-f]{12})|(docker0)|(docker_gwbridge|(?:cni-)?podman[0-9]+))(?:\.|$)/;
const CONFIG_FROM = fields(["Network"]);

/** Networks that are not named: no one's, and the engine's own for containers without one. */
const UNNAMED: ReadonlySet<string> = new Set([
  "",
  "default",
  "bridge",
  "none",
]);

/** How the body of each operation is read. */
const READERS: ReadonlyMap<string, (body: JsonValue, of: Reading) => void> =
  new Map([
    ["container.create", readCreation],
    ["network.connect", readConnect],
    ["network.disconnect", readDisconnect],
    ["network.create", readNetwork],
  ]);

/**
 * Reads what a body joins.
 *
 * @param body Of `parseRewritable()`; the references write into it.
 * @returns null where the bodies of that operation are not known here; or a
 * clause that says why the request is refused.
 */
export function readJoined(
  operation: string,
  body: MutableObject,
): Joined | { problem: string } | null {
  const read = READERS.get(operation);
  if (read === undefined) return null;
  let problem: string | null = null;
  const joined: Joined = {
    references: [],
    anonymous: [],
    shares: false,
    targets: new Set(),
    mount: null,
  };
  read(body, { joined, complain: (one) => problem ??= one });
  return problem === null ? joined : { problem };
}

/**
 * Reads what a container joined, from the fields in which the engine shows it.
 *
 * @param fields `HostConfig` and `NetworkingConfig`, as in its creation.
 * @returns A clause where that cannot be read.
 */
export function readJoinedFields(
  { HostConfig, NetworkingConfig }: {
    readonly HostConfig: JsonValue;
    readonly NetworkingConfig: { readonly EndpointsConfig: JsonValue };
  },
): Joined | { problem: string } {
  const shown = { HostConfig, NetworkingConfig };
  return readJoined("container.create", shown) as Joined | { problem: string };
}

function readCreation(body: JsonValue, of: Reading): void {
  const { complain } = of;
  const root = readFields(body, "the body", CREATION, complain);
  addName(of, "images", readString(root.Image, "Image", complain), null);
  readHost(of, body, root);
  readHost(
    of,
    root.HostConfig,
    readFields(root.HostConfig, "HostConfig", HOST_CONFIG, complain),
  );
  const { EndpointsConfig } = readFields(
    root.NetworkingConfig,
    "NetworkingConfig",
    NETWORKING,
    complain,
  );
  const endpoints = EndpointsConfig as MutableObject | null;
  const entries = readEntries(EndpointsConfig, "EndpointsConfig", complain);
  for (const [name, endpoint] of entries) {
    readEndpoint(of, endpoint, addNetwork);
    addNetwork(of, name, (id) => {
      if (id === name) return true;
      if (endpoints![id] !== undefined) return false;
      endpoints![id] = endpoint;
      delete endpoints![name];
      return true;
    });
  }
  readVolumes(of, root, body as MutableObject);
}

/** Reads the fields of HostConfig that name containers and networks. */
function readHost(
  of: Reading,
  at: JsonValue,
  config: Record<typeof HOST_FIELDS[number], JsonValue>,
): void {
  const { complain } = of;
  const object = at as MutableObject;
  const mode = readString(config.NetworkMode, "NetworkMode", complain);
  const setMode = (id: string) => set(object, "NetworkMode", id);
  if (mode.startsWith("container:")) {
    addMode(of, mode, "NetworkMode", object);
  } else if (mode.includes(":")) {
    complain(`NetworkMode=${shown(mode)} is not read; name a network`);
  } else addNetwork(of, mode, setMode);
  for (const name of NAMESPACE_FIELDS) {
    const text = readString(config[name], name, complain);
    if (text.startsWith("ns:")) {
      complain(`${name}=${shown(text)} joins a namespace by its path`);
    }
    if (text.startsWith("container:")) addMode(of, text, name, object);
  }
  const from = readList(config.VolumesFrom, "VolumesFrom", complain);
  if (from.length > 0) of.joined.shares = true;
  for (const [i, spec] of from.entries()) {
    const [name = "", ...rest] = readString(spec, "VolumesFrom", complain)
      .split(":");
    addName(
      of,
      "containers",
      name,
      (id) => set(from, i, [id, ...rest].join(":")),
      { once: true },
    );
  }
  readLinks(of, config.Links, true);
}

/** Reads links: `X`, `X:alias`, or as the engine shows them `/X:/parent/alias`. */
function readLinks(of: Reading, value: JsonValue, writes: boolean): void {
  const links = readList(value, "Links", of.complain);
  for (const [i, link] of links.entries()) {
    const [name = "", alias = name, ...rest] = readString(
      link,
      "Links",
      of.complain,
    ).split(":");
    if (rest.length > 0) {
      of.complain(`the link '${shown(String(link))}' is not NAME:ALIAS`);
    }
    const plain = name.replace(/^\//, "");
    const write = (id: string) =>
      set(links, i, `${id}:${alias.slice(alias.lastIndexOf("/") + 1)}`);
    // On a network of its own a link is a name that is looked up there.
    addName(of, "containers", plain, writes ? write : null, {
      once: true,
      linked: writes,
    });
  }
}

/**
 * Reads the settings of a container on one network.
 *
 * @param add Adds the network that they name.
 */
function readEndpoint(
  of: Reading,
  value: JsonValue,
  add: typeof addNetwork,
): void {
  const { complain } = of;
  const endpoint = readFields(value, "EndpointsConfig", ENDPOINT, complain);
  const id = readString(endpoint.NetworkID, "NetworkID", complain);
  // Docker takes it for the network, whatever the name beside it.
  add(of, id, (full) => set(value as MutableObject, "NetworkID", full));
  readLinks(of, endpoint.Links, false);
}

function readConnect(body: JsonValue, of: Reading): void {
  const root = readFields(body, "the body", CONNECT, of.complain);
  addContainer(of, root.Container, body as MutableObject);
  // The networks that are open to a creation are none that the path can name.
  readEndpoint(
    of,
    root.EndpointConfig,
    (_, name, write) => addName(of, "networks", name, write),
  );
}

function readDisconnect(body: JsonValue, of: Reading): void {
  const root = readFields(body, "the body", DISCONNECT, of.complain);
  addContainer(of, root.Container, body as MutableObject);
}

function addContainer(
  of: Reading,
  value: JsonValue,
  body: MutableObject,
): void {
  const name = readString(value, "Container", of.complain);
  if (name === "") of.complain("the body names no container");
  addName(
    of,
    "containers",
    name.replace(/^\//, ""),
    (id) => set(body, "Container", id),
  );
}

function readNetwork(body: JsonValue, of: Reading): void {
  const root = readFields(body, "the body", NETWORK, of.complain);
  const from = root.ConfigFrom;
  const { Network } = readFields(from, "ConfigFrom", CONFIG_FROM, of.complain);
  const name = readString(Network, "ConfigFrom.Network", of.complain);
  // A network that is configured from another one names it, whatever it is.
  addName(of, "networks", name, null);
  const options = readEntries(root.Options, "Options", of.complain);
  for (const [option, value] of options) {
    if (option !== "parent") continue;
    // It would be on the wire of the network whose bridge that is.
    const [, id, isDefault, other] =
      BRIDGE.exec(readString(value, "Options.parent", of.complain)) ?? [];
    const bridged = id ?? (isDefault === undefined ? other : "bridge") ?? "";
    addName(of, "networks", bridged, null);
  }
}

function addMode(
  of: Reading,
  mode: string,
  field: string,
  object: MutableObject,
): void {
  const name = mode.slice("container:".length).replace(/^\//, "");
  if (name === "") of.complain(`${field}=${mode} does not name a container`);
  const write = (id: string) => set(object, field, `container:${id}`);
  addName(of, "containers", name, write);
}

function addNetwork(
  of: Reading,
  name: string,
  write: (id: string) => boolean,
): void {
  if (!UNNAMED.has(name)) addName(of, "networks", name, write);
}

/** Writes into an object or list of the body, which is the caller's own. */
function set(
  to: MutableObject | readonly JsonValue[],
  key: string | number,
  value: string,
): true {
  (to as MutableObject)[key] = value;
  return true;
}

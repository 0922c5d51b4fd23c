/**
 * Claims while they are collected, and the readers that several requests share.
 *
 * @module
 */

import {
  type Complain,
  type JsonValue,
  readEntries,
  readString,
  readStrings,
  shown,
} from "./json.ts";

/** What a request claims for a container. */
export interface Claims {
  /**
   * References to containers whose namespaces or volumes are joined, or whose
   * name changes, without a leading slash.
   */
  readonly joins: readonly string[];
  /** References to containers that are changed or read in another way; only our own matters there. */
  readonly touches: readonly string[];
  /** Labels that the container will have; null is a value that the engine chooses. */
  readonly labels: readonly (readonly [key: string, value: string | null])[];
  /** Names that the container will have. */
  readonly names: readonly string[];
  /** Other names by which it will be found on a network. */
  readonly aliases: readonly string[];
  /** Addresses that it asks for, as written. */
  readonly addresses: readonly string[];
  /** Blocks of addresses that a network will assign, as written. */
  readonly blocks: readonly string[];
  /** Networks that may be the host's by the start of its id (`withHostNetwork`). */
  readonly networks: readonly string[];
  /**
   * The fields of the body that lead to the container's labels, where it gets
   * those that are not there from its image; null if it is made of none.
   */
  readonly inherits: readonly string[] | null;
  /** A clause that says why it may have more than is listed; null if it has no more. */
  readonly unknown: {
    readonly labels: string | null;
    readonly aliases: string | null;
    readonly addresses: string | null;
  };
}

/** Claims while they are collected; as {@link Claims}, but mutable. */
export interface Draft {
  readonly joins: string[];
  readonly touches: string[];
  readonly labels: [key: string, value: string | null][];
  readonly names: string[];
  readonly aliases: string[];
  readonly addresses: string[];
  readonly blocks: string[];
  inherits: readonly string[] | null;
  readonly networks: string[];
  readonly unknown: {
    labels: string | null;
    aliases: string | null;
    addresses: string | null;
  };
  readonly complain: Complain;
}

/**
 * A draft of nothing.
 *
 * @param complain Hears why the request is refused.
 */
export function createDraft(complain: Complain): Draft {
  return {
    joins: [],
    touches: [],
    labels: [],
    names: [],
    aliases: [],
    addresses: [],
    blocks: [],
    inherits: null,
    networks: [],
    unknown: { labels: null, aliases: null, addresses: null },
    complain,
  };
}

/** The parts of a request that contain claims. */
export interface RequestParts {
  /** The decoded parameters of its path. */
  readonly path: readonly string[];
  /** The query parameters that are read; empty if they are missing. */
  readonly query: Readonly<Record<string, string>>;
  /** Null if the query alone is read. */
  readonly body: JsonValue;
}

/** A container's name, its id or the start of one; never `parent/alias` of a legacy link. */
const REFERENCE = /^\/?([A-Za-z0-9][A-Za-z0-9_.-]*)$/;

/**
 * Adds a reference to a container, without the slash before a name; nothing if
 * the reference is empty.
 *
 * @param to Which of the draft's lists.
 * @param path The field that holds it, such as `HostConfig.VolumesFrom`.
 */
export function addReference(
  { complain }: Draft,
  to: string[],
  reference: string,
  path: string,
): void {
  const match = REFERENCE.exec(reference);
  if (match !== null) to.push(match[1]!);
  // The engine ignores an empty reference.
  else if (reference !== "") {
    complain(
      `'${shown(reference)}' in ${path} is not a name or id of a container`,
    );
  }
}

/** Adds the name that a container will have; the engine also takes it with a leading slash. */
export function addName({ names }: Draft, name: string): void {
  if (name !== "") names.push(name.replace(/^\//, ""));
}

/** Adds the labels of an object. */
export function addLabels(
  { labels, complain }: Draft,
  value: JsonValue,
  path: string,
): void {
  for (const [key, label] of readEntries(value, path, complain)) {
    labels.push([key, readString(label, `${path}.${shown(key)}`, complain)]);
    // Podman writes `KEY=VALUE` and splits that again, Docker does not.
    if (key.includes("=")) {
      complain(
        `engines read the label '${
          shown(key)
        }' in ${path} in different ways; leave = out of its key`,
      );
    }
  }
}

/** Adds a host name: since Docker 25 others on its networks find a container by it. */
export function addHostname(
  { aliases }: Draft,
  hostname: string,
  domain: string,
): void {
  if (hostname === "") return;
  aliases.push(hostname);
  if (domain !== "") aliases.push(`${hostname}.${domain}`);
}

/** Adds an alias that swarm expands as a template; nothing if it is empty. */
export function addTemplate({ aliases, unknown }: Draft, text: string): void {
  if (text === "") return;
  aliases.push(text);
  if (text.includes("{{")) {
    unknown.aliases = `'${
      shown(text)
    }' is a template, and its result is not known; write the name`;
  }
}

/**
 * Adds links: `X:alias` gives the new container X's environment and address.
 * Only the new container sees the alias.
 */
export function addLinks(draft: Draft, value: JsonValue, path: string): void {
  for (const link of readStrings(value, path, draft.complain)) {
    addReference(draft, draft.touches, link.split(":")[0]!, path);
  }
}

const HOST_NETWORK =
  "it uses the host's network, and with it every address of the host";

/** Words of the engine for a network that is not the host's. */
const OTHER_NETWORKS = ["bridge", "default", "none"];

/** Notes a network that a container will be on, by its name, its id or the start of one; nothing if it is empty. */
export function addNetwork(
  { networks, unknown }: Draft,
  network: string,
): void {
  if (network === "host") unknown.addresses = HOST_NETWORK;
  // Ids have these characters: the engine's and, with more letters, swarm's.
  else if (/^[0-9a-z]+$/.test(network) && !OTHER_NETWORKS.includes(network)) {
    networks.push(network);
  }
}

/**
 * The same claims with what the host's network gives, where one of the networks
 * is that. The start of an id counts even where another network has it as its
 * name: the engine looks it up when the container starts, and that one may be
 * gone then.
 *
 * @param ids The ids of the host's network.
 */
export function withHostNetwork(
  claims: Claims,
  ids: readonly string[],
): Claims {
  const found = claims.networks.find((network) =>
    ids.some((id) => id.startsWith(network))
  );
  return found === undefined ? claims : {
    ...claims,
    unknown: {
      ...claims.unknown,
      addresses:
        `the network '${found}' is the id of the host's network, or its start, and brings every address of the host`,
    },
  };
}

/** Notes a network mode: a network, the network of another container, or neither. */
export function addNetworkMode(draft: Draft, mode: string, path: string): void {
  const { unknown } = draft;
  // Podman's user-mode networks use the host's addresses.
  if (/^(?:slirp4netns|pasta)(?::|$)/.test(mode)) {
    unknown.addresses = HOST_NETWORK;
  } else if (/^(?:container|ns):/.test(mode)) addMode(draft, mode, path);
  else if (mode.includes(":")) {
    // Podman's `NETWORK:alias=…,ip=…`.
    unknown.aliases = unknown.addresses = `the options in ${path}=${
      shown(mode)
    } are not read; give them in NetworkingConfig`;
  } else addNetwork(draft, mode);
}

/** Notes a namespace: of another container (`container:X`), by a path (podman's `ns:/…`), or neither. */
export function addMode(draft: Draft, mode: string, path: string): void {
  if (mode.startsWith("ns:")) complainOfPath(draft, mode, path);
  if (!mode.startsWith("container:")) return;
  const reference = mode.slice("container:".length);
  if (reference === "") {
    draft.complain(`${path}=${mode} does not name a container`);
  }
  addReference(draft, draft.joins, reference, path);
}

/** Refuses a namespace that is given by a path (podman): it may belong to any container. */
export function complainOfPath(
  { complain }: Draft,
  path: string,
  where: string,
): void {
  complain(
    `'${
      shown(path)
    }' in ${where} joins a namespace by its path; name a container instead`,
  );
}

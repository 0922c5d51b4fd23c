/**
 * Claims while they are read, and the parts that requests have in common.
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
   * Containers whose namespaces or volumes are joined, or whose name changes,
   * by the reference that is given, without a slash before it.
   */
  readonly joins: readonly string[];
  /** Containers that are changed or read otherwise: only our own matters there. */
  readonly touches: readonly string[];
  /** Labels that the container will have. */
  readonly labels: readonly (readonly [key: string, value: string])[];
  /** Names that the container will have. */
  readonly names: readonly string[];
  /** Other names under which it will be found on a network. */
  readonly aliases: readonly string[];
  /** Addresses that it asks for, as written. */
  readonly addresses: readonly string[];
  /** Blocks of addresses that a network will give out, as written. */
  readonly blocks: readonly string[];
  /**
   * The image whose labels it will have too (`withImageLabels`); null where no
   * container is made, or none of an image that can be looked up.
   */
  readonly image: string | null;
  /** Why it may have more than is listed, as a clause; null where it may not. */
  readonly unknown: {
    readonly labels: string | null;
    readonly aliases: string | null;
    readonly addresses: string | null;
  };
}

/** Claims while they are read. */
export interface Draft {
  readonly joins: string[];
  readonly touches: string[];
  readonly labels: [key: string, value: string][];
  readonly names: string[];
  readonly aliases: string[];
  readonly addresses: string[];
  readonly blocks: string[];
  image: string | null;
  readonly unknown: {
    labels: string | null;
    aliases: string | null;
    addresses: string | null;
  };
  readonly complain: Complain;
}

/** The parts of a request that claims are read from. */
export interface RequestParts {
  /** The decoded parameters of its path. */
  readonly path: readonly string[];
  /** The parameters of its query that are read; empty where they are not given. */
  readonly query: Readonly<Record<string, string>>;
  /** Null where the query alone is read. */
  readonly body: JsonValue;
}

/** A name, an id or the start of one, as the engine looks it up; never a legacy link's `parent/alias`. */
const REFERENCE = /^\/?([A-Za-z0-9][A-Za-z0-9_.-]*)$/;

/**
 * Adds a reference to a container, without the slash before a name.
 *
 * @param to Which of the draft's lists.
 * @param path Where the reference stands, such as `HostConfig.VolumesFrom`.
 */
export function addReference(
  { complain }: Draft,
  to: string[],
  reference: string,
  path: string,
): void {
  const match = REFERENCE.exec(reference);
  if (match !== null) to.push(match[1]!);
  // Without one the engine does nothing.
  else if (reference !== "") {
    complain(
      `'${shown(reference)}' in ${path} is no name and no id of a container`,
    );
  }
}

/** Adds the name that a container will have; the engine takes it with a slash before it too. */
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
  }
}

/** Adds a host name: since Docker 25 others on a network find a container by it. */
export function addHostname(
  { aliases }: Draft,
  hostname: string,
  domain: string,
): void {
  if (hostname === "") return;
  aliases.push(hostname);
  if (domain !== "") aliases.push(`${hostname}.${domain}`);
}

/** Adds an alias that swarm expands as a template; empty for none. */
export function addTemplate({ aliases, unknown }: Draft, text: string): void {
  if (text === "") return;
  aliases.push(text);
  if (text.includes("{{")) {
    unknown.aliases = `'${
      shown(text)
    }' is a template, and what it makes is not known: write the name`;
  }
}

/**
 * Adds links: `X:alias` gives X's environment and address to the new container. The alias
 * is its own view: nobody else finds X by it.
 */
export function addLinks(draft: Draft, value: JsonValue, path: string): void {
  for (const link of readStrings(value, path, draft.complain)) {
    addReference(draft, draft.touches, link.split(":")[0]!, path);
  }
}

const HOST_NETWORK =
  "it has the host's own network, and with it every address of the host";

/** Notes a network, by its name, that a container will be on. */
export function addNetwork({ unknown }: Draft, network: string): void {
  if (network === "host") unknown.addresses = HOST_NETWORK;
}

/** Notes what Docker and podman call the mode of the network: a network, another container, or none. */
export function addNetworkMode(draft: Draft, mode: string, path: string): void {
  const { unknown } = draft;
  addNetwork(draft, mode);
  // Podman's user-mode networks speak with the host's addresses.
  if (/^(?:slirp4netns|pasta)(?::|$)/.test(mode)) {
    unknown.addresses = HOST_NETWORK;
  } else if (/^(?:container|ns):/.test(mode)) addMode(draft, mode, path);
  else if (mode.includes(":")) {
    // Podman's network:alias=…,ip=….
    unknown.aliases = unknown.addresses = `the options in ${path}=${
      shown(mode)
    } are not read: give them in NetworkingConfig`;
  }
}

/** Notes a namespace: that of another container (`container:X`), of a path (podman's `ns:/…`), or none of these. */
export function addMode(draft: Draft, mode: string, path: string): void {
  if (mode.startsWith("ns:")) complainOfPath(draft, mode, path);
  if (!mode.startsWith("container:")) return;
  const reference = mode.slice("container:".length);
  if (reference === "") draft.complain(`${path}=${mode} names no container`);
  addReference(draft, draft.joins, reference, path);
}

/** Refuses a namespace that is given by a path (podman): it may be anybody's. */
export function complainOfPath(
  { complain }: Draft,
  path: string,
  where: string,
): void {
  complain(
    `'${
      shown(path)
    }' in ${where} joins a namespace by its path: name a container instead`,
  );
}

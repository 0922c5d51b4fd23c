/**
 * A client that may create a container could make one that passes for another
 * client of the policy file: by a label, a name, an alias, an address, or
 * another container's namespaces. Such a request is refused unless it is made
 * by the client that it would pass for.
 *
 * @module
 */

import type { Operation } from "../docker/operations.ts";
import type { Claims } from "../guard/claims.ts";
import { type Cidr, overlap, readBlock } from "../net/cidr.ts";
import { namesOfHost, plainName } from "../net/host_name.ts";
import { isValue, labelsOf, type PeerFacts, type Selector } from "./clients.ts";
import type { Policy, Rights } from "./compile.ts";

/**
 * Judges whether a request claims another client's identity. Pure.
 *
 * A client that is identified by several conditions is safe where one of them
 * can never hold: a container that is made without a label never gets it.
 * Certificates are left out: no container is given one, and the rest decides.
 *
 * @param rights The rights of the client that asks.
 * @param claims With empty labels where {@link labelsToEmpty} asks for them.
 * @param joined For each reference of `claims.joins` the clients that this
 * container is; null where it is not known.
 * @param hosts The addresses of the host names that selectors name; a name that
 * is missing may have any address.
 * @returns Why it is refused, or null where it is not.
 */
export function judgeIdentity(
  policy: Policy,
  rights: Rights,
  operation: Operation,
  claims: Claims,
  joined: ReadonlyMap<string, readonly string[] | null>,
  hosts: PeerFacts["hosts"] = new Map(),
): string | null {
  return judgeJoins(rights, claims, joined) ??
    judgeClaimed(policy, rights, operation, claims, hosts);
}

/**
 * The labels by which other clients are identified and that a container would
 * get from its image: they must be written into its creation with empty values,
 * which win over the image's and identify no one. What the engine says of the
 * image proves nothing: another may have its name when the container is made,
 * and with the containerd image store inspecting and creating choose different
 * manifests (docs/engine-api/bodies.md). Pure.
 *
 * @param client The client that asks: its own labels are left alone.
 */
export function labelsToEmpty(
  { identities }: Policy,
  client: string | null,
  { labels, inherits }: Claims,
): string[] {
  if (inherits === null) return [];
  const keys = identities.filter(({ name }) => name !== client)
    .flatMap(({ from }) => from.flat())
    .flatMap((condition) => labelsOf(condition)?.keys ?? []);
  return [...new Set(keys)].filter((key) => !isGiven(labels, key));
}

/** Whether a client other than the one that asks is identified by an address. */
export function addressesMatter(
  { identities }: Policy,
  client: string | null,
): boolean {
  return identities.some(({ name, from }) =>
    name !== client &&
    from.flat().some(({ kind }) => kind === "cidr" || kind === "host")
  );
}

function judgeJoins(
  rights: Rights,
  claims: Claims,
  joined: ReadonlyMap<string, readonly string[] | null>,
): string | null {
  for (const reference of claims.joins) {
    const clients = joined.get(reference);
    if (clients === undefined || clients === null) {
      return `sockwarden cannot tell which container '${reference}' is`;
    }
    const other = clients.find((name) => name !== rights.client);
    if (other !== undefined) {
      return `'${reference}' is a container of client '${other}'`;
    }
  }
  return null;
}

function judgeClaimed(
  policy: Policy,
  rights: Rights,
  operation: Operation,
  claims: Claims,
  hosts: PeerFacts["hosts"],
): string | null {
  const made = MAKING.has(operation.name);
  const sought = soughtBy(claims);
  for (const { name, from } of policy.identities) {
    if (name === rights.client) continue;
    for (const conditions of from) {
      const claimed = claimOf(conditions, sought, made, hosts);
      if (claimed !== null) {
        return claimed.known
          ? `${claimed.what} belongs to client '${name}'`
          : `it could pass for client '${name}': ${claimed.what}`;
      }
    }
  }
  return null;
}

/** What a request claims, in the form in which it is compared. */
interface Sought {
  readonly labels: Claims["labels"];
  readonly inherits: Claims["inherits"];
  /** With each name as written. */
  readonly names: readonly (readonly [plain: string, name: string])[];
  /** With each address or block as written; null where that cannot be read. */
  readonly blocks: readonly (readonly [block: Cidr | null, text: string])[];
  readonly unknown: Claims["unknown"];
}

function soughtBy(
  { labels, inherits, names, aliases, addresses, blocks, unknown }: Claims,
): Sought {
  return {
    labels,
    inherits,
    names: [...names, ...aliases].map((name) => [plainName(name), name]),
    blocks: [...addresses, ...blocks].map((text) => [readBlock(text), text]),
    unknown,
  };
}

/** Operations that make containers: these have the labels of their creation and never others. */
const MAKING: ReadonlySet<string> = new Set([
  "container.create",
  "service.create",
  "service.update",
  "image.build",
  "libpod.image.build",
  "libpod.image.build.local",
]);

/** What a request claims of a client's identity. */
interface Claimed {
  /** Whether the request shows it; false if something that matters is unknown. */
  readonly known: boolean;
  readonly what: string;
}

/** The first claim on conditions that must all hold; null where it could not be that client. */
function claimOf(
  conditions: readonly Selector[],
  sought: Sought,
  made: boolean,
  hosts: PeerFacts["hosts"],
): Claimed | null {
  let claimed: Claimed | null = null;
  for (const condition of conditions) {
    const found = claimedBy(condition, sought, hosts);
    if (found === null && made && labelsOf(condition) !== null) return null;
    claimed ??= found;
  }
  return claimed;
}

function claimedBy(
  condition: Selector,
  sought: Sought,
  hosts: PeerFacts["hosts"],
): Claimed | null {
  const { unknown } = sought;
  switch (condition.kind) {
    case "container":
      return nameIn(sought, [condition.name]);
    case "host":
      return nameIn(sought, namesOfHost(condition.name)) ??
        addressIn(sought, hosts.get(condition.name)?.map(readBlock) ?? null) ??
        orUnknown(unknown.aliases);
    case "cidr":
      return addressIn(sought, [condition.cidr]);
    case "service":
    case "project":
    case "label":
      return labelIn(sought, labelsOf(condition)!) ??
        // A service's name is what others on its network call it by.
        (condition.kind === "service"
          ? nameIn(sought, [condition.name])
          : null) ??
        orUnknown(unknown.labels);
    case "certificate":
      return null;
  }
}

function labelIn(
  { labels, inherits }: Sought,
  { keys, value }: { keys: readonly string[]; value: string | null },
): Claimed | null {
  const label = labels.find(([key, given]) =>
    keys.includes(key) && (given === null || isValue(given, value))
  );
  if (label !== undefined) {
    return {
      known: true,
      what: `the label ${label[0]}${value === null ? "" : `=${value}`}`,
    };
  }
  const absent = inherits === null
    ? undefined
    : keys.find((key) => !isGiven(labels, key));
  return orUnknown(
    absent === undefined ? null : `its image may have the label ${absent}`,
  );
}

function isGiven(labels: Claims["labels"], key: string): boolean {
  return labels.some(([given]) => given === key);
}

/** The address or block that is asked for and wanted, or cannot be read; any is wanted where it is not known which. */
function addressIn(
  { blocks, unknown }: Sought,
  wanted: readonly (Cidr | null)[] | null,
): Claimed | null {
  const found = blocks.find(([block]) =>
    block === null || wanted === null ||
    wanted.some((one) => one !== null && overlap(one, block))
  );
  return found === undefined
    ? orUnknown(unknown.addresses)
    : { known: true, what: `the address ${found[1]}` };
}

function nameIn(
  { names }: Sought,
  wanted: readonly string[],
): Claimed | null {
  const plain = wanted.map(plainName);
  const found = names.find(([name]) => plain.includes(name));
  return found === undefined
    ? null
    : { known: true, what: `the name '${found[1]}'` };
}

function orUnknown(reason: string | null): Claimed | null {
  return reason === null ? null : { known: false, what: reason };
}

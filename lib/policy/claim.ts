/**
 * Who may create a container could make one that passes for a client of the
 * policy file: by a label, a name, an alias, an address, or another
 * container's own namespaces. Such a creation is refused unless it is that
 * client's own.
 *
 * @module
 */

import type { Operation } from "../docker/operations.ts";
import { CLAIMING, type Claims, UNREADABLE } from "../guard/claims.ts";
import { type Cidr, overlap, readBlock } from "../net/cidr.ts";
import { labelsOf, type PeerFacts, type Selector } from "./clients.ts";
import type { Policy, Rights } from "./compile.ts";
import { means, type OwnContainer } from "./self_protection.ts";
import { selfRemedy } from "./remedy.ts";

/**
 * What must be read before an operation is let through: its query, or its
 * query and its body.
 *
 * @returns `unreadable` for one whose body is in a schema that is not
 * understood; null where nobody could be passed for.
 */
export function claimKind(
  policy: Policy,
  { name }: Operation,
): "query" | "body" | "unreadable" | null {
  const kind = CLAIMING.get(name) ?? null;
  if (canBeClaimed(policy)) return UNREADABLE.has(name) ? "unreadable" : kind;
  return policy.own !== null && TOUCHING.has(name) ? kind : null;
}

/** Whether some client is told by what a container can be given. */
export function canBeClaimed({ identities }: Policy): boolean {
  return identities.some(({ from }) =>
    from.some((conditions) =>
      conditions.some(({ kind }) => kind !== "certificate")
    )
  );
}

/**
 * Judges what a request claims. Pure.
 *
 * A client that is told by several conditions is safe where one of them cannot
 * hold for good: a container that is made without a label never has it.
 * Certificates are left out: no container is given one, and the rest decides.
 *
 * @param rights The rights of whoever asks.
 * @param claims With the labels of the image.
 * @param joined For each reference of `claims.joins` the clients that this
 * container is; null where it is not known.
 * @param hosts The addresses of the host names that selectors speak of; of one
 * that is not there it is not known which, and any might be it.
 * @returns Why it is refused, or null where it is not.
 */
export function judgeClaims(
  policy: Policy,
  rights: Rights,
  operation: Operation,
  claims: Claims,
  joined: ReadonlyMap<string, readonly string[] | null>,
  hosts: PeerFacts["hosts"] = new Map(),
): string | null {
  const { own } = policy;
  if (own !== null && !rights.allowSelf.has(operation.name)) {
    const reference = [...claims.joins, ...claims.touches].find((one) =>
      means(one, own)
    );
    if (reference !== undefined) {
      return `'${reference}' is sockwarden's own container; ${
        selfRemedy(rights, operation)
      }`;
    }
  }
  if (own !== null && !rights.allowSelf.has(RENAME.name)) {
    const names = namesOfOwn(own);
    // With a network's name after it, it is found there all the same.
    const name = [...claims.names, ...claims.aliases].find((one) =>
      namesOf(one).some((start) => names.includes(start))
    );
    if (name !== undefined) {
      return `by the name '${name}' others find sockwarden itself; ${
        selfRemedy(rights, RENAME)
      }`;
    }
  }
  if (!canBeClaimed(policy)) return null;
  for (const reference of claims.joins) {
    const clients = joined.get(reference);
    if (clients === undefined || clients === null) {
      return `it is not known which container '${reference}' is`;
    }
    const other = clients.find((name) => name !== rights.client);
    if (other !== undefined) {
      return `'${reference}' is a container of client '${other}'`;
    }
  }
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

/** Who may rename our container may give its names to another. */
const RENAME = { name: "container.rename" };

/** The names by which clients find us: whoever had one could answer them in our place. */
function namesOfOwn({ name, aliases, service }: OwnContainer): string[] {
  const ofService = service === null
    ? []
    : [service.name, `tasks.${service.name}`];
  return [name, ...aliases, ...ofService].filter((one) => one !== "")
    .map(plainName);
}

/** What a request claims, in the form in which it is compared. */
interface Sought {
  readonly labels: Claims["labels"];
  /** With each name as written. */
  readonly names: readonly (readonly [plain: string, name: string])[];
  /** With each address or block as written; null where that cannot be read. */
  readonly blocks: readonly (readonly [block: Cidr | null, text: string])[];
  readonly unknown: Claims["unknown"];
}

function soughtBy(
  { labels, names, aliases, addresses, blocks, unknown }: Claims,
): Sought {
  return {
    labels,
    names: [...names, ...aliases].map((name) => [plainName(name), name]),
    blocks: [...addresses, ...blocks].map((text) => [readBlock(text), text]),
    unknown,
  };
}

/**
 * Operations that name a container, or give one a name, elsewhere than in their
 * path: ours is looked for there, with and without clients. Whoever makes
 * containers freely is not held up by that: they can mount the engine's socket
 * in its place.
 */
const TOUCHING: ReadonlySet<string> = new Set([
  "container.commit",
  "container.rename",
  "network.connect",
  "network.disconnect",
  "libpod.container.commit",
  "libpod.container.rename",
  "libpod.network.connect",
  "libpod.network.disconnect",
]);

/** Operations that make containers: these have the labels of their creation and never others. */
const MAKING: ReadonlySet<string> = new Set([
  "container.create",
  "service.create",
  "service.update",
  "image.build",
  "libpod.image.build",
  "libpod.image.build.local",
]);

/** What is taken of a client's conditions. */
interface Claimed {
  /** Whether the request shows it; else it is that something is not known. */
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
      return nameIn(sought, namesOf(condition.name)) ??
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
  { labels }: Sought,
  { keys, value }: { keys: readonly string[]; value: string | null },
): Claimed | null {
  const label = labels.find(([key, given]) =>
    keys.includes(key) && (value === null || given === value)
  );
  if (label === undefined) return null;
  return {
    known: true,
    what: `the label ${label[0]}${value === null ? "" : `=${value}`}`,
  };
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

/** A name as resolvers compare it: without case (RFC 4343), the root's dot, and the engine's slash. */
function plainName(name: string): string {
  return name.toLowerCase().replace(/^\//, "").replace(/\.+$/, "");
}

/**
 * The names under which the engine's resolver looks for a host: `a.b.c` is that
 * name, `a.b` on the network `c`, or `a` on the network `b.c`.
 */
function namesOf(host: string): string[] {
  const parts = plainName(host).split(".");
  return parts.map((_, i) => parts.slice(0, i + 1).join("."));
}

function orUnknown(reason: string | null): Claimed | null {
  return reason === null ? null : { known: false, what: reason };
}

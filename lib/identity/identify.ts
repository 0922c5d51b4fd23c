/**
 * Identifies a peer: which client of the policy file it is, and which
 * container.
 *
 * @module
 */

import type { NoAnswer } from "../engine/ask.ts";
import { within } from "../engine/shared.ts";
import {
  type ClientIdentity,
  type ContainerFacts,
  hostNames,
  matchClient,
  type PeerFacts,
} from "../policy/clients.ts";
import { containerAt, type ContainerIndex, relyOn } from "./container_index.ts";
import { type Hosts, MAX_RESOLVE_MS } from "./hosts.ts";
import type { Peer } from "./peer.ts";
import { type Presence, type Shown, wasThere } from "./presence.ts";

/** The identity of a connection. */
export interface Identity {
  /** The client's name; null where the peer matches no client of the policy file. */
  readonly client: string | null;
  /** The container that owns the address; null where none is known, or nothing rests on it. */
  readonly container: ContainerFacts | null;
  /** The clients that it was matched against. */
  readonly identities: readonly ClientIdentity[];
}

/** An identity that was found just now. */
export interface FoundIdentity extends Identity {
  /** What a host name has proven the peer to be; absent for nothing. */
  readonly shown?: Shown;
}

/** Where identities are looked up. */
export interface Sources {
  readonly index: ContainerIndex;
  readonly hosts: Hosts;
  /** Finds our own container, once; null, or why it cannot be known yet. */
  readonly learnOwn: () => Promise<NoAnswer | null>;
}

/** How often a peer is asked for a sign because its name was distrusted meanwhile. */
const MAX_PROOFS = 4;
/** Milliseconds in which the container behind a connection must be found. */
export const MAX_IDENTIFY_MS = 10_000;

/**
 * Whether a kept connection now belongs to another client than before. Its
 * bytes may have come from the owner of the address before: it must be closed,
 * and the owner of the address now connects again. The same container under
 * another name or another policy does not count as another.
 */
export function isAnother(before: Identity, now: Identity): boolean {
  if (before.container?.id !== now.container?.id) return true;
  if (before.client === now.client) return false;
  const client = now.identities.find(({ name }) => name === now.client);
  return client !== undefined && hostNames([client]).length > 0;
}

/**
 * Finds the client that a peer is. The engine is asked only where the client
 * rests on the container: what need not be known must not be waited for.
 *
 * @param identities The clients of the policy file, in the order of matching.
 * @returns The identity, or why it is not known.
 */
export async function identify(
  sources: Sources,
  identities: readonly ClientIdentity[],
  peer: Peer,
): Promise<FoundIdentity | NoAnswer> {
  const known = identifyAtOnce(sources, identities, peer);
  if (known !== null) return known;
  const before = await matchWith(undefined, sources, identities, peer);
  if ("reason" in before) return before;
  const { client } = before;
  if (client !== undefined) {
    return { ...before, client, container: null, identities };
  }
  const container = await containerBehind(sources, peer);
  if (container !== null && "reason" in container) return container;
  const found = await matchWith(container, sources, identities, peer);
  return "reason" in found
    ? found
    : { ...found, client: found.client ?? null, container, identities };
}

/** The same where it rests on nothing that must be asked for; else null. */
export function identifyAtOnce(
  { index, hosts: { addresses: hosts } }: Pick<Sources, "index" | "hosts">,
  identities: readonly ClientIdentity[],
  { listener, remote, local, certificateNames }: Peer,
): FoundIdentity | null {
  if (identities.length === 0) {
    return { client: null, container: null, identities };
  }
  relyOn(index, [remote, local]);
  const client = matchClient(identities, {
    listener,
    address: remote,
    container: undefined,
    certificateNames,
    hosts,
  });
  if (client === undefined) return null;
  // No host name has the address of a unix socket.
  if (remote !== "" && namesBehind(identities, client).length > 0) return null;
  return { client, container: null, identities };
}

/** The host names on which it rests that a peer is that client: one that matches none as far as is known may match any. */
function namesBehind(
  identities: readonly ClientIdentity[],
  client: string | null,
): string[] {
  const known = identities.find(({ name }) => name === client);
  return hostNames(known === undefined ? identities : [known]);
}

/** The container behind a connection; null where there is none, or why that is not known. */
async function containerBehind(
  { index, learnOwn }: Sources,
  { remote, local, presence }: Peer,
): Promise<ContainerFacts | NoAnswer | null> {
  if (presence === null) return null;
  const look = async () =>
    await learnOwn() ?? await containerAt(index, remote, local, presence);
  return await within(MAX_IDENTIFY_MS, look(), {
    reason: `the engine did not say within ${
      MAX_IDENTIFY_MS / 1000
    } s which container has the address ${remote}`,
  });
}

/** What a peer is found to be; the client is undefined where that rests on a container which was not looked up. */
interface Found {
  readonly client: ReturnType<Match>;
  readonly shown?: Shown;
}

/** Matches a peer, whose container is as given. */
async function matchWith(
  container: PeerFacts["container"],
  { hosts }: Sources,
  identities: readonly ClientIdentity[],
  { listener, remote, presence, certificateNames }: Peer,
): Promise<Found | NoAnswer> {
  const match: Match = (addresses) =>
    matchClient(identities, {
      listener,
      address: remote,
      container,
      certificateNames,
      hosts: addresses,
    });
  // No host name has the address of a unix socket.
  return presence === null
    ? { client: match(hosts.addresses) }
    : await matchHosts(hosts, identities, match, remote, presence);
}

/** The client that a peer is where host names have those addresses. */
type Match = (addresses: PeerFacts["hosts"]) => string | null | undefined;

/**
 * Matches a peer with fresh addresses where a host name decides: what is known
 * of a name may be outdated.
 */
async function matchHosts(
  hosts: Hosts,
  identities: readonly ClientIdentity[],
  match: Match,
  remote: string,
  presence: Presence,
): Promise<Found | NoAnswer> {
  const client = match(hosts.addresses);
  if (client === undefined) return { client };
  const known = identities.find(({ name }) => name === client);
  const names = namesBehind(identities, client);
  if (names.length === 0) return { client };
  const fresh = await hosts.refresh(names);
  const late = names.find((name) => !fresh.has(name));
  // An outdated address gives no rights.
  if (known !== undefined && late !== undefined) {
    return {
      reason: `host '${late}' of client '${client}' was not resolved within ${
        MAX_RESOLVE_MS / 1000
      } s`,
    };
  }
  const named = match(fresh);
  const nameless = match(new Map());
  // A client that is identified without a host name needs no proof of one.
  if (named == null || named === nameless) return { client: named };
  return await isHost(hosts, identities, named, remote, presence)
    ? { client: named, shown: { client: named, under: identities } }
    : { client: nameless };
}

/**
 * Whether the peer that a client's host names lead to is the one that has sent:
 * its name had the address when it was there, and has it still.
 */
async function isHost(
  hosts: Hosts,
  identities: readonly ClientIdentity[],
  client: string,
  remote: string,
  presence: Presence,
): Promise<boolean> {
  const { proves, shown } = presence;
  // Where nothing can be proven the fresh addresses decide.
  if (!proves || shown?.client === client && shown.under === identities) {
    return true;
  }
  const names = hostNames(identities.filter(({ name }) => name === client));
  const heldSince = () => {
    const times = names.map((name) => hosts.since(name, remote))
      .filter((at) => !Number.isNaN(at));
    return times.length === 0 ? NaN : Math.max(...times);
  };
  // A container that starts or stops meanwhile makes the time a later one: what
  // others do must not refuse this client.
  for (let round = 0; round < MAX_PROOFS; round++) {
    const from = heldSince();
    if (presence.seenAt() >= from) return true;
    if (!await wasThere(presence, from)) return false;
    const again = await hosts.refresh(names);
    if (!names.every((name) => again.has(name))) return false;
  }
  return presence.seenAt() >= heldSince();
}

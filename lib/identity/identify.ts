/**
 * Identifies a peer: which client of the policy file it is, and which
 * container.
 *
 * @module
 */

import type { NoAnswer } from "../engine/ask.ts";
import {
  type ClientIdentity,
  hostNames,
  matchClient,
  needsContainer,
  type PeerFacts,
} from "../policy/clients.ts";
import { containerAt, type ContainerIndex } from "./container_index.ts";
import { type Hosts, MAX_RESOLVE_MS } from "./hosts.ts";
import type { Peer } from "./peer.ts";
import { type Presence, type Shown, wasThere } from "./presence.ts";

/** The identity of a connection. */
export interface Identity {
  /** The client's name; null where the peer matches no client of the policy file. */
  readonly client: string | null;
  /** The container that owns the address; null where none is known. */
  readonly container: PeerFacts["container"];
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
}

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
 * Finds the client that a peer is.
 *
 * @param identities The clients of the policy file, in the order of matching.
 * @returns The identity, or why it is not known.
 */
export async function identify(
  { index, hosts }: Sources,
  identities: readonly ClientIdentity[],
  peer: Peer,
): Promise<FoundIdentity | NoAnswer> {
  const { listener, remote, local, presence, certificateNames } = peer;
  if (identities.length === 0) {
    return { client: null, container: null, identities };
  }
  let container: PeerFacts["container"] = null;
  if (presence !== null && needsContainer(identities, listener)) {
    const found = await containerAt(index, remote, local, presence);
    if (found !== null && "reason" in found) return found;
    container = found;
  }
  const match: Match = (addresses) =>
    matchClient(identities, {
      listener,
      address: remote,
      container,
      certificateNames,
      hosts: addresses,
    });
  // No host name has the address of a unix socket.
  const found = presence === null
    ? { client: match(hosts.addresses) }
    : await matchHosts(hosts, identities, match, remote, presence);
  return "reason" in found ? found : { ...found, container, identities };
}

/** The client that a peer is where host names have those addresses. */
type Match = (addresses: PeerFacts["hosts"]) => string | null;

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
): Promise<Pick<FoundIdentity, "client" | "shown"> | NoAnswer> {
  const client = match(hosts.addresses);
  const known = identities.find(({ name }) => name === client);
  // A peer that matches no client as far as is known may match any of them.
  const names = hostNames(known === undefined ? identities : [known]);
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
  if (named === null || named === nameless) return { client: named };
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
  const from = heldSince();
  if (presence.seenAt() >= from) return true;
  if (!await wasThere(presence, from)) return false;
  const again = await hosts.refresh(names);
  return names.every((name) => again.has(name)) && heldSince() === from;
}

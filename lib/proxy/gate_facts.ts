/**
 * What the gate must know besides the request itself: the containers that are
 * joined. Only what the conditions need is asked.
 *
 * @module
 */

import type { Claims } from "../guard/claims.ts";
import type { ContainerQueries } from "../identity/container_index.ts";
import type { Hosts } from "../identity/hosts.ts";
import type { ObjectQueries } from "../identity/object_queries.ts";
import { withHostNetwork } from "../guard/draft.ts";
import { addressesMatter } from "../policy/claim.ts";
import { clientsOfContainer } from "../policy/clients.ts";
import type { Policy } from "../policy/compile.ts";
import type { Condition } from "../policy/conditions.ts";

/** Where the facts come from, and the policy that they are judged by. */
export interface FactSources {
  readonly policy: Policy;
  readonly index: ContainerQueries;
  readonly hosts: Pick<Hosts, "addresses">;
  /** Asked only for a client with a scope or a guard. */
  readonly objects: ObjectQueries;
  /** The paths of the engine's sockets. */
  readonly sockets: readonly string[];
}

/** What a request claims, with what the engine says of it. */
export interface ClaimFacts {
  /** With the containers that are joined through others. */
  readonly claims: Claims;
  /** For each joined container the clients that it is; null where that is not known. */
  readonly joined: ReadonlyMap<string, readonly string[] | null>;
}

/** Containers that one container may be joined to through others. */
const MAX_JOINED = 16;
/** What could be the start of an id. */
const HEXADECIMAL = /^[0-9a-f]+$/;

/**
 * Completes what a request claims.
 *
 * @param client The name of the client that asks; null for one that is not in
 * the policy file.
 * @returns The facts, or why they cannot be known.
 */
export async function claimFacts(
  sources: FactSources,
  claims: Claims,
  conditions: readonly Condition[],
  client: string | null,
): Promise<ClaimFacts | { problem: string }> {
  const joined = new Map<string, readonly string[] | null>();
  // Only another client's identity can come from another container.
  if (!conditions.some(({ kind }) => kind === "identity")) {
    return { claims, joined };
  }
  const through: string[] = [];
  for (const reference of new Set(claims.joins)) {
    const found = await joinedThrough(sources, reference);
    if (found !== null && "problem" in found) return found;
    joined.set(reference, found?.clients ?? null);
    through.push(...found?.ids ?? []);
    // The request is refused already: the engine is asked nothing more.
    if (found?.clients.every((name) => name === client) !== true) break;
  }
  const touches = [...claims.touches, ...through];
  const located = await withNetworks(sources, claims, client);
  return "problem" in located
    ? located
    : { claims: { ...located, touches }, joined };
}

/** The claims with what the host's network gives; the engine is asked only where that decides. */
async function withNetworks(
  { policy, index }: FactSources,
  claims: Claims,
  client: string | null,
): Promise<Claims | { problem: string }> {
  const { networks, unknown } = claims;
  if (
    networks.length === 0 || unknown.addresses !== null ||
    !addressesMatter(policy, client)
  ) return claims;
  const ids = await index.hostNetwork();
  return "reason" in ids
    ? {
      problem: `sockwarden cannot tell whether the network '${
        networks[0]
      }' is the host's: ${ids.reason}`,
    }
    : withHostNetwork(claims, ids);
}

/** What is known of a container that is joined. */
interface Joined {
  /** The clients that it is or could be, with those that it has joined itself. */
  readonly clients: readonly string[];
  /** Its id, and those of all that it has joined. */
  readonly ids: readonly string[];
}

/** The clients that a container is, through what it has joined too; null where there is no such container. */
async function joinedThrough(
  { policy, index, hosts }: FactSources,
  reference: string,
): Promise<Joined | { problem: string } | null> {
  const clients = new Set<string>();
  const ids: string[] = [];
  const open = [reference];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const container = await index.container(next);
    // The name may be free now: the engine resolves it only when the container
    // starts.
    if (container === null) return null;
    if ("reason" in container) {
      const problem =
        `sockwarden cannot tell which container '${next}' is: ${container.reason}`;
      return { problem };
    }
    // The reference is its name now. After a rename it may be the start of
    // another container's id.
    if (HEXADECIMAL.test(next) && !container.id.startsWith(next)) return null;
    if (ids.includes(container.id)) continue;
    if (ids.length === MAX_JOINED) return null;
    ids.push(container.id);
    open.push(...container.joined);
    const addresses = container.onHost
      ? null
      : container.endpoints.map(({ address }) => address);
    for (
      const client of clientsOfContainer(
        policy.identities,
        container,
        addresses,
        hosts.addresses,
      )
    ) clients.add(client);
  }
  return { clients: [...clients], ids };
}

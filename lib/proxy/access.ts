/**
 * The policy in force, and who each client is under it.
 *
 * @module
 */

import type { EngineAddress } from "../net/address.ts";
import type { HeadLimits } from "../http1/request.ts";
import type { LogLevel } from "../observe/level.ts";
import { type Policy, withOwnContainer } from "../policy/compile.ts";
import {
  hostNames,
  matchClient,
  needsContainer,
  ofContainer,
  type PeerFacts,
} from "../policy/clients.ts";
import type { NoAnswer } from "../engine/ask.ts";
import {
  type ContainerIndex,
  createContainerIndex,
} from "../identity/container_index.ts";
import { createHosts, type Hosts } from "../identity/hosts.ts";
import { createPlanner, newSelfPath, type Planner } from "./plan.ts";
import { type Presence, type Shown, wasThere } from "../identity/presence.ts";

/** What is known of a connection when it is accepted. */
export interface Peer {
  /** The listener's address, as it was configured. */
  readonly listener: string;
  /** The remote IP address; empty on a unix socket. */
  readonly remote: string;
  /** The local IP address; empty on a unix socket. */
  readonly local: string;
  /** When it was there for certain; null on a unix socket. */
  readonly presence: Presence | null;
  /** Names in the verified TLS client certificate. */
  readonly certificateNames: readonly string[];
}

/** Who somebody is. */
export interface Found {
  /** The plans for that client. */
  readonly planner: Planner;
  /** The container that owns the address; null where none is known. */
  readonly container: PeerFacts["container"];
  /** The state of the access under which that was found. */
  readonly generation: number;
}

/**
 * Whether a kept connection would be somebody else's than before. Its bytes may
 * have come from whoever had the address then: it is closed, and whoever has
 * the address now connects anew. The same container under another name or
 * another policy goes on.
 */
export function isAnother(before: Found, now: Found): boolean {
  if (before.container?.id !== now.container?.id) return true;
  const { client, policy } = now.planner;
  const identity = policy.identities.find(({ name }) => name === client.name);
  return before.planner.client.name !== client.name &&
    identity !== undefined && hostNames([identity]).length > 0;
}

/** The policy in force. Made by {@link createAccess}. */
export interface Access {
  /** Rises whenever somebody may have other rights than before. */
  generation: number;
  readonly policy: Policy;
  readonly index: ContainerIndex;
  readonly hosts: Hosts;
  /** The path that asks whether we are our own engine. */
  readonly selfPath: string;
  /** Learns beforehand what the first clients would have to wait for. */
  prepare(): Promise<void>;
  /** Puts another policy in force for every request from now on. */
  setPolicy(policy: Policy): void;
  /** The plans for questions to ourselves, whoever asks. */
  reserved(): Planner;
  /** Who connected so; or why it cannot be told. */
  find(peer: Peer): Promise<Found | NoAnswer>;
  stop(): void;
}

/** What an access is made of. */
export interface AccessOptions {
  readonly policy: Policy;
  readonly engine: EngineAddress;
  readonly limits: HeadLimits;
  /** Whether we run in a container, which the engine may know. */
  readonly inside: boolean;
  /** What the policy refuses is let through and told. */
  readonly dryRun: boolean;
  /** Called after somebody may have got other rights. */
  readonly changed: () => void;
  readonly tell: (level: LogLevel, message: string) => void;
}

/** Puts a policy in force. */
export function createAccess(options: AccessOptions): Access {
  const { engine, limits, inside, dryRun, tell } = options;
  const selfPath = newSelfPath();
  let policy = options.policy;
  let planners = new Map<string | null, Planner>();

  const plannerFor = (client: string | null): Planner => {
    const known = planners.get(client);
    if (known !== undefined) return known;
    const planner = createPlanner({
      policy,
      client: { name: client },
      limits,
      selfPath,
      dryRun,
    });
    planners.set(client, planner);
    return planner;
  };

  const changed = () => {
    policy = withOwnContainer(policy, index.own);
    planners = new Map();
    access.generation++;
    options.changed();
  };
  const index = createContainerIndex({
    engine,
    inside,
    tell,
    changed: () => {
      // An address that a name has may have been another container's.
      hosts.distrust();
      changed();
    },
  });
  const hosts = createHosts(changed, tell);

  /** Looks from now on for what a policy tells clients by. */
  const lookFor = ({ identities }: Policy) => {
    hosts.setNames(hostNames(identities));
    if (identities.some(({ from }) => from.flat().some(ofContainer))) {
      index.watch();
    }
  };

  const access: Access = {
    generation: 0,
    get policy() {
      return policy;
    },
    index,
    hosts,
    selfPath,
    async prepare() {
      await index.learnOwn();
      await hosts.refresh(hostNames(policy.identities));
    },
    setPolicy(next) {
      policy = next;
      lookFor(policy);
      changed();
    },
    reserved: () => plannerFor(null),
    async find(peer) {
      const failed = await index.learnOwn();
      if (failed !== null) return failed;
      for (let round = 0; round < MAX_ROUNDS; round++) {
        const { generation } = access;
        const who = await identify(policy, index, hosts, peer);
        if ("reason" in who) return who;
        // Found under what is past: look again.
        if (generation === access.generation) {
          if (peer.presence !== null && who.shown !== undefined) {
            peer.presence.shown = who.shown;
          }
          return {
            planner: plannerFor(who.client),
            container: who.container,
            generation,
          };
        }
      }
      return { reason: "who is who changes faster than it can be asked" };
    },
    stop() {
      index.stop();
      hosts.stop();
    },
  };
  lookFor(policy);
  return access;
}

/** Look-ups of one client, while what they rest on changes. */
const MAX_ROUNDS = 20;

interface Who {
  readonly client: string | null;
  readonly container: PeerFacts["container"];
  /** What a host name has shown it to be. */
  readonly shown?: Shown;
}

/** Who somebody is: the client, null for none, and the container that is known; or why it cannot be told. */
async function identify(
  { identities }: Policy,
  index: ContainerIndex,
  hosts: Hosts,
  { listener, remote, local, presence, certificateNames }: Peer,
): Promise<Who | NoAnswer> {
  if (identities.length === 0) return { client: null, container: null };
  let container: PeerFacts["container"] = null;
  if (presence !== null && needsContainer(identities, listener)) {
    const found = await index.containerAt(remote, local, presence);
    if (found !== null && "reason" in found) return found;
    container = found;
  }
  const match = (addresses: PeerFacts["hosts"]) =>
    matchClient(identities, {
      listener,
      address: remote,
      container,
      certificateNames,
      hosts: addresses,
    });
  const client = match(hosts.addresses);
  // What a host's name resolves to may have changed: whoever is told by it, and
  // whoever is nobody as far as is known, is matched with fresh addresses.
  const known = identities.find(({ name }) => name === client);
  const names = hostNames(known === undefined ? identities : [known]);
  if (presence === null || names.length === 0) return { client, container };
  const fresh = await hosts.refresh(names);
  const late = names.find((name) => !fresh.has(name));
  // What is known of a name may be past: nobody gets rights by it.
  if (known !== undefined && late !== undefined) {
    return {
      reason: `the host '${late}' of client '${client}' is not resolved`,
    };
  }
  const named = match(fresh);
  const nameless = match(new Map());
  // What a name does not lead to needs no proof of it.
  if (named === null || named === nameless) return { client: named, container };
  return await isHost(identities, hosts, remote, presence, named)
    ? { client: named, container, shown: { client: named, under: identities } }
    : { client: nameless, container };
}

/**
 * Whether a peer that a client's host names lead to is the one that has sent:
 * its name had the address when it was there, and has it still.
 */
async function isHost(
  identities: Policy["identities"],
  hosts: Hosts,
  remote: string,
  presence: Presence,
  client: string,
): Promise<boolean> {
  const { proves, shown } = presence;
  // What the system cannot be asked for is left at the fresh addresses.
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

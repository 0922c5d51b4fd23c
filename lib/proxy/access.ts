/**
 * The policy in force, and the plans of each client under it.
 *
 * @module
 */

import type { NoAnswer } from "../engine/ask.ts";
import { monotonic } from "../host.ts";
import type { HeadLimits } from "../http1/limits.ts";
import type { ContainerQueries } from "../identity/container_index.ts";
import type { Hosts } from "../identity/hosts.ts";
import type { Identity } from "../identity/identify.ts";
import {
  createObjectQueries,
  type ObjectQueries,
} from "../identity/object_queries.ts";
import { createObjectIndex } from "../identity/object_index.ts";
import type { Peer } from "../identity/peer.ts";
import { createResolver, type Resolver } from "../identity/resolver.ts";
import type { EngineAddress } from "../net/address.ts";
import type { LogLevel } from "../observe/level.ts";
import { hostNames } from "../policy/clients.ts";
import { type Policy, withOwnContainer } from "../policy/compile.ts";
import type { KnownObjects } from "../policy/known_objects.ts";
import {
  type ClientCounts,
  type CountsByClient,
  countsFor,
  countsOfUnknown,
} from "./client_counts.ts";
import { createPlanner, newSelfPath, type Planner } from "./plan.ts";

/** The client behind a connection, and the plans for it. */
export interface Identified extends Identity {
  /** The plans for that client. */
  readonly planner: Planner;
  /** The {@link Access.generation} under which it was found; it is outdated under any other. */
  readonly generation: number;
}

/** The policy in force. Made by {@link createAccess}. */
export interface Access {
  /** Rises whenever the rights of a client, or the client of a connection, may have changed. */
  readonly generation: number;
  readonly policy: Policy;
  /** What the clients that have limits have under way. */
  readonly counts: CountsByClient;
  /** What connections ask for whose client is not known yet; null where no client has limits. */
  readonly unknown: ClientCounts | null;
  readonly index: ContainerQueries;
  readonly hosts: Hosts;
  readonly objects: ObjectQueries;
  /** What is known of objects without a question; nothing where no client has a scope. */
  readonly known: KnownObjects;
  /** The path that tells whether the engine's address leads back to us. */
  readonly selfPath: string;
  /** Looks up in advance what the first clients would otherwise wait for. */
  prepare(): Promise<void>;
  /** Puts another policy in force for every request from now on. */
  setPolicy(policy: Policy): void;
  /** The plans for requests to sockwarden itself, the same for every client. */
  reserved(): Planner;
  /** Finds our own container, once; null, or why it cannot be known yet. */
  learnOwn(): Promise<NoAnswer | null>;
  /** The client behind a connection, or why it could not be identified. */
  find(peer: Peer): Promise<Identified | NoAnswer>;
  /** The same where it is known without waiting for anything; else null. */
  findAtOnce(peer: Peer): Identified | null;
  stop(): void;
}

/** What {@link createAccess} needs. */
export interface AccessOptions {
  readonly policy: Policy;
  readonly engine: EngineAddress;
  readonly limits: HeadLimits;
  /** Whether we run in a container, which the engine may know. */
  readonly inside: boolean;
  /** Whether requests that the policy refuses are let through and logged. */
  readonly dryRun: boolean;
  /** Whether what requests name and contain is recorded; not if left out. */
  readonly records?: boolean;
  /** Whether requests get an id; not if left out. */
  readonly audits?: boolean;
  /** Called after the generation has risen. */
  readonly changed: () => void;
  readonly tell: (level: LogLevel, message: string) => void;
}

/** How often one peer is identified again because the facts changed meanwhile. */
export const MAX_ROUNDS = 20;

interface State {
  readonly options: AccessOptions;
  readonly selfPath: string;
  policy: Policy;
  generation: number;
  /** The plans of each client, by its name, under that policy. */
  planners: Map<string | null, Planner>;
  /** Who every peer is where that policy has no clients; null where it was not asked. */
  nobody: Identified | null;
  /** What the clients that have limits have under way. */
  counts: CountsByClient;
  readonly unknown: ClientCounts;
}

function createState(options: AccessOptions): State {
  const { policy, inside } = options;
  const now = monotonic();
  return {
    options,
    selfPath: newSelfPath(),
    // Outside a container there is nothing to find.
    policy: withOwnContainer(policy, null, inside),
    generation: 0,
    planners: new Map(),
    counts: countsFor(policy, new Map(), now),
    unknown: countsOfUnknown(now),
    nobody: null,
  };
}

/** Puts a policy in force. */
export function createAccess(options: AccessOptions): Access {
  const state = createState(options);
  const { engine, inside, tell } = options;
  const resolver = createResolver({
    engine,
    inside,
    ownFound: (own) => state.policy = withOwnContainer(state.policy, own),
    changed: () => startGeneration(state),
    tell,
  });
  resolver.watch(state.policy.identities);
  const objects = createObjectQueries(engine, resolver.index);
  const known = createObjectIndex({ engine, objects, tell });
  known.watch(state.policy);
  return {
    get generation() {
      return state.generation;
    },
    get policy() {
      return state.policy;
    },
    get counts() {
      return state.counts;
    },
    get unknown() {
      return state.counts.size === 0 ? null : state.unknown;
    },
    index: resolver.index,
    hosts: resolver.hosts,
    objects,
    known,
    selfPath: state.selfPath,
    async prepare() {
      await Promise.all([
        resolver.learnOwn(),
        resolver.hosts.refresh(hostNames(state.policy.identities)),
      ]);
    },
    setPolicy(next) {
      const { own, ownSought } = state.policy;
      state.policy = withOwnContainer(next, own, ownSought);
      state.counts = countsFor(next, state.counts, monotonic());
      resolver.watch(next.identities);
      known.watch(next);
      startGeneration(state);
    },
    reserved: () => plannerOf(state, null),
    learnOwn: resolver.learnOwn,
    find: (peer) => find(state, resolver, peer),
    findAtOnce: (peer) => findAtOnce(state, resolver, peer),
    stop() {
      resolver.stop();
      known.stop();
    },
  };
}

/** Drops all plans, and reports that every connection must be identified again. */
function startGeneration(state: State): void {
  state.planners = new Map();
  state.generation++;
  state.options.changed();
}

function plannerOf(state: State, client: string | null): Planner {
  const known = state.planners.get(client);
  if (known !== undefined) return known;
  const { policy, selfPath, options } = state;
  const { limits, dryRun, records = false, audits = false } = options;
  const planner = createPlanner({
    policy,
    client: { name: client },
    limits,
    selfPath,
    dryRun,
    records,
    audits,
    counts: state.counts.get(client) ?? null,
  });
  state.planners.set(client, planner);
  return planner;
}

function findAtOnce(
  state: State,
  resolver: Resolver,
  peer: Peer,
): Identified | null {
  const { policy: { identities }, generation, nobody } = state;
  if (nobody?.generation === generation) return nobody;
  const found = resolver.identifyAtOnce(identities, peer);
  if (found === null) return null;
  const { client, container } = found;
  const planner = plannerOf(state, client);
  const identified = { planner, container, generation, client, identities };
  // Without clients everybody is the same.
  if (identities.length === 0) state.nobody = identified;
  return identified;
}

async function find(
  state: State,
  resolver: Resolver,
  peer: Peer,
): Promise<Identified | NoAnswer> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const { generation } = state;
    const found = await resolver.identify(state.policy.identities, peer);
    if ("reason" in found) return found;
    // Otherwise the result may rest on facts that have changed meanwhile.
    if (generation === state.generation) {
      const { shown, client, container, identities } = found;
      if (peer.presence !== null && shown !== undefined) {
        peer.presence.shown = shown;
      }
      const planner = plannerOf(state, client);
      return { planner, container, generation, client, identities };
    }
  }
  return {
    reason:
      `the facts that identify clients changed during each of ${MAX_ROUNDS} look-ups; try again`,
  };
}

/**
 * Identifies the client behind a connection. This is the entry to identity: it
 * builds the parts in the order in which they need each other.
 *
 * @module
 */

import type { NoAnswer } from "../engine/ask.ts";
import type { EngineAddress } from "../net/address.ts";
import type { LogLevel } from "../observe/level.ts";
import {
  type ClientIdentity,
  hostNames,
  ofContainer,
} from "../policy/clients.ts";
import type { OwnContainer } from "../policy/self_protection.ts";
import {
  type ContainerQueries,
  createContainerIndex,
} from "./container_index.ts";
import { createEventWatch, startWatch, stopWatch } from "./events.ts";
import { createHosts, type Hosts } from "./hosts.ts";
import { type FoundIdentity, identify, identifyAtOnce } from "./identify.ts";
import { createOwnSearch, learnOwn } from "./own_container.ts";
import type { Peer } from "./peer.ts";

/** Identifies the client behind a connection. Made by {@link createResolver}. */
export interface Resolver {
  readonly index: ContainerQueries;
  readonly hosts: Hosts;
  /** Keeps the facts by which these clients are identified up to date. */
  watch(identities: readonly ClientIdentity[]): void;
  /** Finds our own container, once; null, or why it cannot be known yet. */
  learnOwn(): Promise<NoAnswer | null>;
  /** Which of these clients a peer is; or why that is not known. */
  identify(
    identities: readonly ClientIdentity[],
    peer: Peer,
  ): Promise<FoundIdentity | NoAnswer>;
  /** The same where nothing must be asked for it; else null. */
  identifyAtOnce(
    identities: readonly ClientIdentity[],
    peer: Peer,
  ): FoundIdentity | null;
  stop(): void;
}

/** What {@link createResolver} needs. */
export interface ResolverOptions {
  readonly engine: EngineAddress;
  /** Whether we run in a container, which the engine may know. */
  readonly inside: boolean;
  /** Called when our own container is known, or has another name than before, or is known not to be found (null); {@link changed} follows. */
  readonly ownFound: (own: OwnContainer | null) => void;
  /** Called when a connection may have another identity than before. */
  readonly changed: () => void;
  readonly tell: (level: LogLevel, message: string) => void;
}

/** Builds a resolver and its parts; it asks the engine nothing before {@link Resolver.watch}, or before an answer is needed. */
export function createResolver(options: ResolverOptions): Resolver {
  const { changed, tell } = options;
  const hosts = createHosts({ changed, tell });
  const index = createContainerIndex({
    ...options,
    // The address of a name may have belonged to another container.
    moved: () => hosts.distrust(),
    changed: () => {
      // The address of a name may have belonged to another container.
      hosts.distrust();
      changed();
    },
  });
  const events = createEventWatch(index);
  const search = createOwnSearch(index, events);
  const learn = () => learnOwn(search);
  return {
    index,
    hosts,
    watch(identities) {
      hosts.setNames(hostNames(identities));
      if (identities.some(({ from }) => from.flat().some(ofContainer))) {
        startWatch(events);
      }
    },
    learnOwn: learn,
    identify: (identities, peer) =>
      identify({ index, hosts, learnOwn: learn }, identities, peer),
    identifyAtOnce: (identities, peer) =>
      identifyAtOnce({ index, hosts }, identities, peer),
    stop() {
      stopWatch(events);
      hosts.stop();
    },
  };
}

/**
 * What is known of the containers around us, kept fresh: by the engine's
 * events, and by asking again before it is relied on.
 *
 * @module
 */

import { isLocal } from "../net/loopback.ts";
import { type EngineAddress, formatAddress } from "../net/address.ts";
import { after, monotonic, pause } from "../host.ts";
import type { LogLevel } from "../observe/level.ts";
import { canonicalAddress } from "../net/cidr.ts";
import type { ContainerFacts } from "../policy/clients.ts";
import {
  type Container,
  couldBeContainer,
  EMPTY_INVENTORY,
  type Endpoint,
  endpointOf,
  type Inventory,
  type Networks,
  ownerOf,
  readInspected,
  readInventory,
  readNetworks,
  type Vantage,
} from "../policy/inventory.ts";
import type { OwnContainer } from "../policy/self_protection.ts";
import { ask, follow, type NoAnswer } from "../engine/ask.ts";
import { isOurs, ownReference } from "./own_container.ts";
import { type Presence, wasThere } from "./presence.ts";
import { shared, sharedBy } from "../engine/shared.ts";

/** What is known of the surroundings. Made by {@link createContainerIndex}. */
export interface ContainerIndex {
  /** The container that we run in; null where it is none, or the engine does not know it. */
  readonly own: OwnContainer | null;
  /** Follows the engine's events from now on, whoever asks. */
  watch(): void;
  /** Learns which container is our own; null, or why it cannot be told yet. */
  learnOwn(): Promise<NoAnswer | null>;
  /**
   * The running container that owns an address; waits a moment for one that has
   * just been started.
   *
   * @param presence When the peer was there: whoever got the address later has
   * that of somebody else before, whose the bytes may be.
   */
  containerAt(
    remote: string,
    local: string,
    presence: Presence,
  ): Promise<ContainerFacts | NoAnswer | null>;
  /** A container by a reference; null where there is none. */
  container(reference: string): Promise<Container | NoAnswer | null>;
  /** The labels of an image; null where there is none of that name. */
  imageLabels(
    reference: string,
  ): Promise<ReadonlyMap<string, string> | NoAnswer | null>;
  stop(): void;
}

/** What a index is made of. */
export interface ContainerIndexOptions {
  readonly engine: EngineAddress;
  /** Whether we run in a container, which the engine may know. */
  readonly inside: boolean;
  /** Called when somebody may be another than before. */
  readonly changed: () => void;
  readonly tell: (level: LogLevel, message: string) => void;
}

/** Milliseconds that an unknown client waits for its container to be known. */
const LOOKUP_TIMEOUT_MS = 2000;
/** Milliseconds for which an address that no container owned is not asked for again, unless something changes. */
const UNOWNED_LIFETIME_MS = 5000;
/** Milliseconds between two tries at the engine's events. */
const RETRY_INTERVAL_MS = 1000;
/** Milliseconds that events are gathered before the containers are listed anew. */
const GATHER_MS = 20;
/** Bytes of a list of containers. */
const MAX_LIST_BYTES = 32 * 1024 * 1024;
/** Bytes of one container or image. */
const MAX_OBJECT_BYTES = 4 * 1024 * 1024;
/** Addresses that are remembered as nobody's. */
const MAX_UNOWNED = 1000;

/** The events after which somebody may be another: not those of each exec. */
const EVENTS = "/events?filters=" + encodeURIComponent(JSON.stringify({
  type: ["container", "network"],
  event: ["start", "die", "destroy", "rename", "connect", "disconnect"],
}));

/** A reference to a container: a name, an id or the start of one. */
const REFERENCE = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
/** A reference to an image. */
const IMAGE = /^[A-Za-z0-9][A-Za-z0-9_.:@/-]*$/;

/** Makes a index; nothing is asked before it is needed. */
export function createContainerIndex(
  { engine, inside, changed, tell }: ContainerIndexOptions,
): ContainerIndex {
  let inventory: Inventory = EMPTY_INVENTORY;
  let signature = "";
  let own: OwnContainer | null = null;
  let ownId: string | null = null;
  let ownKnown = !inside;
  /** Whether our own container has the network of the host. */
  let onHost = false;
  let learning: Promise<NoAnswer | null> | null = null;
  let watching = false;
  let stopped = false;
  let stopFollowing = () => {};
  let forgetRefresh: (() => void) | null = null;
  const nobody = new Map<string, number>();
  /** When each endpoint of a container was first seen, on the monotonic clock. */
  let firstSeen = new Map<string, number>();

  /** Notes the endpoints that are new: from now on, and not before, their addresses are known to be theirs. */
  const noteEndpoints = (next: Inventory) => {
    const now = monotonic();
    const before = firstSeen;
    firstSeen = new Map();
    for (const container of next.containers.values()) {
      for (const endpoint of container.endpoints) {
        const key = keyOf(container, endpoint);
        firstSeen.set(key, before.get(key) ?? now);
      }
    }
  };

  /** When an endpoint was first seen; undefined where it is another than the one that was listed. */
  const firstSeenAt = (
    listed: Container,
    address: string,
    { id }: Endpoint,
  ): number | undefined => {
    const known = endpointOf(listed, address);
    return known === null || known.id !== "" && known.id !== id
      ? undefined
      : firstSeen.get(keyOf(listed, known));
  };

  /** Lists the containers, once for all who ask meanwhile. */
  const refresh = shared(list);

  async function list(): Promise<NoAnswer | null> {
    const read = await askJson(engine, "/containers/json", MAX_LIST_BYTES);
    if ("reason" in read) return read;
    if (read.status !== 200) return unexpected("/containers/json", read.status);
    const next = readInventory(read.value);
    const now = signatureOf(next);
    noteEndpoints(next);
    inventory = next;
    if (ownId !== null && now !== signature) {
      const found = await inspect(ownId);
      if (found !== null && "id" in found) setOwn(found);
    }
    if (now === signature) return null;
    signature = now;
    nobody.clear();
    changed();
    return null;
  }

  /** The networks, those too that no container is on yet; none where the engine does not say. */
  const listNetworks = async (): Promise<Networks> => {
    const read = await askJson(engine, "/networks", MAX_LIST_BYTES);
    return "status" in read && read.status === 200
      ? readNetworks(read.value)
      : EMPTY_INVENTORY;
  };

  const setOwn = (container: Container) => {
    onHost = container.onHost;
    const { id, name, aliases, labels } = container;
    const service = labels.get("com.docker.swarm.service.id");
    own = {
      id,
      name,
      // On the host's network it has the host's name, and no other.
      aliases: onHost ? [] : aliases,
      service: service === undefined ? null : {
        id: service,
        name: labels.get("com.docker.swarm.service.name") ?? "",
      },
    };
  };

  const findOwn = async (): Promise<NoAnswer | null> => {
    const failed = await refresh();
    // Another proxy may stand before the engine.
    if (failed !== null && failed.refused !== true) return failed;
    const id = ownReference(inventory);
    const found = id === null || failed !== null ? null : await inspect(id);
    if (found !== null && "reason" in found && found.refused !== true) {
      return found;
    }
    ownKnown = true;
    if (found === null || "reason" in found || !isOurs(found)) {
      tell(
        "warning",
        "the engine does not know the container that sockwarden runs in: it is not protected from those who may change containers",
      );
      return null;
    }
    ownId = found.id;
    setOwn(found);
    // Its name may change, and requests name it.
    void watch();
    changed();
    return null;
  };

  /** Looks at a container, once for all who ask meanwhile. */
  const inspect = sharedBy(async (
    reference: string,
  ): Promise<Container | NoAnswer | null> => {
    if (!REFERENCE.test(reference)) return null;
    const path = `/containers/${reference}/json`;
    const read = await askJson(engine, path, MAX_OBJECT_BYTES);
    if ("reason" in read) return read;
    if (read.status === 404) return null;
    return read.status === 200
      ? readInspected(read.value)
      : unexpected(path, read.status);
  });

  const vantage = (): Vantage => {
    if (ownId !== null) return onHost ? "host" : "container";
    // Whoever has an address here is not who has it there.
    if (!isLocal(engine)) return "elsewhere";
    // An engine that does not know our container runs in it, or elsewhere.
    return inside ? "gateway" : "host";
  };

  let toldElsewhere = false;
  const tellElsewhere = () => {
    if (toldElsewhere) return;
    toldElsewhere = true;
    tell(
      "warning",
      `the engine at ${
        formatAddress(engine)
      } is on another host: nobody is told by container, service, project or label; use cidr, host, certificate or a listener of its own`,
    );
  };

  /** Looks everybody up again, where it is not known who may have changed. */
  const lookAllUp = () => {
    signature = "";
    changed();
  };

  const watch = async () => {
    if (watching) return;
    watching = true;
    let told = "";
    while (!stopped) {
      const reason = await follow(engine, EVENTS, {
        stopper: (stop) => stopFollowing = stop,
        begun: () => {
          told = "";
          listAgain(0);
        },
        more: () => listAgain(GATHER_MS),
      });
      if (stopped) return;
      lookAllUp();
      if (reason !== told) {
        told = reason;
        tell(
          "notice",
          `the engine's events ended (${reason}): clients are looked up again, and the events asked for once a second`,
        );
      }
      await pause(RETRY_INTERVAL_MS);
    }
  };

  /** Lists the containers after so many milliseconds, and until that succeeds. */
  const listAgain = (milliseconds: number) => {
    forgetRefresh ??= after(milliseconds, async () => {
      forgetRefresh = null;
      if (await refresh() === null || stopped) return;
      lookAllUp();
      listAgain(RETRY_INTERVAL_MS);
    });
  };

  const isForgiven = (remote: string) =>
    monotonic() - (nobody.get(remote) ?? -Infinity) < UNOWNED_LIFETIME_MS;

  return {
    get own() {
      return own;
    },
    watch: () => void watch(),
    learnOwn: async () => {
      if (ownKnown) return null;
      return await (learning ??= findOwn().finally(() => learning = null));
    },
    async containerAt(remote, local, presence) {
      if (vantage() === "elsewhere") {
        tellElsewhere();
        return null;
      }
      const end = monotonic() + LOOKUP_TIMEOUT_MS;
      let networks: Networks | null = null;
      for (let wait = 20;; wait = Math.min(wait * 2, 200)) {
        const owner = ownerOf(inventory, remote, local, vantage());
        if (owner !== null) {
          // Its address may be another's by now: only the engine knows.
          const now = await inspect(owner.id);
          if (now !== null && "reason" in now) return now;
          const endpoint = now !== null && now.running
            ? endpointOf(now, remote)
            : null;
          if (now !== null && endpoint !== null) {
            // The engine's clock says when it was started, in some releases
            // before it had the address: where there is proof, our own counts.
            const from = presence.proves
              ? firstSeenAt(owner, remote, endpoint)
              : now.startedAt;
            if (from !== undefined) {
              return await wasThere(presence, from) ? now : null;
            }
          }
        } else if (isForgiven(remote)) return null;
        const failed = await refresh();
        if (failed !== null) return failed;
        if (ownerOf(inventory, remote, local, vantage()) === null) {
          networks ??= await listNetworks();
          if (
            monotonic() > end ||
            !couldBeContainer(inventory, remote) &&
              !couldBeContainer(networks, remote)
          ) {
            if (nobody.size >= MAX_UNOWNED) nobody.clear();
            nobody.set(remote, monotonic());
            return null;
          }
          await pause(wait);
        } else if (monotonic() > end) return null;
      }
    },
    container: inspect,
    async imageLabels(reference) {
      if (!IMAGE.test(reference) || reference.includes("..")) {
        return { reason: `'${reference}' is no reference to an image` };
      }
      const path = `/images/${reference}/json`;
      const read = await askJson(engine, path, MAX_OBJECT_BYTES);
      if ("reason" in read) return read;
      if (read.status === 404) return null;
      if (read.status !== 200) return unexpected(path, read.status);
      const { Config, ContainerConfig } = Object(read.value);
      return new Map(
        Object.entries(Object(Config ?? ContainerConfig).Labels ?? {})
          .map(([key, value]) => [key, String(value)]),
      );
    },
    stop() {
      stopped = true;
      stopFollowing();
      forgetRefresh?.();
    },
  };
}

function keyOf({ id }: Container, endpoint: Endpoint): string {
  return `${id} ${endpoint.id} ${canonicalAddress(endpoint.address)}`;
}

async function askJson(
  engine: EngineAddress,
  path: string,
  most: number,
): Promise<{ status: number; value: unknown } | NoAnswer> {
  const answer = await ask(engine, path, most);
  if ("reason" in answer) return answer;
  try {
    return { status: answer.status, value: JSON.parse(answer.body) };
  } catch {
    return answer.status === 200
      ? { reason: `the engine answers GET ${path} with what is no JSON` }
      : { status: answer.status, value: null };
  }
}

function unexpected(path: string, status: number): NoAnswer {
  return {
    reason: `the engine answers GET ${path} with status ${status}`,
    refused: status >= 400 && status < 500,
  };
}

function signatureOf({ containers }: Inventory): string {
  return JSON.stringify(
    [...containers.values()].map(({ id, name, labels, endpoints }) => [
      id,
      name,
      [...labels],
      endpoints,
    ]).sort(),
  );
}

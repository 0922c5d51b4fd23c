/**
 * An engine with one container that tests change, and an index of it.
 *
 * @module
 */

import {
  type ContainerIndex,
  createContainerIndex,
} from "../../lib/identity/container_index.ts";
import type { Presence } from "../../lib/identity/presence.ts";
import type { EngineAddress } from "../../lib/net/address.ts";
import { type EngineConnection, ok, startEngine } from "../support/engine.ts";

export const REMOTE = "10.0.0.5";
export const GATEWAY = "10.0.0.1";
export const LIST = "/containers/json";

/** The one container of an engine; tests change it. */
export interface World {
  id: string;
  name: string;
  labels: Record<string, string>;
  hostname: string;
  networkMode: string;
  running: boolean;
  startedAt: number;
  addresses: string[];
  /** What the engine calls its endpoints: others after each joining of a network. */
  endpoint: string;
  /** The status of the list of containers, and of the container itself. */
  status: number;
  inspectStatus: number;
  /** Requests by their target. */
  readonly asked: string[];
  /** The connections that follow the events. */
  readonly followers: EngineConnection[];
}

/** A container at {@link REMOTE}, where the test does not say otherwise. */
export function world(more: Partial<World> = {}): World {
  return {
    id: "a".repeat(64),
    name: "web",
    labels: {},
    hostname: "web",
    networkMode: "bridge",
    running: true,
    startedAt: 1000,
    addresses: [REMOTE],
    endpoint: "e",
    status: 200,
    inspectStatus: 200,
    asked: [],
    followers: [],
    ...more,
  };
}

/** How often the containers were listed. */
export function lists({ asked }: World): number {
  return asked.filter((target) => target === LIST).length;
}

function serve(
  state: World,
): (connection: EngineConnection, head: string) => Promise<void> {
  return async (connection, head) => {
    const target = head.split(" ")[1]!;
    state.asked.push(target);
    const facts = {
      Id: state.id,
      HostConfig: { NetworkMode: state.networkMode },
      NetworkSettings: {
        Networks: Object.fromEntries(state.addresses.map((IPAddress, i) => [
          `n${i}`,
          {
            NetworkID: `n${i}`,
            EndpointID: `${state.endpoint}${i}`,
            IPAddress,
            IPPrefixLen: 24,
            Gateway: GATEWAY,
          },
        ])),
      },
    };
    const { name, labels } = state;
    if (target.startsWith("/events")) {
      state.followers.push(connection);
      await connection.write(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
      );
    } else if (target === LIST) {
      const body = JSON.stringify([
        { ...facts, Names: [`/${name}`], Labels: labels },
      ]);
      await connection.write(ok(body).replace("200 OK", `${state.status} x`));
    } else if (
      [state.id, state.id.slice(0, 12), name]
        .some((one) => target === `/containers/${one}/json`)
    ) {
      const body = JSON.stringify({
        ...facts,
        Name: `/${name}`,
        Config: { Labels: labels, Hostname: state.hostname },
        State: {
          Running: state.running,
          StartedAt: Number.isNaN(state.startedAt)
            ? ""
            : new Date(state.startedAt).toISOString(),
        },
      });
      await connection.write(
        ok(body).replace("200 OK", `${state.inspectStatus} x`),
      );
    } else if (target === "/networks") await connection.write(ok("[]"));
    else {
      await connection.write(
        "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}",
      );
    }
  };
}

/** An index, and what it has reported. */
export interface Indexed {
  readonly index: ContainerIndex;
  readonly engine: EngineAddress;
  readonly changes: () => number;
  /** The names of our own container, as they were reported; `none` where it cannot be found. */
  readonly ownNames: string[];
  readonly messages: string[];
}

/** Runs a test with an engine and an index of it. */
export async function withIndex(
  state: World,
  run: (indexed: Indexed) => Promise<void>,
  more: { inside?: boolean; engine?: EngineAddress } = {},
): Promise<void> {
  const recording = await startEngine(serve(state));
  let changes = 0;
  const messages: string[] = [];
  const ownNames: string[] = [];
  const engine = more.engine ?? { kind: "unix", path: recording.path };
  const index = createContainerIndex({
    engine,
    inside: more.inside ?? false,
    ownFound: (own) => ownNames.push(own?.name ?? "none"),
    changed: () => changes++,
    tell: (_level, message) => messages.push(message),
  });
  try {
    await run({ index, engine, changes: () => changes, ownNames, messages });
  } finally {
    await recording.stop();
  }
}

/** A peer that was there at that time, and later where it is asked for a sign. */
export function presence(
  seen: number,
  sign: number | null = null,
  proves = true,
) {
  let asked = 0;
  let rested = 0;
  const peer: Presence = {
    proves,
    shown: null,
    seenAt: () => asked > 0 && sign !== null ? sign : seen,
    ask: () => {
      asked++;
      return sign !== null;
    },
    rest: () => rested++,
  };
  return { peer, asked: () => asked, rested: () => rested };
}

/** A time after every other of a test. */
export const LATER = performance.now() + 3_600_000;

/** What calls join, as it is recorded. */

import { assertEquals } from "@std/assert";
import { matchOperation } from "../../lib/docker/match.ts";
import { encodeUtf8 } from "../../lib/host.ts";
import {
  joinedObjects,
  type JoinQueries,
} from "../../lib/learn/joined_objects.ts";

const ID = "a".repeat(64);

const OBJECTS: JoinQueries = {
  find: (_, reference) =>
    Promise.resolve(
      reference === ID || reference === "web"
        ? { id: ID, name: "web", labels: new Map([["team", "shop"]]) }
        : null,
    ),
  exec: () => Promise.resolve(null),
  image: () => Promise.resolve(null),
  joined: (id) =>
    Promise.resolve(
      id === ID
        ? {
          HostConfig: { NetworkMode: "shop", Binds: ["data:/data"] },
          NetworkingConfig: { EndpointsConfig: { shop: {} } },
        }
        : null,
    ),
};

async function joinsOf(target: string, body: unknown) {
  const match = matchOperation("POST", target);
  if (match.kind !== "operation") throw new Error(`${match.kind}: ${target}`);
  const bytes = body === null
    ? null
    : encodeUtf8(typeof body === "string" ? body : JSON.stringify(body));
  return await joinedObjects(OBJECTS, match, bytes);
}

const NETWORK = { kind: "network", name: "shop" };
const VOLUME = { kind: "volume", name: "data" };
const WEB = { kind: "container", name: "web", labels: ["team=shop"] };

Deno.test("joinedObjects: a creation's networks, volumes and containers, each once and by name", async () => {
  const found = await joinsOf("/containers/create", {
    Image: "postgres:17",
    HostConfig: {
      NetworkMode: "shop",
      Binds: ["data:/data", "/srv:/srv"],
      VolumesFrom: [ID],
    },
    NetworkingConfig: { EndpointsConfig: { shop: {} } },
  });
  assertEquals(found!.toSorted(byKind), [WEB, NETWORK, VOLUME]);
  for (const NetworkMode of ["none", "bridge", "default"]) {
    const HostConfig = { NetworkMode };
    assertEquals(await joinsOf("/containers/create", { HostConfig }), []);
  }
});

/** The order in which a body names them is not promised. */
function byKind(a: { kind: string }, b: { kind: string }): number {
  return a.kind < b.kind ? -1 : 1;
}

Deno.test("joinedObjects: the container that is connected or disconnected, by its name", async () => {
  for (const verb of ["connect", "disconnect"]) {
    assertEquals(
      await joinsOf(`/networks/shop/${verb}`, { Container: ID }),
      [WEB],
      verb,
    );
  }
});

Deno.test("joinedObjects: what a container that is started or restarted joined", async () => {
  for (const verb of ["start", "restart"]) {
    assertEquals(
      await joinsOf(`/containers/web/${verb}`, null),
      [NETWORK, VOLUME],
      verb,
    );
    assertEquals(await joinsOf(`/containers/gone/${verb}`, null), undefined);
  }
});

Deno.test("joinedObjects: nothing is said of what joins nothing, or cannot be read", async () => {
  assertEquals(await joinsOf("/containers/web/stop", null), undefined);
  assertEquals(await joinsOf("/containers/create", null), undefined);
  assertEquals(await joinsOf("/containers/create", "{"), undefined);
  assertEquals(
    await joinsOf("/containers/create", '{"HostConfig":{"networkmode":"a"}}'),
    undefined,
  );
  const Binds = Array.from({ length: 65 }, (_, i) => `v${i}:/v${i}`);
  assertEquals(
    await joinsOf("/containers/create", { HostConfig: { Binds } }),
    undefined,
  );
});

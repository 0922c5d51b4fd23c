/** Whose address it is, and whether what came from there is theirs. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type ContainerIndex,
  createContainerIndex,
} from "../../lib/identity/container_index.ts";
import type { Presence } from "../../lib/identity/presence.ts";
import type { EngineAddress } from "../../lib/net/address.ts";
import { type EngineConnection, ok, startEngine } from "../support/engine.ts";
import { eventually } from "../support/proxy.ts";

const REMOTE = "10.0.0.5";
const GATEWAY = "10.0.0.1";

/** The one container of an engine; tests change it. */
interface World {
  id: string;
  startedAt: number;
  addresses: string[];
  /** What the engine calls its endpoints: others after each joining of a network. */
  endpoint: string;
  /** The status of the list of containers. */
  status: number;
  /** Requests by their target. */
  readonly asked: string[];
  readonly followers: EngineConnection[];
}

function world(more: Partial<World> = {}): World {
  return {
    id: "a".repeat(64),
    startedAt: 1000,
    addresses: [REMOTE],
    endpoint: "e",
    status: 200,
    asked: [],
    followers: [],
    ...more,
  };
}

function serve(
  state: World,
): (connection: EngineConnection, head: string) => Promise<void> {
  return async (connection, head) => {
    const target = head.split(" ")[1]!;
    state.asked.push(target);
    const facts = {
      Id: state.id,
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
    if (target.startsWith("/events")) {
      state.followers.push(connection);
      await connection.write(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
      );
    } else if (target === "/containers/json") {
      const body = JSON.stringify([{ ...facts, Names: ["/web"], Labels: {} }]);
      await connection.write(
        ok(body).replace("200 OK", `${state.status} Said`),
      );
    } else if (target === `/containers/${state.id}/json`) {
      await connection.write(ok(JSON.stringify({
        ...facts,
        Name: "/web",
        Config: { Labels: {} },
        State: {
          Running: true,
          StartedAt: Number.isNaN(state.startedAt)
            ? ""
            : new Date(state.startedAt).toISOString(),
        },
      })));
    } else await connection.write(ok("[]"));
  };
}

interface Asked {
  readonly index: ContainerIndex;
  readonly changes: () => number;
  readonly messages: string[];
}

async function withCensus(
  state: World,
  run: (asked: Asked) => Promise<void>,
  more: { inside?: boolean; engine?: EngineAddress } = {},
): Promise<void> {
  const engine = await startEngine(serve(state));
  let changes = 0;
  const messages: string[] = [];
  const index = createContainerIndex({
    engine: more.engine ?? { kind: "unix", path: engine.path },
    inside: more.inside ?? false,
    changed: () => changes++,
    tell: (_level, message) => messages.push(message),
  });
  try {
    await run({ index, changes: () => changes, messages });
  } finally {
    index.stop();
    await engine.stop();
  }
}

/** A peer that was there at that time, and later where it is asked for a sign. */
function presence(seen: number, sign: number | null = null, proves = true) {
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

const idOf = (found: unknown) => (found as { id?: string } | null)?.id ?? null;

const LATER = performance.now() + 3_600_000;

Deno.test("containerAt() takes whoever was there once its address was known to be the container's", async () => {
  const state = world();
  await withCensus(state, async ({ index }) => {
    const { peer, asked } = presence(LATER);
    assertEquals(
      idOf(await index.containerAt(REMOTE, GATEWAY, peer)),
      state.id,
    );
    assertEquals(asked(), 0);
  });
});

Deno.test("containerAt() waits for a sign of who was there before", async () => {
  const state = world();
  await withCensus(state, async ({ index }) => {
    const before = performance.now() - 1;
    const alive = presence(before, LATER);
    assertEquals(
      idOf(await index.containerAt(REMOTE, GATEWAY, alive.peer)),
      state.id,
    );
    assertEquals([alive.asked(), alive.rested()], [1, 1]);
    // Its system answers no more, or cannot be asked.
    for (const gone of [presence(before, before), presence(before)]) {
      assertEquals(await index.containerAt(REMOTE, GATEWAY, gone.peer), null);
      assertEquals([gone.asked(), gone.rested()], [1, 1]);
    }
  });
});

Deno.test("containerAt() goes by the time of the start where there is no proof", async () => {
  const state = world();
  const ask = async (seen: number) => {
    let found: unknown = null;
    await withCensus(state, async ({ index }) => {
      const { peer } = presence(seen, null, false);
      found = await index.containerAt(REMOTE, GATEWAY, peer);
    });
    return idOf(found);
  };
  assertEquals(await ask(1000), state.id);
  assertEquals(await ask(999), null);
  state.startedAt = NaN;
  assertEquals(await ask(LATER), null);
});

Deno.test("containerAt() takes an address for a container's from when it was seen there, and anew after each joining", async () => {
  const state = world({ addresses: ["10.0.0.4"] });
  await withCensus(state, async ({ index }) => {
    const ask = async (address: string, seen: number) =>
      idOf(await index.containerAt(address, GATEWAY, presence(seen).peer));
    assertEquals(await ask("10.0.0.4", LATER), state.id);
    const first = performance.now();
    state.addresses.push(REMOTE);
    assertEquals(await ask(REMOTE, first - 1), null);
    assertEquals(await ask(REMOTE, performance.now() + 1), state.id);
    const second = performance.now() + 1;
    assertEquals(await ask(REMOTE, second), state.id);
    // It has left, and come back with the same address: no event tells.
    await new Promise((resolve) => setTimeout(resolve, 5));
    state.endpoint = "f";
    assertEquals(await ask(REMOTE, second), null);
    assertEquals(await ask(REMOTE, performance.now() + 1), state.id);
  });
});

Deno.test("containerAt() finds nobody by the networks of an engine on another host, and says so once", async () => {
  const engine = { kind: "tcp", host: "192.0.2.1", port: 2375 } as const;
  await withCensus(world(), async ({ index, messages }) => {
    for (let i = 0; i < 2; i++) {
      assertEquals(
        await index.containerAt(REMOTE, GATEWAY, presence(LATER).peer),
        null,
      );
    }
    assertEquals(messages.length, 1);
    assertStringIncludes(
      messages[0]!,
      "the engine at tcp://192.0.2.1:2375 is on another host",
    );
  }, { engine });
});

Deno.test("containerAt() finds, in a container that the engine does not know, only who came by a gateway", async () => {
  const state = world();
  await withCensus(state, async ({ index, messages }) => {
    assertEquals(await index.learnOwn(), null);
    assertStringIncludes(messages[0]!, "does not know the container");
    const { peer } = presence(LATER);
    assertEquals(await index.containerAt(REMOTE, "10.0.0.9", peer), null);
    assertEquals(
      idOf(await index.containerAt(REMOTE, GATEWAY, peer)),
      state.id,
    );
  }, { inside: true });
});

Deno.test("containerAt() asks the engine once for all who ask meanwhile", async () => {
  const state = world();
  await withCensus(state, async ({ index }) => {
    const { peer } = presence(LATER);
    await index.containerAt(REMOTE, GATEWAY, peer);
    state.asked.length = 0;
    const found = await Promise.all(
      Array.from(
        { length: 50 },
        () => index.containerAt(REMOTE, GATEWAY, peer),
      ),
    );
    assert(found.every((one) => idOf(one) === state.id));
    assert(state.asked.length <= 2, state.asked.join(" "));
  });
});

Deno.test("a list that fails after an event lets everybody be looked up again, until one succeeds", async () => {
  const state = world();
  await withCensus(state, async ({ index, changes }) => {
    index.watch();
    await eventually("the first list", () => changes() === 1);
    state.status = 500;
    await state.followers[0]!.write("2\r\n{}\r\n");
    await eventually("the failure", () => changes() === 2);
    state.status = 200;
    await eventually("the next list", () => changes() === 3);
  });
});

/** Whose address it is, and whether what came from there is theirs. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Census, createCensus } from "../../lib/proxy/census.ts";
import type { Presence } from "../../lib/proxy/presence.ts";
import type { EngineAddress } from "../../lib/config/address.ts";
import { type EngineConnection, ok, startEngine } from "../support/engine.ts";
import { eventually } from "../support/proxy.ts";

const REMOTE = "10.0.0.5";
const GATEWAY = "10.0.0.1";

/** The one container of an engine; tests change it. */
interface World {
  id: string;
  startedAt: number;
  addresses: string[];
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
          { NetworkID: `n${i}`, IPAddress, IPPrefixLen: 24, Gateway: GATEWAY },
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
  readonly census: Census;
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
  const census = createCensus({
    engine: more.engine ?? { kind: "unix", path: engine.path },
    inside: more.inside ?? false,
    changed: () => changes++,
    tell: (_level, message) => messages.push(message),
  });
  try {
    await run({ census, changes: () => changes, messages });
  } finally {
    census.stop();
    await engine.stop();
  }
}

/** A peer that was there at that time, and later where it is asked for a sign. */
function presence(seen: number, sign: number | null = null) {
  let asked = 0;
  let rested = 0;
  const peer: Presence = {
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

Deno.test("containerAt() takes whoever was there once the container was started", async () => {
  const state = world();
  await withCensus(state, async ({ census }) => {
    const { peer, asked } = presence(1000);
    assertEquals(
      idOf(await census.containerAt(REMOTE, GATEWAY, peer)),
      state.id,
    );
    assertEquals(asked(), 0);
  });
});

Deno.test("containerAt() waits for a sign of who was there before the container was started", async () => {
  const state = world();
  await withCensus(state, async ({ census }) => {
    const alive = presence(999, 1000);
    assertEquals(
      idOf(await census.containerAt(REMOTE, GATEWAY, alive.peer)),
      state.id,
    );
    assertEquals([alive.asked(), alive.rested()], [1, 1]);
    // Its system answers no more, or cannot be asked.
    for (const gone of [presence(999, 999), presence(999)]) {
      assertEquals(await census.containerAt(REMOTE, GATEWAY, gone.peer), null);
      assertEquals(gone.asked(), 1);
    }
  });
});

Deno.test("containerAt() takes nobody whose start the engine does not tell", async () => {
  await withCensus(world({ startedAt: NaN }), async ({ census }) => {
    assertEquals(
      await census.containerAt(REMOTE, GATEWAY, presence(2000, 2000).peer),
      null,
    );
  });
});

Deno.test("containerAt() takes an address that a running container got later for its own from then on", async () => {
  const state = world({ addresses: ["10.0.0.4"] });
  await withCensus(state, async ({ census }) => {
    census.watch();
    await eventually("the list", () => state.followers.length > 0);
    await census.containerAt("10.0.0.4", GATEWAY, presence(2000).peer);
    state.addresses.push(REMOTE);
    const connected = Date.now();
    assertEquals(
      await census.containerAt(REMOTE, GATEWAY, presence(connected - 1).peer),
      null,
    );
    const later = presence(Date.now() + 1);
    assertEquals(
      idOf(await census.containerAt(REMOTE, GATEWAY, later.peer)),
      state.id,
    );
  });
});

Deno.test("containerAt() finds nobody by the networks of an engine on another host, and says so once", async () => {
  const engine = { kind: "tcp", host: "192.0.2.1", port: 2375 } as const;
  await withCensus(world(), async ({ census, messages }) => {
    for (let i = 0; i < 2; i++) {
      assertEquals(
        await census.containerAt(REMOTE, GATEWAY, presence(2000).peer),
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
  await withCensus(state, async ({ census, messages }) => {
    assertEquals(await census.learnOwn(), null);
    assertStringIncludes(messages[0]!, "does not know the container");
    const { peer } = presence(2000);
    assertEquals(await census.containerAt(REMOTE, "10.0.0.9", peer), null);
    assertEquals(
      idOf(await census.containerAt(REMOTE, GATEWAY, peer)),
      state.id,
    );
  }, { inside: true });
});

Deno.test("containerAt() asks the engine once for all who ask meanwhile", async () => {
  const state = world();
  await withCensus(state, async ({ census }) => {
    const { peer } = presence(2000);
    await census.containerAt(REMOTE, GATEWAY, peer);
    state.asked.length = 0;
    const found = await Promise.all(
      Array.from(
        { length: 50 },
        () => census.containerAt(REMOTE, GATEWAY, peer),
      ),
    );
    assert(found.every((one) => idOf(one) === state.id));
    assert(state.asked.length <= 2, state.asked.join(" "));
  });
});

Deno.test("a list that fails after an event lets everybody be looked up again, until one succeeds", async () => {
  const state = world();
  await withCensus(state, async ({ census, changes }) => {
    census.watch();
    await eventually("the first list", () => changes() === 1);
    state.status = 500;
    await state.followers[0]!.write("2\r\n{}\r\n");
    await eventually("the failure", () => changes() === 2);
    state.status = 200;
    await eventually("the next list", () => changes() === 3);
  });
});

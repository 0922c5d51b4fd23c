/** Which container owns an address, and whether what came from there is its own. */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  containerAt,
  type ContainerIndex,
  invalidate,
  MAX_LOOKUP_MS,
  MAX_UNOWNED,
  setOwn,
  UNOWNED_LIFETIME_MS,
} from "../../lib/identity/container_index.ts";
import type { Presence } from "../../lib/identity/presence.ts";
import type { Container } from "../../lib/policy/inventory.ts";
import { type Clock, withClock } from "../support/clock.ts";
import {
  GATEWAY,
  LATER,
  lists,
  presence,
  REMOTE,
  withIndex,
  world,
} from "./world.ts";

/** An address of the network that the container is on. */
const NEIGHBOUR = "10.0.0.7";
/** An address of no network. */
const STRANGER = "192.0.2.7";

/** The id of the container that is found; null for none. */
async function idAt(
  index: ContainerIndex,
  remote: string,
  peer: Presence = presence(LATER).peer,
  local = GATEWAY,
): Promise<string | null> {
  const found = await containerAt(index, remote, local, peer);
  if (found !== null && "reason" in found) throw new Error(found.reason);
  return found?.id ?? null;
}

async function inspected(index: ContainerIndex): Promise<Container> {
  const found = await index.container("web");
  if (found === null || "reason" in found) throw new Error("no container");
  return found;
}

Deno.test("containerAt() finds a peer that was there once its address was known to be the container's", async () => {
  const state = world();
  await withIndex(state, async ({ index }) => {
    const { peer, asked } = presence(LATER);
    assertEquals(await idAt(index, REMOTE, peer), state.id);
    assertEquals(asked(), 0);
  });
});

Deno.test("containerAt() waits for a sign of a peer that was there before", async () => {
  const state = world();
  await withClock((clock) =>
    withIndex(state, async ({ index }) => {
      const before = performance.now() - 1;
      const alive = presence(before, LATER);
      assertEquals(
        await clock.pass(idAt(index, REMOTE, alive.peer)),
        state.id,
      );
      assertEquals([alive.asked(), alive.rested()], [1, 1]);
      // Its system does not answer any more, or cannot be asked.
      for (const gone of [presence(before, before), presence(before)]) {
        assertEquals(await clock.pass(idAt(index, REMOTE, gone.peer)), null);
        assertEquals([gone.asked(), gone.rested()], [1, 1]);
      }
    })
  );
});

Deno.test("containerAt() uses the start time where the kernel gives no proof", async () => {
  const state = world();
  const ask = async (seen: number) => {
    let found: string | null = null;
    await withIndex(state, async ({ index }) => {
      found = await idAt(index, REMOTE, presence(seen, null, false).peer);
    });
    return found;
  };
  assertEquals(await ask(1000), state.id);
  assertEquals(await ask(999), null);
  state.startedAt = NaN;
  assertEquals(await ask(LATER), null);
});

Deno.test("containerAt() counts an address as a container's from when it was first seen there, and again from each later joining", async () => {
  const state = world({ addresses: ["10.0.0.4"] });
  await withClock((clock) =>
    withIndex(state, async ({ index }) => {
      const ask = (address: string, seen: number) =>
        clock.pass(idAt(index, address, presence(seen).peer));
      assertEquals(await ask("10.0.0.4", LATER), state.id);
      await clock.advance(10);
      state.addresses.push(REMOTE);
      const second = performance.now();
      assertEquals(await ask(REMOTE, second - 1), null);
      assertEquals(await ask(REMOTE, second), state.id);
      // What was first seen before is not first seen now.
      assertEquals(await ask("10.0.0.4", second - 1), state.id);
      // It has left, and come back with the same address: no event tells.
      await clock.advance(10);
      state.endpoint = "f";
      assertEquals(await ask(REMOTE, second), null);
      assertEquals(await ask(REMOTE, performance.now()), state.id);
    })
  );
});

Deno.test("containerAt() finds no container of an engine on another host, and warns once", async () => {
  const engine = { kind: "tcp", host: "192.0.2.1", port: 2375 } as const;
  await withIndex(world(), async ({ index, messages }) => {
    for (let i = 0; i < 2; i++) {
      assertEquals(await idAt(index, REMOTE), null);
    }
    assertEquals(messages.length, 1);
    assertStringIncludes(
      messages[0]!,
      "the engine at tcp://192.0.2.1:2375 is on another host",
    );
  }, { engine });
});

Deno.test("containerAt() finds only peers that came by a gateway in a container that the engine does not know", async () => {
  const state = world();
  await withClock((clock) =>
    withIndex(state, async ({ index }) => {
      const far = idAt(index, REMOTE, undefined, "10.0.0.9");
      assertEquals(await clock.pass(far), null);
      index.unowned.clear();
      assertEquals(await clock.pass(idAt(index, REMOTE)), state.id);
    }, { inside: true })
  );
});

Deno.test("containerAt() finds peers by our own networks once our own container is known", async () => {
  const state = world();
  await withClock((clock) =>
    withIndex(state, async ({ index }) => {
      setOwn(index, await inspected(index));
      // The local address is our own container's, so the network is known.
      const near = idAt(index, REMOTE, undefined, REMOTE);
      assertEquals(await clock.pass(near), state.id);
      assertEquals(await clock.pass(idAt(index, REMOTE)), null);
    }, { inside: true })
  );
  state.networkMode = "host";
  await withIndex(state, async ({ index }) => {
    setOwn(index, await inspected(index));
    assertEquals(await idAt(index, REMOTE), state.id);
  }, { inside: true });
});

Deno.test("containerAt() asks the engine once for all who ask at the same time", async () => {
  const state = world();
  await withIndex(state, async ({ index }) => {
    await idAt(index, REMOTE);
    state.asked.length = 0;
    const found = await Promise.all(
      Array.from({ length: 50 }, () => idAt(index, REMOTE)),
    );
    assert(found.every((id) => id === state.id));
    assert(state.asked.length <= 2, state.asked.join(" "));
  });
});

/** Looks for a container that is started after that time. */
async function timeToFind(
  clock: Clock,
  startsAfter: number,
): Promise<{ id: string | null; took: number; asked: string[] }> {
  const state = world();
  const { asked } = state;
  let result = { id: null as string | null, took: 0, asked };
  await withIndex(state, async ({ index }) => {
    const start = clock.passed();
    setTimeout(() => state.addresses.push(NEIGHBOUR), startsAfter);
    const id = await clock.pass(idAt(index, NEIGHBOUR));
    result = { id, took: clock.passed() - start, asked };
  });
  return result;
}

Deno.test("containerAt() waits for a container that has just been started, and no longer than its time limit", async () => {
  await withClock(async (clock) => {
    assert((await timeToFind(clock, MAX_LOOKUP_MS / 2)).id !== null);
    assert((await timeToFind(clock, MAX_LOOKUP_MS - 250)).id !== null);
    const { id, took, asked } = await timeToFind(clock, 100 * MAX_LOOKUP_MS);
    assertEquals(id, null);
    // The networks once, and the containers less and less often.
    assertEquals(asked.filter((target) => target === "/networks").length, 1);
    assert(asked.length < 20, `${asked.length}`);
    assert(took >= MAX_LOOKUP_MS && took <= MAX_LOOKUP_MS + 200, `${took}`);
  });
});

Deno.test("containerAt() does not wait for an address that no container could have", async () => {
  await withClock((clock) =>
    withIndex(world(), async ({ index }) => {
      assertEquals(await idAt(index, STRANGER), null);
      assertEquals(clock.passed(), 0);
    })
  );
});

Deno.test("containerAt() gives up on a container that is listed, and does not run any more or is gone", async () => {
  for (const gone of [{ running: false }, { inspectStatus: 404 }]) {
    const state = world(gone);
    await withClock((clock) =>
      withIndex(state, async ({ index }) => {
        const finding = idAt(index, REMOTE);
        await clock.until("some lists", () => lists(state) > 2);
        await clock.advance(MAX_LOOKUP_MS + 1);
        assertEquals(await finding, null);
      })
    );
  }
});

Deno.test("containerAt() says why it is not known who owns an address", async () => {
  await withIndex(world({ status: 500 }), async ({ index }) => {
    assertEquals(
      await containerAt(index, REMOTE, GATEWAY, presence(LATER).peer),
      {
        reason: "the engine answered GET /containers/json with status 500",
        refused: false,
      },
    );
  });
  await withIndex(world({ inspectStatus: 500 }), async ({ index }) => {
    await assertRejects(
      () => idAt(index, REMOTE),
      Error,
      "/json with status 500",
    );
  });
});

Deno.test("containerAt() does not look up an address that no container owned again, for a time or until the list changes", async () => {
  const state = world();
  await withClock((clock) =>
    withIndex(state, async ({ index }) => {
      assertEquals(await idAt(index, STRANGER), null);
      const before = state.asked.length;
      await clock.advance(UNOWNED_LIFETIME_MS - 1);
      assertEquals(await idAt(index, STRANGER), null);
      assertEquals(state.asked.length, before);
      await clock.advance(1);
      assertEquals(await idAt(index, STRANGER), null);
      assert(state.asked.length > before);
      // A container with that address has been started.
      state.addresses.push(STRANGER);
      await index.refresh();
      assertEquals(index.unowned.size, 0);
      assertEquals(await idAt(index, STRANGER), state.id);
    })
  );
});

Deno.test("containerAt() remembers a bounded number of addresses that no container owned", async () => {
  await withIndex(world(), async ({ index }) => {
    await index.refresh();
    for (let i = 1; i < MAX_UNOWNED; i++) index.unowned.set(`${i}`, 0);
    assertEquals(await idAt(index, STRANGER), null);
    assertEquals(index.unowned.size, MAX_UNOWNED);
    assertEquals(await idAt(index, "192.0.2.8"), null);
    assertEquals([...index.unowned.keys()], ["192.0.2.8"]);
  });
});

Deno.test("refresh() reports a change of what identity rests on, and no other", async () => {
  const state = world();
  await withIndex(state, async ({ index, changes }) => {
    const changed = async () => {
      const before = changes();
      assertEquals(await index.refresh(), null);
      return changes() > before;
    };
    assert(await changed());
    assert(!await changed());
    state.startedAt++;
    assert(!await changed());
    const change: (() => void)[] = [
      () => state.name = "other",
      () => state.labels.role = "ops",
      () => state.addresses[0] = NEIGHBOUR,
      () => state.endpoint = "f",
      () => state.id = "b".repeat(64),
    ];
    for (const make of change) {
      make();
      assert(await changed(), `${make}`);
    }
    // After events that were missed, the same list may stand for other containers.
    const before = changes();
    invalidate(index);
    assertEquals(changes(), before + 1);
    assert(await changed());
  });
});

Deno.test("refresh() looks at our own container again where the list has changed", async () => {
  const state = world({ labels: { "com.docker.swarm.service.id": "s" } });
  await withIndex(state, async ({ index, ownNames }) => {
    await index.refresh();
    setOwn(index, await inspected(index));
    state.name = "other";
    await index.refresh();
    await index.refresh();
    assertEquals(ownNames, ["web", "other"]);
    // One that cannot be inspected stays as it was.
    state.name = "third";
    state.inspectStatus = 500;
    await index.refresh();
    assertEquals(index.own?.name, "other");
    assertEquals(index.own?.service, { id: "s", name: "" });
  });
});

Deno.test("setOwn() notes other names of our container, and none on the host's network", async () => {
  // The gate writes such an empty label where one is to be identified by it.
  const labels = { "com.docker.swarm.service.id": "" };
  const state = world({ hostname: "proxy", labels });
  await withIndex(state, async ({ index }) => {
    setOwn(index, await inspected(index));
    assertEquals(index.own?.aliases, ["proxy"]);
    assertEquals(index.own?.service, null);
    state.networkMode = "host";
    setOwn(index, await inspected(index));
    assertEquals(index.own?.aliases, []);
  });
});

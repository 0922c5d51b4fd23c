/** How the engine's events keep the index fresh. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { EventWatch } from "../../lib/identity/events.ts";
import {
  createEventWatch,
  GATHER_MS,
  MAX_NAMED,
  startWatch,
  stopWatch,
} from "../../lib/identity/events.ts";
import { RETRY_INTERVAL_MS } from "../../lib/engine/follow.ts";
import { type Clock, withClock } from "../support/clock.ts";
import { relyOn } from "../../lib/identity/container_index.ts";
import {
  type Indexed,
  lists,
  REMOTE,
  withIndex,
  type World,
  world,
} from "./world.ts";

interface Watched extends Indexed {
  readonly state: World;
  readonly watch: EventWatch;
  readonly clock: Clock;
  /** Lets the engine send so many events. */
  event(count?: number): Promise<void>;
  /** Lets the engine send these events. */
  events(...texts: string[]): Promise<void>;
  /** Lets the engine send a part of its answer. */
  send(text: string): Promise<void>;
}

/** Runs a test with a watch whose first list is done. */
async function withWatch(
  run: (watched: Watched) => Promise<void>,
): Promise<void> {
  const state = world();
  await withClock((clock) =>
    withIndex(state, async (indexed) => {
      const watch = createEventWatch(indexed.index);
      startWatch(watch);
      try {
        await clock.until("the events", () => watch.cancelLook !== null);
        await clock.advance(0);
        await clock.until("the first list", () => indexed.changes() === 1);
        const event = async (count = 1) => {
          for (let i = 0; i < count; i++) {
            await state.followers.at(-1)!.write("2\r\n{}\r\n");
          }
        };
        const send = (text: string) =>
          state.followers.at(-1)!.write(
            `${text.length.toString(16)}\r\n${text}\r\n`,
          );
        const events = (...texts: string[]) =>
          send(texts.map((text) => `${text}\n`).join(""));
        await run({ ...indexed, state, watch, clock, event, events, send });
      } finally {
        stopWatch(watch);
      }
    })
  );
}

Deno.test("startWatch() asks for the events once, and only for those that may change who owns an address", async () => {
  await withWatch(async ({ state, watch, clock }) => {
    startWatch(watch);
    await clock.advance(10 * RETRY_INTERVAL_MS);
    const asked = state.asked.filter((target) => target.startsWith("/events"));
    assertEquals(asked.length, 1);
    assertEquals(
      JSON.parse(decodeURIComponent(asked[0]!.split("filters=")[1]!)),
      {
        type: ["container", "network"],
        event: ["start", "die", "destroy", "rename", "connect", "disconnect"],
      },
    );
  });
});

Deno.test("events that cannot be read and come together lead to one list", async () => {
  await withWatch(async ({ state, watch, clock, event, changes }) => {
    state.name = "other";
    await event(5);
    await clock.until("an event", () => watch.cancelLook !== null);
    await clock.advance(GATHER_MS - 1);
    await event(5);
    assertEquals(lists(state), 1);
    await clock.advance(1);
    await clock.until("the list", () => changes() === 2);
    assertEquals(lists(state), 2);
    // Events that come later lead to another.
    await event();
    await clock.until("an event", () => watch.cancelLook !== null);
    await clock.advance(GATHER_MS);
    await clock.until("the list", () => lists(state) === 3);
  });
});

/** An event of a container as dockerd writes it. */
function ofContainer(id: string, attributes: Record<string, string> = {}) {
  return JSON.stringify({
    status: "start",
    id,
    from: "alpine",
    Type: "container",
    Action: "start",
    Actor: { ID: id, Attributes: { ...attributes, image: "alpine" } },
    scope: "local",
    time: 1,
  });
}

/** An event of a network, which a container is connected to. */
function ofNetwork(container: string) {
  return JSON.stringify({
    Type: "network",
    Action: "connect",
    Actor: {
      ID: "e".repeat(64),
      Attributes: { container, name: "net", type: "bridge" },
    },
    scope: "local",
  });
}

Deno.test("events lead to one inspect of each container that they name, and to no list", async () => {
  await withWatch(async ({ state, watch, clock, events, changes, index }) => {
    const { id } = state;
    const inspects = () =>
      state.asked.filter((target) => target === `/containers/${id}/json`)
        .length;
    const labels = {
      "},": '"Type":"network","container":"x"',
      Type: "network",
      container: "c".repeat(64),
    };
    const look = async (...texts: string[]) => {
      const before = inspects();
      await events(...texts);
      await clock.until("an event", () => watch.cancelLook !== null);
      await clock.advance(GATHER_MS);
      await clock.until("the look", () => !watch.looking);
      return inspects() - before;
    };
    relyOn(index, [REMOTE]);
    state.name = "other";
    assertEquals(await look(ofContainer(id), ofContainer(id, labels)), 1);
    assertEquals([lists(state), changes()], [1, 2]);
    assertEquals(index.inventory.containers.get(id)?.name, "other");
    // A network's event names its container in another place.
    state.running = false;
    assertEquals(await look(ofNetwork(id)), 1);
    assertEquals(index.inventory.containers.size, 0);
    // A container that is gone.
    assertEquals(await look(ofContainer("c".repeat(64))), 0);
    assertEquals(lists(state), 1);
  });
});

Deno.test("many containers at once, and what cannot be read, lead to one list", async () => {
  const many = Array.from(
    { length: MAX_NAMED + 1 },
    (_, i) => ofContainer(i.toString(16).padStart(64, "0")),
  );
  for (
    const texts of [
      many,
      ["{}"],
      [ofContainer("web")],
      [ofNetwork("lb-net"), ofContainer("a".repeat(64))],
      [ofContainer("a".repeat(64)).replace('"Type"', '"type"')],
    ]
  ) {
    await withWatch(async ({ state, watch, clock, events }) => {
      await events(...texts);
      await clock.until("an event", () => watch.cancelLook !== null);
      await clock.advance(GATHER_MS);
      await clock.until("the list", () => lists(state) === 2);
      await clock.until("the end", () => !watch.looking);
      assert(!state.asked.some((target) => /^\/containers\/0/.test(target)));
    });
  }
});

Deno.test("an event that comes in two parts is read whole, and what comes during a look is looked for after it", async () => {
  await withWatch(async ({ state, watch, clock, send, index }) => {
    const event = ofContainer(state.id) + "\n";
    state.name = "other";
    await send(event.slice(0, 100));
    await clock.until("an event", () => watch.rest !== "");
    await send(event.slice(100));
    await clock.until("the rest", () => watch.named?.size === 1);
    const { promise, resolve } = Promise.withResolvers<null>();
    const { update } = index;
    let looks = 0;
    Object.assign(index, {
      update: (ids: string[]) => {
        looks++;
        return looks === 1 ? promise : update(ids);
      },
    });
    await clock.advance(GATHER_MS);
    await clock.until("the look", () => watch.looking);
    await send(event);
    await clock.until("an event", () => watch.cancelLook !== null);
    await clock.advance(GATHER_MS);
    assertEquals(looks, 1);
    resolve(null);
    await clock.until("the next", () => watch.cancelLook !== null);
    await clock.advance(GATHER_MS);
    await clock.until(
      "the next",
      () => index.inventory.containers.get(state.id)?.name === "other",
    );
    assertEquals([looks, lists(state)], [2, 1]);
  });
});

Deno.test("a list that fails after an event lets every connection be identified again, and is repeated until it succeeds", async () => {
  await withWatch(async ({ state, watch, clock, event, changes, index }) => {
    state.status = 500;
    await event();
    await clock.until("the event", () => watch.cancelLook !== null);
    await clock.advance(GATHER_MS);
    for (let failures = 1; failures <= 3; failures++) {
      await clock.until("the failure", () => changes() === 1 + failures);
      assertEquals(index.current, false);
      await clock.until("the next try", () => watch.cancelLook !== null);
      await clock.advance(RETRY_INTERVAL_MS - 1);
      assertEquals(lists(state), 1 + failures);
      if (failures === 3) state.status = 200;
      await clock.advance(1);
    }
    await clock.until("the success", () => changes() === 5);
    assertEquals(watch.cancelLook, null);
    await clock.advance(10 * RETRY_INTERVAL_MS);
    assertEquals(lists(state), 5);
  });
});

Deno.test("events that end let every connection be identified again, are asked for again, and lead to one message", async () => {
  await withWatch(async ({ state, watch, clock, messages, changes }) => {
    const end = async (followers: number) => {
      const before = changes();
      state.followers.at(-1)!.close();
      await clock.until("the end", () => changes() > before);
      await clock.advance(RETRY_INTERVAL_MS - 1);
      assertEquals(state.followers.length, followers);
      await clock.advance(1);
      await clock.until(
        "the events",
        () => state.followers.length === followers + 1,
      );
    };
    const before = lists(state);
    await end(1);
    assertEquals(messages.length, 1);
    assertStringIncludes(messages[0]!, "the engine's event stream ended (");
    // The containers are listed at once: an event may have been missed.
    const listed = () => lists(state) > before;
    await clock.until("the begin", () => watch.cancelLook !== null || listed());
    await clock.advance(0);
    await clock.until("the list", listed);
    // They have begun meanwhile, so that this end is another one.
    await end(2);
    assertEquals(messages.length, 2);
  });
});

Deno.test("an engine without events is asked again each second, and reported once", async () => {
  const engine = { kind: "unix", path: "/nonexistent/engine.sock" } as const;
  await withClock((clock) =>
    withIndex(world(), async ({ index, messages, changes }) => {
      const watch = createEventWatch(index);
      startWatch(watch);
      for (let tries = 1; tries <= 3; tries++) {
        await clock.until("the failure", () => changes() === tries);
        await clock.advance(RETRY_INTERVAL_MS);
      }
      stopWatch(watch);
      assertEquals(messages.length, 1);
    }, { engine })
  );
});

Deno.test("stopWatch() ends the events, the list that is due, and all tries", async () => {
  await withWatch(async ({ state, watch, clock, event, changes, messages }) => {
    await event();
    await clock.until("the event", () => watch.cancelLook !== null);
    stopWatch(watch);
    await clock.until("the end", () => state.followers[0]!.ended);
    await clock.advance(10 * RETRY_INTERVAL_MS);
    assertEquals([lists(state), changes(), messages.length], [1, 1, 0]);
    assertEquals(state.followers.length, 1);
  });
  // A list that fails then is not repeated.
  await withWatch(async ({ state, watch, clock, event, changes }) => {
    state.status = 500;
    await event();
    await clock.until("the event", () => watch.cancelLook !== null);
    const advancing = clock.advance(GATHER_MS);
    await clock.until("the list", () => watch.cancelLook === null);
    stopWatch(watch);
    await advancing;
    await clock.until("the list", () => lists(state) === 2);
    await clock.advance(10 * RETRY_INTERVAL_MS);
    assert(lists(state) === 2 && changes() === 1);
  });
});

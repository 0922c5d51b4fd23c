/** How host names are kept resolved. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  createHosts,
  type Hosts,
  MAX_RESOLVE_MS,
  MIN_CHANGE_INTERVAL_MS,
  OVERTAKE_AFTER_MS,
  RESOLVE_INTERVAL_MS,
} from "../../lib/identity/hosts.ts";
import { type Clock, withClock } from "../support/clock.ts";

interface Resolved {
  readonly hosts: Hosts;
  readonly clock: Clock;
  /** What each name resolves to; none rejects. Tests change it. */
  readonly answers: Map<string, string[]>;
  /** Look-ups that wait for the test, while it holds them. */
  readonly held: PromiseWithResolvers<string[]>[];
  hold(on: boolean): void;
  readonly lookUps: () => number;
  readonly changes: () => number;
  readonly messages: string[];
}

async function withHosts(
  run: (resolved: Resolved) => Promise<void>,
): Promise<void> {
  await withClock(async (clock) => {
    const answers = new Map([["a", ["10.0.0.1"]], ["b", ["10.0.0.2"]]]);
    const held: PromiseWithResolvers<string[]>[] = [];
    let holds = false;
    let lookUps = 0;
    let changes = 0;
    const messages: string[] = [];
    const hosts = createHosts({
      changed: () => changes++,
      tell: (_level, message) => messages.push(message),
      lookUp: async (name) => {
        lookUps++;
        if (holds) {
          held.push(Promise.withResolvers());
          return await held.at(-1)!.promise;
        }
        const found = answers.get(name) ?? [];
        if (found.length === 0) throw new Error("no address");
        return found;
      },
    });
    hosts.setNames(["a", "b"]);
    try {
      await run({
        hosts,
        clock,
        answers,
        held,
        hold: (on) => holds = on,
        lookUps: () => lookUps,
        changes: () => changes,
        messages,
      });
    } finally {
      hosts.stop();
    }
  });
}

Deno.test("refresh() resolves names, and keeps their addresses in order", async () => {
  await withHosts(async ({ hosts, answers }) => {
    answers.set("b", ["10.0.0.9", "10.0.0.2"]);
    const both = new Map([
      ["a", ["10.0.0.1"]],
      ["b", ["10.0.0.2", "10.0.0.9"]],
    ]);
    assertEquals(await hosts.refresh(["a", "b"]), both);
    assertEquals(hosts.addresses, both);
  });
});

Deno.test("refresh() waits for a name server no longer than its time limit, and takes a late answer over later", async () => {
  await withHosts(async ({ hosts, clock, held, hold }) => {
    hold(true);
    const refreshing = hosts.refresh(["a", "b"]);
    await clock.advance(0);
    held[1]!.resolve(["10.0.0.2"]);
    let ended = false;
    refreshing.then(() => ended = true);
    await clock.advance(MAX_RESOLVE_MS - 1);
    assert(!ended);
    await clock.advance(1);
    const found = await refreshing;
    assertEquals(found, new Map([["b", ["10.0.0.2"]]]));
    held[0]!.resolve(["10.0.0.1"]);
    await clock.advance(0);
    assertEquals(hosts.addresses.get("a"), ["10.0.0.1"]);
    assertEquals(found.size, 1);
  });
});

Deno.test("a resolution that hangs is overtaken, and changes nothing when it ends after the later one", async () => {
  await withHosts(async ({ hosts, clock, held, hold, lookUps }) => {
    hold(true);
    const first = hosts.refresh(["a"]);
    const second = hosts.refresh(["a"]);
    await clock.advance(OVERTAKE_AFTER_MS - 1);
    assertEquals(lookUps(), 1);
    await clock.advance(1);
    assertEquals(lookUps(), 2);
    held[1]!.resolve(["10.0.0.8"]);
    assertEquals(await second, new Map([["a", ["10.0.0.8"]]]));
    held[0]!.resolve(["10.0.0.1"]);
    assertEquals(await first, new Map([["a", ["10.0.0.8"]]]));
    assertEquals(hosts.addresses.get("a"), ["10.0.0.8"]);
    assert(Number.isNaN(hosts.since("a", "10.0.0.1")));
  });
});

Deno.test("since() says since when each answer has had the address", async () => {
  await withHosts(async ({ hosts, clock, answers }) => {
    const start = performance.now();
    await hosts.refresh(["a"]);
    await clock.advance(100);
    await hosts.refresh(["a"]);
    assertEquals(hosts.since("a", "10.0.0.1"), start);
    assertEquals(hosts.since("a", "::ffff:10.0.0.1"), start);
    assert(Number.isNaN(hosts.since("b", "10.0.0.1")));
    // Another address beside it is held since now.
    answers.set("a", ["10.0.0.3", "10.0.0.1"]);
    await hosts.refresh(["a"]);
    assertEquals(hosts.since("a", "10.0.0.1"), start);
    assertEquals(hosts.since("a", "10.0.0.3"), start + 100);
    // One that was gone meanwhile is held since it came back.
    answers.set("a", ["10.0.0.3"]);
    await hosts.refresh(["a"]);
    assert(Number.isNaN(hosts.since("a", "10.0.0.1")));
    await clock.advance(100);
    answers.set("a", ["10.0.0.1"]);
    await hosts.refresh(["a"]);
    assertEquals(hosts.since("a", "10.0.0.1"), start + 200);
  });
});

Deno.test("distrust() forgets since when, and resolves again at once", async () => {
  await withHosts(async ({ hosts, clock }) => {
    await hosts.refresh(["a"]);
    await clock.advance(100);
    hosts.distrust();
    assert(Number.isNaN(hosts.since("a", "10.0.0.1")));
    await clock.advance(0);
    assertEquals(hosts.since("a", "10.0.0.1"), performance.now());
  });
});

Deno.test("a change of addresses is reported at once, and the next after an interval", async () => {
  await withHosts(async ({ hosts, clock, answers, changes }) => {
    const becomes = async (...addresses: string[]) => {
      answers.set("a", addresses);
      await hosts.refresh(["a"]);
      await clock.advance(0);
      return changes();
    };
    assertEquals(await becomes("10.0.0.1"), 1);
    // The same again, in another order: no change.
    await clock.advance(MIN_CHANGE_INTERVAL_MS);
    assertEquals(await becomes("10.0.0.1", "10.0.0.2"), 2);
    await clock.advance(MIN_CHANGE_INTERVAL_MS);
    assertEquals(await becomes("10.0.0.2", "10.0.0.1"), 2);
    assertEquals(await becomes("10.0.0.4"), 3);
    assertEquals(await becomes("10.0.0.5"), 3);
    assertEquals(await becomes("10.0.0.6"), 3);
    await clock.advance(MIN_CHANGE_INTERVAL_MS - 1);
    assertEquals(changes(), 3);
    await clock.advance(1);
    assertEquals(changes(), 4);
    await clock.advance(10 * MIN_CHANGE_INTERVAL_MS);
    assertEquals(changes(), 4);
  });
});

Deno.test("a name without an address identifies no client, which is said once", async () => {
  await withHosts(async ({ hosts, answers, messages, changes, clock }) => {
    await hosts.refresh(["a"]);
    await clock.advance(0);
    answers.set("a", []);
    for (let i = 0; i < 2; i++) {
      assertEquals(await hosts.refresh(["a"]), new Map([["a", []]]));
    }
    assertEquals(hosts.addresses.get("a"), []);
    assertEquals(messages.length, 1);
    assertStringIncludes(messages[0]!, "the host 'a' of the policy file");
    assertStringIncludes(messages[0]!, "no address");
    await clock.advance(MIN_CHANGE_INTERVAL_MS);
    assertEquals(changes(), 2);
    // One that never had an address.
    hosts.setNames(["a", "c"]);
    await hosts.refresh(["c"]);
    assertEquals(messages.length, 2);
    assertStringIncludes(messages[1]!, "the host 'c' of the policy file");
    // Gone again after it was there: said again.
    answers.set("a", ["10.0.0.1"]);
    await hosts.refresh(["a"]);
    answers.set("a", []);
    await hosts.refresh(["a"]);
    assertEquals(messages.length, 3);
  });
});

Deno.test("names are resolved again at intervals, until stop()", async () => {
  await withHosts(async ({ hosts, clock, lookUps }) => {
    hosts.setNames(["a", "b"]);
    await clock.advance(RESOLVE_INTERVAL_MS - 1);
    assertEquals(lookUps(), 0);
    await clock.advance(1);
    assertEquals(lookUps(), 2);
    await clock.advance(RESOLVE_INTERVAL_MS);
    assertEquals(lookUps(), 4);
    hosts.stop();
    await clock.advance(10 * RESOLVE_INTERVAL_MS);
    assertEquals(lookUps(), 4);
  });
});

Deno.test("stop() cancels the report of a change", async () => {
  await withHosts(async ({ hosts, clock, changes }) => {
    await hosts.refresh(["a"]);
    hosts.stop();
    await clock.advance(MIN_CHANGE_INTERVAL_MS);
    assertEquals(changes(), 0);
  });
});

Deno.test("setNames() forgets every other name, and what was on its way for it", async () => {
  await withHosts(async ({ hosts, clock, held, hold }) => {
    await hosts.refresh(["a", "b"]);
    hold(true);
    void hosts.refresh(["a"]);
    await clock.advance(0);
    hosts.setNames(["b"]);
    assertEquals([...hosts.addresses.keys()], ["b"]);
    assert(Number.isNaN(hosts.since("a", "10.0.0.1")));
    assert(!Number.isNaN(hosts.since("b", "10.0.0.2")));
    held[0]!.resolve(["10.0.0.7"]);
    await clock.advance(0);
    assertEquals([...hosts.addresses.keys()], ["b"]);
    assert(Number.isNaN(hosts.since("a", "10.0.0.7")));
    // Those that come after one that stays are forgotten too.
    hold(false);
    hosts.setNames(["a", "b"]);
    await hosts.refresh(["a", "b"]);
    hosts.setNames(["b"]);
    await hosts.refresh(["a"]);
    hosts.setNames(["b", "a"]);
    await hosts.refresh(["a"]);
    hosts.setNames(["b"]);
    assertEquals([...hosts.addresses.keys()], ["b"]);
  });
});

Deno.test("a name that is removed and set again takes no answer that was on its way before", async () => {
  await withHosts(async ({ hosts, clock, held, hold }) => {
    hold(true);
    void hosts.refresh(["a"]);
    await clock.advance(0);
    hosts.setNames(["b"]);
    hosts.setNames(["a", "b"]);
    const again = hosts.refresh(["a"]);
    held[0]!.resolve(["10.0.0.7"]);
    await clock.advance(0);
    assertEquals(hosts.addresses.get("a"), undefined);
    assert(Number.isNaN(hosts.since("a", "10.0.0.7")));
    held[1]!.resolve(["10.0.0.1"]);
    assertEquals(await again, new Map([["a", ["10.0.0.1"]]]));
    assertEquals(hosts.addresses.get("a"), ["10.0.0.1"]);
    // A name that stays keeps what it has.
    hold(false);
    await hosts.refresh(["b"]);
    hosts.setNames(["b", "c"]);
    assertEquals(hosts.addresses.get("b"), ["10.0.0.2"]);
  });
});

Deno.test("hosts without names set no timer", async () => {
  await withClock((clock) => {
    const hosts = createHosts({ changed: () => {}, tell: () => {} });
    hosts.setNames([]);
    assertEquals(clock.timers(), 0);
    hosts.setNames(["a"]);
    assertEquals(clock.timers(), 1);
    hosts.stop();
    assertEquals(clock.timers(), 0);
    return Promise.resolve();
  });
});

/**
 * The events, under a clock that only the test moves.
 */

import { assert, assertEquals } from "@std/assert";
import { createAdmin } from "../../lib/admin/admin.ts";
import type { DecisionsEvent } from "../../lib/admin/api.ts";
import type { Reader } from "../../lib/admin/connection.ts";
import { createEvents, MAX_READERS } from "../../lib/admin/events.ts";
import type { Facts } from "../../lib/admin/facts.ts";
import { createRates } from "../../lib/admin/streams.ts";
import { createWatch, observeRequest } from "../../lib/admin/watch.ts";
import { compile, NO_GRANTS } from "../../lib/policy/compile.ts";
import { recordOf, withAdmin } from "../support/admin.ts";
import { ok } from "../support/engine.ts";
import { holdClock } from "../support/held_clock.ts";

const REFUSED = { code: "policy.not_granted", status: 403 } as const;

/** Facts of a program in which nothing happens but what a test tells. */
function quietFacts(): Facts {
  const policy = compile(NO_GRANTS);
  return {
    watch: createWatch(0),
    engine: {
      address: "unix:///engine.sock",
      up: true,
      reason: "",
      version: "28.1.1",
      apiVersion: "1.49",
      checked: 0,
      refresh: () => Promise.resolve(),
      probed: () => {},
    },
    rates: createRates(),
    version: "1.2.3",
    runtime: "v8",
    dryRun: false,
    maxConnections: 10,
    policy: () => policy,
    hashOf: () => "",
    reloads: { loaded: 0, last: null, ok: 0, failed: 0 },
    connections: () => 0,
    heldBytes: () => 0,
    underWay: () => [],
    limited: () => [],
    residentBytes: () => null,
    logLinesDropped: () => 0,
    lookUps: () => 0,
    audit: () => null,
    stopping: () => false,
    now: () => 0,
  };
}

/** A message of the stream. */
interface Message {
  readonly event: string;
  // deno-lint-ignore no-explicit-any -- a test looks at what it expects
  readonly data: any;
}

/** A reader that takes everything, or nothing while it is slow. */
function createReader() {
  const texts: string[] = [];
  const state = { slow: false, ended: false };
  const reader: Reader = {
    isBusy: () => state.slow,
    write(text) {
      if (state.slow) return false;
      texts.push(text);
      return true;
    },
    end: () => state.ended = true,
  };
  const messages = (): Message[] =>
    texts.splice(0).join("").split("\n\n").flatMap((block) => {
      const [event, data] = block.split("\n");
      return data === undefined ? [] : [{
        event: event!.slice("event: ".length),
        data: JSON.parse(data.slice("data: ".length)),
      }];
    });
  const decisions = (): DecisionsEvent[] =>
    messages().filter(({ event }) => event === "decisions").map(({ data }) =>
      data
    );
  return { reader, state, texts, messages, decisions };
}

/** Runs a test under a held clock, with one reader that has joined. */
async function withReader(
  run: (rig: {
    readonly facts: Facts;
    readonly events: ReturnType<typeof createEvents>;
    readonly reader: ReturnType<typeof createReader>;
    readonly stop: () => void;
    see(differs?: Parameters<typeof recordOf>[0], times?: number): void;
    advance(milliseconds: number): Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  const clock = holdClock();
  const facts = quietFacts();
  const events = createEvents(facts);
  const reader = createReader();
  const stop = events.subscribe("one")!.start(reader.reader);
  try {
    await run({
      facts,
      events,
      reader,
      stop,
      advance: clock.advance,
      see(differs, times = 1) {
        for (let i = 0; i < times; i++) {
          observeRequest(facts.watch, recordOf(differs), performance.now());
        }
      },
    });
  } finally {
    events.stop();
    clock.release();
  }
}

Deno.test("a reader gets the state and the streams at once", async () => {
  await withReader(({ reader }) => {
    assertEquals(reader.messages().map(({ event }) => event), [
      "state",
      "streams",
    ]);
    return Promise.resolve();
  });
});

Deno.test("a decision comes within a moment, with all before it that came since", async () => {
  await withReader(async ({ reader, see, advance }) => {
    see();
    see(REFUSED);
    await advance(250);
    const [first, ...more] = reader.decisions();
    assertEquals(more, []);
    assertEquals(first!.decisions.map(({ id }) => id), [1, 2]);
    assertEquals(first!.skipped, 0);
    see();
    await advance(250);
    assertEquals(reader.decisions()[0]!.decisions.map(({ id }) => id), [3]);
  });
});

Deno.test("at most twenty messages come in a second, however much happens", async () => {
  await withReader(async ({ reader, see, advance }) => {
    reader.messages();
    let sent = 0;
    for (let i = 0; i < 100; i++) {
      see({}, 20);
      sent += 20;
      await advance(10);
    }
    const messages = reader.messages();
    assert(messages.length <= 20, `${messages.length}`);
    await advance(250);
    const told = [...messages, ...reader.messages()].filter(({ event }) =>
      event === "decisions"
    ).reduce((sum, { data }) => sum + data.decisions.length + data.skipped, 0);
    assertEquals(told, sent);
  });
});

Deno.test("a refusal is told also among many calls that were let through", async () => {
  await withReader(async ({ reader, see, advance }) => {
    see({}, 500);
    see(REFUSED);
    see({}, 500);
    await advance(250);
    const [first] = reader.decisions();
    assertEquals(first!.decisions.length + first!.skipped, 1001);
    assert(first!.decisions.some(({ id }) => id === 501));
    const ids = first!.decisions.map(({ id }) => id);
    assertEquals(ids, ids.toSorted((one, other) => one - other));
  });
});

Deno.test("a slow reader loses decisions, which are counted, and holds up no other", async () => {
  await withReader(async ({ events, reader, see, advance }) => {
    const other = createReader();
    events.subscribe("one")!.start(other.reader);
    reader.decisions();
    reader.state.slow = true;
    for (let i = 0; i < 20; i++) {
      see({}, 30);
      await advance(210);
    }
    assertEquals(reader.texts, []);
    assertEquals(
      other.decisions().reduce(
        (sum, { decisions }) => sum + decisions.length,
        0,
      ),
      600,
    );
    reader.state.slow = false;
    await advance(210);
    const [first] = reader.decisions();
    assertEquals(first!.decisions.length, 40);
    assertEquals(first!.skipped, 560);
  });
});

Deno.test("the state comes every two seconds, the streams while they change", async () => {
  await withReader(async ({ reader, advance }) => {
    reader.messages();
    await advance(10_000);
    const events = reader.messages().map(({ event }) => event);
    assert(events.length >= 4 && events.length <= 5, `${events}`);
    assertEquals(new Set(events), new Set(["state"]));
  });
});

Deno.test("nothing runs once the last reader has gone", async () => {
  await withReader(async ({ reader, stop, see, advance }) => {
    reader.messages();
    stop();
    see();
    await advance(5000);
    assertEquals(reader.texts, []);
  });
});

Deno.test("readers are bounded, and one that goes makes room", async () => {
  await withReader(async ({ events, stop }) => {
    for (let i = 1; i < MAX_READERS; i++) {
      events.subscribe("one")!.start(createReader().reader);
    }
    assertEquals(events.subscribe("one"), null);
    stop();
    assert(events.subscribe("one") !== null);
    await Promise.resolve();
  });
});

Deno.test("who reads most makes room for another one, and not for himself", async () => {
  await withReader(async ({ events, reader }) => {
    const others = Array.from({ length: MAX_READERS - 1 }, createReader);
    for (const one of others) events.subscribe("many")!.start(one.reader);
    assertEquals(events.subscribe("many"), null);
    assert(events.subscribe("few") !== null);
    assertEquals(
      others.map(({ state }) => state.ended),
      others.map((_, i) => i === 0),
    );
    assert(!reader.state.ended);
    await Promise.resolve();
  });
});

Deno.test("the stop ends every reader", async () => {
  await withReader(({ events, reader }) => {
    events.stop();
    assertEquals(reader.state.ended, true);
    return Promise.resolve();
  });
});

Deno.test("a refusal of the proxy is told on the wire", async () => {
  await withAdmin(
    (connection) => connection.write(ok("[]")),
    {},
    async (rig) => {
      const reader = await rig.raw();
      await reader.send(
        "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n",
      );
      const head = await reader.until("event: state");
      assert(head.includes("Content-Type: text/event-stream\r\n"), head);
      const client = await rig.connect();
      await client.send(
        "POST /containers/x/kill HTTP/1.1\r\nHost: a\r\n\r\n",
      );
      await client.until("not allowed");
      const told = await reader.until("container.kill");
      assert(told.includes('"code":"policy.not_granted"'), told);
      client.close();
      reader.close();
    },
  );
});

Deno.test("an admin listener that is not open costs no timer", () => {
  // A timer that is left behind fails the test.
  createAdmin({
    engine: { kind: "unix", path: "/engine.sock" },
    dryRun: false,
    logLinesDropped: () => 0,
    audit: () => null,
  }).observe(recordOf());
});

Deno.test("for a slow reader nothing is made", async () => {
  const clock = holdClock();
  let asked = 0;
  const quiet = quietFacts();
  const policy = () => {
    asked++;
    return quiet.policy();
  };
  const events = createEvents({ ...quiet, policy });
  const { reader, state } = createReader();
  events.subscribe("one")!.start(reader);
  try {
    asked = 0;
    state.slow = true;
    observeRequest(quiet.watch, recordOf(REFUSED), 0);
    await clock.advance(5000);
    assertEquals(asked, 0);
    state.slow = false;
    await clock.advance(250);
    assert(asked > 0);
  } finally {
    events.stop();
    clock.release();
  }
});

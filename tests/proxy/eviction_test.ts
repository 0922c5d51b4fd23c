/**
 * Who makes room where all connections are in use: an idle client first, then
 * one that has gone from a hung request, then the newest of the holder with more
 * than its share; else the one that comes gets 503.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Handler } from "../support/engine.ts";
import { ok } from "../support/engine.ts";
import {
  eventually,
  get,
  type Rig,
  type TestClient,
  withRig,
} from "../support/proxy.ts";

const LIST = get("/containers/json");

/** Answers lists, begins streams, and leaves the rest hung. */
const engine: Handler = (c, head) =>
  head.includes("/events")
    ? c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    : head.includes("/containers/json")
    ? c.write(ok("[]"))
    : undefined;

/** A rig with so many connections at most, and this many listeners, each with its own holder. */
async function withRoomFor(
  maxConnections: number,
  listeners: number,
  run: (rig: Rig) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-room-" });
  const unix = (i: number) => ({
    kind: "unix" as const,
    path: `${folder}/${i}.sock`,
    mode: 0o600,
    group: null,
  });
  try {
    await withRig(engine, {
      heldClock: true,
      limits: { maxConnections },
      listeners: listeners === 0
        ? [{ kind: "tcp", host: "127.0.0.1", port: 0 }]
        : Array.from({ length: listeners }, (_, i) => unix(i)),
    }, run);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** One request with its answer; later requests of others are later on the clock too. */
async function use(rig: Rig, client: TestClient): Promise<void> {
  const before = client.seen().split("[]").length;
  await client.send(LIST);
  await client.until("[]", before);
  assertEquals(client.state(), "open");
  await rig.advance(10);
}

/** A client that follows a stream, and so is never idle. */
async function follow(rig: Rig, listener = 0): Promise<TestClient> {
  const client = await rig.connect(listener);
  await client.send(get("/events"));
  assertStringIncludes(await client.until("\r\n\r\n"), "200 OK");
  await rig.advance(10);
  return client;
}

/** A client that sends a request which hangs. */
async function hang(rig: Rig, name: string): Promise<TestClient> {
  const client = await rig.connect();
  await client.send(get(`/containers/${name}/top`));
  await eventually("the request", () => rig.engine.received().includes(name));
  await rig.advance(10);
  return client;
}

/** Whether the engine's side of a hung request has ended. */
function hasEnded(rig: Rig, name: string): boolean {
  return rig.engine.connections.find(({ received }) => received.includes(name))!
    .ended;
}

/** A client that comes and is sent away, which leaves a record. */
async function isRefused(rig: Rig, listener = 0): Promise<void> {
  const client = await rig.connect(listener);
  const text = await client.rest();
  assertStringIncludes(text, "HTTP/1.1 503 ");
  assertStringIncludes(text, "too many connections (client.no_connection)");
  assertEquals(rig.records.at(-1)!.code, "client.no_connection");
}

/** The records of clients that were let in. */
function served(rig: Rig): Rig["records"] {
  return rig.records.filter(({ code }) => code !== "client.no_connection");
}

Deno.test("the client that has been idle for longest is closed first, whenever it came", async () => {
  await withRoomFor(3, 0, async (rig) => {
    const clients = [];
    for (let i = 0; i < 3; i++) {
      clients.push(await rig.connect());
      await use(rig, clients[i]!);
    }
    const [first, second, third] = clients;
    await use(rig, first!);
    const late = await rig.connect();
    await use(rig, late);
    await second!.rest();
    for (const client of [first!, third!, late]) await use(rig, client);
    // The closed client was idle, so no shortage is reported.
    assertEquals(rig.messages, []);
  });
});

Deno.test("an idle client is closed before one that has left a request that hangs", async () => {
  for (const idleFirst of [true, false]) {
    await withRoomFor(2, 0, async (rig) => {
      let idle = idleFirst ? await rig.connect() : null;
      if (idle !== null) await use(rig, idle);
      const gone = await hang(rig, "gone");
      idle ??= await rig.connect();
      // Its time began later.
      await use(rig, idle);
      await gone.conn.closeWrite();
      await rig.advance(10);
      await use(rig, await rig.connect());
      await idle.rest();
      assertEquals(hasEnded(rig, "gone"), false);
    });
  }
});

Deno.test("of the clients that have left hung requests the oldest is closed, and none that still waits", async () => {
  await withRoomFor(3, 0, async (rig) => {
    const waits = await hang(rig, "waits");
    const [older, newer] = [await hang(rig, "older"), await hang(rig, "newer")];
    // In the other order than they came.
    await newer.conn.closeWrite();
    await rig.advance(10);
    await older.conn.closeWrite();
    await rig.advance(10);
    const late = await follow(rig);
    await eventually("the end", () => hasEnded(rig, "older"));
    assertEquals(hasEnded(rig, "newer"), false);
    assertEquals(hasEnded(rig, "waits"), false);
    await follow(rig);
    await eventually("the end", () => hasEnded(rig, "newer"));
    // No other client can be closed.
    await isRefused(rig);
    assertEquals(hasEnded(rig, "waits"), false);
    assertEquals(waits.state(), "open");
    assertEquals(late.state(), "open");
    assertEquals(rig.messages, [
      "all 3 connections are in use: further clients get 503; see --max-connections",
    ]);
  });
});

Deno.test("a holder keeps a quarter of all connections, and loses the newest beyond that", async () => {
  // Four holders of two each: each holds exactly its quarter of eight.
  await withRoomFor(8, 5, async (rig) => {
    for (let i = 0; i < 8; i++) await follow(rig, i % 4);
    await isRefused(rig, 4);
    assertEquals(served(rig), []);
  });
  await withRoomFor(8, 5, async (rig) => {
    const clients = [];
    for (const listener of [0, 1, 1, 2, 1, 2, 3, 3]) {
      clients.push(await follow(rig, listener));
    }
    const late = await follow(rig, 4);
    await clients[4]!.rest();
    await eventually("the record", () => served(rig).length === 1);
    assertEquals(served(rig)[0]!.code, "client.evicted");
    assertStringIncludes(served(rig)[0]!.remote, "1.sock");
    assertStringIncludes(rig.messages[0]!, "1.sock: its newest are closed");
    for (const client of [...clients.filter((_, i) => i !== 4), late]) {
      assertEquals(client.state(), "open");
    }
  });
});

Deno.test("a newcomer takes no connection from a holder that would then have fewer than it", async () => {
  // Three and two of five: with one more the second would have as many.
  await withRoomFor(5, 3, async (rig) => {
    for (const listener of [0, 0, 0, 1, 1]) await follow(rig, listener);
    await isRefused(rig, 1);
    assertEquals(served(rig), []);
    // A third has none yet.
    await follow(rig, 2);
    await eventually("the record", () => served(rig).length === 1);
  });
  // Three, one and one of five: two and two are left.
  await withRoomFor(5, 3, async (rig) => {
    for (const listener of [0, 0, 0, 1, 2]) await follow(rig, listener);
    await follow(rig, 1);
    await eventually("the record", () => served(rig).length === 1);
    assertEquals(served(rig)[0]!.code, "client.evicted");
  });
  // Four and one of five.
  await withRoomFor(5, 2, async (rig) => {
    const greedy = [];
    for (let i = 0; i < 4; i++) greedy.push(await follow(rig, 0));
    await follow(rig, 1);
    await follow(rig, 1);
    await greedy[3]!.rest();
    await isRefused(rig, 1);
    // Nor from itself.
    await isRefused(rig, 0);
    await eventually("the record", () => served(rig).length === 1);
    for (const client of greedy.slice(0, 3)) {
      assertEquals(client.state(), "open");
    }
  });
});

Deno.test("as many clients as the limit says are served at once", async () => {
  await withRoomFor(2, 0, async (rig) => {
    assertEquals(rig.server.maxConnections, 2);
    const first = await follow(rig);
    await follow(rig);
    await isRefused(rig);
    // A place that is given back is there for the next.
    first.close();
    await eventually("its end", () => rig.engine.connections[0]!.ended);
    // The engine gets a moment to end the stream itself.
    await rig.advance(500);
    await eventually("the record", () => served(rig).length === 1);
    await follow(rig);
  });
  await withRoomFor(1, 0, async (rig) => {
    const wrong = await rig.connect();
    await wrong.send("GET /info HTTP/1.1\n\n");
    await wrong.rest();
    wrong.close();
    // Until the proxy has seen its end.
    await rig.advance(1000);
    await follow(rig);
  });
});

/**
 * Engine connections that outlive their client: who gets one, for which
 * request, and what ends one.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createEnginePool, MAX_WAIT_MS } from "../../lib/proxy/engine_pool.ts";
import { openSource, type Source } from "../../lib/wire/source.ts";
import { type EngineConnection, type Handler, ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import {
  eventually,
  get,
  request,
  type Rig,
  type RigOptions,
  withRig,
} from "../support/proxy.ts";

const OPEN: RigOptions = {
  grants: grants({ CONTAINERS: 1, IMAGES: 1, EVENTS: 1, POST: 1 }),
};
const CLOSE = "Connection: close";
const LIST = get("/containers/json", CLOSE);
const START = request("POST", "/containers/a/start", "", CLOSE);
const EVENTS = get("/events");

/** Answers each request with its number. */
function counting(): Handler {
  let number = 0;
  return (c) => c.write(ok(`[${++number}]`));
}

/** Sends one request as a client of its own, to the end of its connection; returns what came. */
async function once(rig: Rig, text: string, listener = 0): Promise<string> {
  const client = await rig.connect(listener);
  await client.send(text);
  return await client.rest();
}

Deno.test("the next client of the same rights gets the engine connection of the one before", async () => {
  await withRig(counting(), OPEN, async (rig) => {
    for (const number of [1, 2, 3]) {
      assertStringIncludes(await once(rig, LIST), `[${number}]`);
    }
    assertEquals(rig.engine.connections.length, 1);
  });
});

Deno.test("a client that goes by itself leaves the engine's connection, too", async () => {
  await withRig(counting(), OPEN, async (rig) => {
    for (const number of [1, 2]) {
      const client = await rig.connect();
      await client.send(get("/containers/json"));
      await client.until("]");
      await client.conn.closeWrite();
      assertStringIncludes(await client.rest(), `[${number}]`);
    }
    assertEquals(rig.engine.connections.length, 1);
  });
});

Deno.test("only a GET or HEAD without a body goes over it, or leaves it", async () => {
  await withRig(counting(), OPEN, async (rig) => {
    const cases: readonly [string, number][] = [
      [LIST, 1],
      // Sent over a new one, which it does not leave.
      [START, 2],
      [LIST, 2],
      [START, 3],
      [request("GET", "/containers/json", "x", CLOSE), 4],
      [LIST, 4],
    ];
    for (const [text, connections] of cases) {
      await once(rig, text);
      assertEquals(rig.engine.connections.length, connections, text);
    }
  });
});

Deno.test("no other client of the policy gets it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-pool-" });
  const { file, listeners } = policyFile(`clients:
  a: { listen: "unix://${folder}/a.sock", allow: [ container.list ] }
  b: { listen: "unix://${folder}/b.sock", allow: [ container.list ] }
`);
  await withRig(counting(), { file, listeners }, async (rig) => {
    await once(rig, LIST, 0);
    await once(rig, LIST, 1);
    assertEquals(rig.engine.connections.length, 2);
    await once(rig, LIST, 1);
    await once(rig, LIST, 0);
    assertEquals(rig.engine.connections.length, 2);
  });
  await Deno.remove(folder, { recursive: true });
});

/** What the engine does to a connection after its first answer, while it waits. */
const ENDS: Readonly<
  Record<string, (c: EngineConnection) => void | Promise<void>>
> = {
  "it closes": (c) => c.close(),
  "it ends its side": (c) => c.conn.closeWrite(),
  "it answers twice": (c) => c.write(ok('["stray"]')),
  "it sends a byte more": (c) => c.write("H"),
};

for (const [name, end] of Object.entries(ENDS)) {
  Deno.test(`an engine connection that waits is not used any more once ${name}`, async () => {
    await withRig(counting(), OPEN, async (rig) => {
      await once(rig, LIST);
      const [first] = rig.engine.connections;
      await end(first!);
      assertStringIncludes(await once(rig, LIST), "[2]");
      assertEquals(rig.engine.connections.length, 2);
      await eventually("it is closed", () => first!.ended);
    });
  });
}

Deno.test("what an engine sends with an answer beyond it is given to nobody", async () => {
  let number = 0;
  const handler: Handler = (c) =>
    c.write(ok(`[${++number}]`) + (number === 1 ? ok('["stray"]') : ""));
  await withRig(handler, OPEN, async (rig) => {
    await once(rig, LIST);
    assertStringIncludes(await once(rig, LIST), "[2]");
    assertEquals(rig.engine.connections.length, 2);
  });
});

Deno.test("a request over a connection that the engine closes meanwhile is sent once more, over a new one", async () => {
  let number = 0;
  const handler: Handler = (c) => {
    number++;
    return number === 2 ? c.close() : c.write(ok(`[${number}]`));
  };
  await withRig(handler, OPEN, async (rig) => {
    await once(rig, LIST);
    assertStringIncludes(await once(rig, LIST), "[3]");
    assertEquals(rig.engine.connections.length, 2);
  });
});

Deno.test("an answer that is cut, has no length, or says that it is the last leaves no connection", async () => {
  const answers = [
    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1]",
    "HTTP/1.1 200 OK\r\n\r\n[1]",
    ok("[1]", "Connection: close\r\n"),
  ];
  for (const answer of answers) {
    const handler: Handler = async (c) => {
      await c.write(answer);
      if (!answer.includes("3\r\n")) c.close();
    };
    await withRig(handler, OPEN, async (rig) => {
      await once(rig, LIST);
      await once(rig, LIST);
      assertEquals(rig.engine.connections.length, 2, answer);
    });
  }
});

Deno.test("a stream that its client leaves ends the engine's side", async () => {
  const handler: Handler = (c) =>
    c.write(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1]\r\n",
    );
  await withRig(handler, OPEN, async (rig) => {
    const client = await rig.connect();
    await client.send(EVENTS);
    await client.until("]");
    client.close();
    await eventually("it ends", () => rig.engine.connections[0]!.ended);
  });
});

Deno.test("--engine-pool 0 closes the engine's side with the client's", async () => {
  const options = { ...OPEN, limits: { enginePool: 0 } };
  await withRig(counting(), options, async (rig) => {
    await once(rig, LIST);
    await eventually("it ends", () => rig.engine.connections[0]!.ended);
    await once(rig, LIST);
    assertEquals(rig.engine.connections.length, 2);
  });
});

Deno.test("a connection waits no longer than its time", async () => {
  await withRig(counting(), { ...OPEN, heldClock: true }, async (rig) => {
    await once(rig, LIST);
    await rig.advance(MAX_WAIT_MS - 1);
    await once(rig, LIST);
    assertEquals(rig.engine.connections.length, 1);
    await rig.advance(MAX_WAIT_MS + 1000);
    await eventually("it is closed", () => rig.engine.connections[0]!.ended);
  });
});

/** A source over a connection on which nothing happens until it is closed. */
function silent(): Source {
  const end = Promise.withResolvers<null>();
  return openSource({
    read: () => end.promise,
    write: () => Promise.resolve(0),
    closeWrite: () => Promise.resolve(),
    close: () => end.resolve(null),
    remoteAddr: { transport: "unix", path: "" },
    localAddr: { transport: "unix", path: "" },
  }, false);
}

Deno.test("the pool gives the newest first, and closes what it has no room for", () => {
  const pool = createEnginePool(2);
  const [one, two, three] = [silent(), silent(), silent()];
  pool.give("a", one);
  pool.give("b", two);
  pool.give("a", three);
  assert(three.closed && !one.closed && !two.closed);
  assertEquals(pool.take("a"), one);
  assertEquals(pool.take("a"), null);
  const four = silent();
  pool.give("b", four);
  assertEquals(pool.take("b"), four);
  pool.clear();
  assert(two.closed && !one.closed);
});

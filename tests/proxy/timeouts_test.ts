/**
 * The time limit of each phase of a connection: at the limit it goes on, beyond
 * it it is closed. The proxy looks once a second, so that a limit that is met
 * at a look and one that is passed by a millisecond tell the bound.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import {
  type Acceptor,
  eventually,
  get,
  request,
  type Rig,
  type RigOptions,
  type TestClient,
  withRig,
} from "../support/proxy.ts";

const OPEN = grants({ CONTAINERS: 1, IMAGES: 1, POST: 1, EXEC: 1 });
const LIST = get("/containers/json");
/** A limit that a look meets exactly, and one that the same look finds passed. */
const MET_MS = 3000;
const PASSED_MS = 2999;
const LOOK_MS = 3000;

/** A rig whose phases have no limit in reach but the one named. */
function rigOf(
  limits: RigOptions["limits"],
  more: Partial<RigOptions> = {},
): RigOptions {
  return {
    grants: OPEN,
    heldClock: true,
    limits: { headTimeout: 600_000, idleTimeout: 600_000, ...limits },
    ...more,
  };
}

/** Shows that a connection is open: a request on it is answered. */
async function isServed(client: TestClient): Promise<void> {
  const before = client.seen().split("[]").length;
  await client.send(LIST);
  await client.until("[]", before);
  assertEquals(client.seen().split("[]").length, before + 1);
}

/** A client with one answered request, so that its next phase begins now. */
async function served(rig: Rig): Promise<TestClient> {
  const client = await rig.connect();
  await isServed(client);
  return client;
}

Deno.test("an idle connection is kept for its time and closed after it", async () => {
  await withRig(
    (c) => c.write(ok("[]")),
    rigOf({ idleTimeout: MET_MS }),
    async (rig) => {
      const client = await served(rig);
      await rig.advance(LOOK_MS);
      await isServed(client);
      await rig.advance(LOOK_MS + 1000);
      await client.rest();
      assertEquals(client.state(), "ended");
      await eventually("the end", () => rig.engine.connections[0]!.ended);
      // No request was lost: nothing is recorded of the end.
      assertEquals(rig.records.length, 2);
    },
  );
  await withRig(
    (c) => c.write(ok("[]")),
    rigOf({ idleTimeout: PASSED_MS }),
    async (rig) => {
      const client = await served(rig);
      await rig.advance(LOOK_MS);
      await client.rest();
    },
  );
});

Deno.test("a head may take its time, and gets 408 after it", async () => {
  const begin = async (rig: Rig) => {
    const client = await served(rig);
    await client.send(LIST.slice(0, 20));
    return client;
  };
  await withRig(
    (c) => c.write(ok("[]")),
    rigOf({ headTimeout: MET_MS }),
    async (rig) => {
      const client = await begin(rig);
      await rig.advance(LOOK_MS);
      await client.send(LIST.slice(20));
      await client.until("[]", 2);
      assert(!client.seen().includes("408"), client.seen());
    },
  );
  await withRig(
    (c) => c.write(ok("[]")),
    rigOf({ headTimeout: PASSED_MS }),
    async (rig) => {
      const client = await begin(rig);
      // Time passes only for a head of which something has arrived.
      client.follow();
      await eventually("the end", () => {
        void rig.advance(LOOK_MS);
        return client.state() !== "open";
      });
      const text = client.seen().slice(ok("[]").length);
      assertStringIncludes(text, "HTTP/1.1 408 ");
      assertStringIncludes(text, "did not arrive within 2.999 s");
      assertEquals(rig.records.at(-1)!.status, 408);
      assertEquals(rig.records.at(-1)!.code, "http.head_timeout");
    },
  );
});

const SMALL_BODY =
  "POST /build HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n";

Deno.test("a refused request's body may take its time, and the connection goes on", async () => {
  await withRig(
    (c) => c.write(ok("[]")),
    rigOf({ headTimeout: MET_MS }),
    async (rig) => {
      const client = await rig.connect();
      await client.send(SMALL_BODY);
      assertStringIncludes(await client.until("}\n"), "HTTP/1.1 403 ");
      await rig.advance(LOOK_MS);
      await client.send("0123456789");
      await isServed(client);
    },
  );
});

Deno.test("a refused request's body that never comes ends the connection", async () => {
  await withRig(
    () => {},
    rigOf({ headTimeout: PASSED_MS }),
    async (rig) => {
      const client = await rig.connect();
      await client.send(SMALL_BODY);
      assertStringIncludes(await client.until("}\n"), "HTTP/1.1 403 ");
      await rig.advance(LOOK_MS);
      await client.rest();
    },
  );
});

/** A container's body is read where it could claim another client's identity. */
const JUDGED = `
clients:
  maker: { from: { cidr: 127.0.0.0/8 }, allow: [ container.create, exec.start ] }
  other: { from: { cidr: 192.0.2.0/24 }, allow: [ container.list ] }
`;

for (
  const [what, target] of [
    ["an exec's", "/exec/e1/start"],
    ["a judged", "/containers/create"],
  ] as const
) {
  Deno.test(`${what} body that never comes ends the connection, and nothing is sent`, async () => {
    await withRig(
      (c) => c.write(ok("[]")),
      rigOf({ headTimeout: PASSED_MS }, { file: policyFile(JUDGED).file }),
      async (rig) => {
        const client = await rig.connect();
        const head = request(
          "POST",
          target,
          "0123456789",
          "Content-Type: application/json",
          "Expect: 100-continue",
        ).slice(0, -10);
        await client.send(head);
        // The body is waited for from now on.
        await client.until("100 Continue\r\n\r\n");
        await client.send("01234");
        await rig.advance(LOOK_MS);
        await client.rest();
        await eventually("the record", () => rig.records.length === 1);
        assertEquals(rig.records[0]!.code, "http.body_timeout");
        assert(!rig.engine.received().includes("POST"));
      },
    );
  });
}

/** The one client's connection, as the proxy has it. */
interface Seen {
  readonly acceptor: Acceptor;
  /** Whether the proxy has begun to write to it. */
  written: boolean;
  closed: boolean;
}

/**
 * Watches what the proxy does to a connection.
 *
 * @param deaf The client takes nothing of what it is written.
 */
function watched(deaf: boolean): Seen {
  const seen: Seen = {
    written: false,
    closed: false,
    async acceptor(accept) {
      const conn = await accept();
      const { write, close } = conn;
      let fail = (_: Error) => {};
      return Object.assign(conn, {
        write(bytes: Uint8Array) {
          seen.written = true;
          if (!deaf) return write.call(conn, bytes);
          return new Promise<number>((_, reject) => fail = reject);
        },
        close() {
          seen.closed = true;
          fail(new Deno.errors.BadResource("closed"));
          close.call(conn);
        },
      });
    },
  };
  return seen;
}

Deno.test("a client that does not read our answer is closed after its time", async () => {
  for (const [headTimeout, closed] of [[MET_MS, false], [PASSED_MS, true]]) {
    const seen = watched(true);
    await withRig(
      () => {},
      rigOf({ headTimeout: Number(headTimeout) }, { acceptor: seen.acceptor }),
      async (rig) => {
        const client = await rig.connect();
        await client.send(get("/secrets"));
        await eventually("the answer", () => seen.written);
        await rig.advance(LOOK_MS);
        assertEquals(seen.closed, closed);
      },
    );
  }
});

Deno.test("a client that does not read its 408 is closed all the same", async () => {
  const seen = watched(true);
  await withRig(
    () => {},
    rigOf({ headTimeout: 999 }, { acceptor: seen.acceptor }),
    async (rig) => {
      const client = await rig.connect();
      await client.send("GET /containers/json HT");
      for (let looks = 0; !seen.written; looks++) {
        assert(looks < 1000, "no 408 was written");
        await rig.advance(1000);
      }
      await rig.advance(3000);
      assert(!seen.closed);
      await rig.advance(1000);
      assert(seen.closed);
    },
  );
});

Deno.test("a request that the engine is at work on has no time limit", async () => {
  let answer = () => {};
  const held = new Promise<void>((resolve) => answer = resolve);
  await withRig(
    async (c) => {
      await held;
      await c.write(ok("[]"));
    },
    rigOf({ headTimeout: 1000, idleTimeout: 1000 }),
    async (rig) => {
      const client = await rig.connect();
      await client.send(LIST);
      await eventually("the request", () => rig.engine.received() !== "");
      await rig.advance(60_000);
      answer();
      assertStringIncludes(await client.until("[]"), "200 OK");
    },
  );
});

for (
  const [what, status, refused] of [
    [
      "whose body is too large to be read on",
      403,
      `POST /build HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n`,
    ],
    ["that cannot be read", 400, "GET /info HTTP/1.1\n\n"],
  ] as const
) {
  Deno.test(`a request ${what} is answered, and what comes after it is read for a second`, async () => {
    const seen = watched(false);
    await withRig(
      () => {},
      rigOf({}, { acceptor: seen.acceptor }),
      async (rig) => {
        const client = await rig.connect();
        await client.send(refused + "x".repeat(40_000));
        assertStringIncludes(await client.rest(), `HTTP/1.1 ${status} `);
        // Closing with unread bytes would have reset it.
        assertEquals(client.state(), "ended");
        await rig.advance(999);
        assert(!seen.closed);
        await client.send("x".repeat(40_000));
        await rig.advance(1);
        assert(seen.closed);
        assertEquals(rig.engine.received(), "");
      },
    );
  });
}

Deno.test("a refused client that ends its side is closed at once", async () => {
  const seen = watched(false);
  await withRig(
    () => {},
    rigOf({}, { acceptor: seen.acceptor }),
    async (rig) => {
      const client = await rig.connect();
      await client.send("GET /info HTTP/1.1\n\n");
      await client.rest();
      client.close();
      await eventually("the end", () => seen.closed);
    },
  );
});

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ATTACKS } from "../support/attacks.ts";
import { ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import {
  eventually,
  get,
  request,
  watchReads,
  withRig,
} from "../support/proxy.ts";

const OPEN = { grants: grants({ CONTAINERS: 1, IMAGES: 1, POST: 1, EXEC: 1 }) };
const LIST = get("/v1.41/containers/json");

Deno.test("an allowed request reaches the engine in canonical form and its answer comes back as it is", async () => {
  const answer = ok("[1]", "X-Odd: \xe9\r\n");
  await withRig((c) => c.write(answer), {}, async (rig) => {
    const client = await rig.connect();
    await client.send(
      "GET /containers/json?all=1 HTTP/1.1\r\nhost:  test \r\nConnection: keep-alive\r\nX-A:  b \r\nUpgrade: h2c\r\n\r\n",
    );
    assertEquals(await client.until("[1]"), answer);
    assertEquals(
      rig.engine.received(),
      "GET /containers/json?all=1 HTTP/1.1\r\nHost: docker\r\nX-A: b\r\n\r\n",
    );
    assertEquals(rig.records[0]?.operation, "container.list");
    assertEquals(rig.records[0]?.status, 200);
    assertEquals(rig.records[0]?.path, "/containers/json");
  });
});

Deno.test("a refused request gets the remedy, never reaches the engine, and keeps the connection", async () => {
  await withRig((c) => c.write(ok("[]")), {}, async (rig) => {
    const client = await rig.connect();
    await client.send(request("POST", "/containers/web/restart", "{}"));
    const text = await client.until("}\n");
    assertStringIncludes(text, "HTTP/1.1 403 Forbidden\r\n");
    assertStringIncludes(
      text,
      "Content-Type: application/json",
    );
    assertStringIncludes(
      text,
      '{"message":"sockwarden: container.restart (POST /containers/web/restart) is not allowed; to allow it set ALLOW_RESTARTS=1, or --allow container.restart"}',
    );
    assertEquals(rig.engine.connections.length, 0);
    await client.send(LIST);
    assertStringIncludes(await client.until("[]"), "200 OK");
    assertEquals(rig.records.map(({ code }) => code), [
      "policy.not_granted",
      "request.completed",
    ]);
  });
});

Deno.test("pipelined requests are answered in order, each decided on by itself", async () => {
  await withRig((c) => c.write(ok("[]")), {}, async (rig) => {
    const client = await rig.connect();
    await client.send(
      LIST + request("POST", "/build", "x") + LIST + get("/info"),
    );
    const text = await client.until("INFO=1");
    assertEquals(text.match(/HTTP\/1\.1 [0-9]+/g), [
      "HTTP/1.1 200",
      "HTTP/1.1 403",
      "HTTP/1.1 200",
      "HTTP/1.1 403",
    ]);
    assert(!rig.engine.received().includes("/build"));
    assertEquals(rig.engine.connections.length, 1);
  });
});

Deno.test("a request is decided on alike wherever its bytes are cut", async () => {
  const text = request("POST", "/images/create?fromImage=a", "") + LIST;
  const reads = watchReads();
  const options = { acceptor: reads.acceptor };
  await withRig((c) => c.write(ok("[]")), options, async (rig) => {
    for (let cut = 1; cut < text.length; cut += 3) {
      const client = await rig.connect();
      const before = reads.bytes();
      await client.send(text.slice(0, cut));
      await eventually("its arrival", () => reads.bytes() === before + cut);
      await client.send(text.slice(cut));
      assertStringIncludes(await client.until("[]"), "200 OK");
      client.close();
    }
    assert(!rig.engine.received().includes("images"));
  });
});

for (const [what, bytes, status] of ATTACKS) {
  Deno.test(`${what} gets ${status}, is closed, and nothing reaches the engine`, async () => {
    await withRig((c) => c.write(ok("[]")), OPEN, async (rig) => {
      const client = await rig.connect();
      await client.send(bytes);
      const text = await client.rest();
      assertStringIncludes(text, `HTTP/1.1 ${status} `);
      assertStringIncludes(text, "Connection: close");
      assertEquals(rig.engine.received(), "");
      assertEquals(text.match(/HTTP\/1\.1 [0-9]/g)?.length, 1);
    });
  });
}

Deno.test("bodies with a length and in chunks arrive as they were sent", async () => {
  const size = 300_000;
  const body = "x".repeat(size);
  const chunked = `${size.toString(16)};ext=1\r\n${body}\r\n0\r\nT: 1\r\n\r\n`;
  const handler = async (
    c: { received: string; write(t: string): Promise<void> },
    head: string,
  ) => {
    const wanted = head.includes("chunked") ? size + 14 : size;
    await eventually(
      "the body",
      () => c.received.length >= head.length + wanted,
    );
    c.received = c.received.slice(c.received.indexOf("\r\n\r\n") + 4);
    await c.write(ok("done"));
  };
  await withRig(handler, OPEN, async (rig) => {
    const first = await rig.connect();
    await first.send(
      `POST /images/load HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n${body}`,
    );
    await first.until("done");
    assertEquals(rig.engine.connections[0]!.received, body);
    const second = await rig.connect();
    await second.send(
      `POST /images/load HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}`,
    );
    await second.until("done");
    assertEquals(
      rig.engine.connections[1]!.received,
      `${size.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    );
    assertEquals(rig.records.map(({ bytesIn }) => bytesIn), [size, size]);
  });
});

Deno.test("a malformed chunk in the middle of a body closes the engine's side and gets 400", async () => {
  await withRig(() => {}, OPEN, async (rig) => {
    const client = await rig.connect();
    await client.send(
      "POST /images/load HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    );
    await eventually("the start", () => rig.engine.received().includes("abc"));
    await client.send("zz\r\n");
    assertStringIncludes(await client.rest(), "HTTP/1.1 400");
    await eventually("the end", () => rig.engine.connections[0]!.ended);
    assert(!rig.engine.received().includes("\r\n0\r\n"));
  });
});

Deno.test("100 (Continue) of the engine reaches the client before its body is sent", async () => {
  await withRig(
    async (c, head) => {
      if (!head.startsWith("POST")) return;
      await c.write("HTTP/1.1 100 Continue\r\n\r\n");
      await eventually("the body", () => c.received.endsWith("body"));
      await c.write(ok("{}"));
    },
    OPEN,
    async (rig) => {
      const client = await rig.connect();
      await client.send(
        "POST /containers/create HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n",
      );
      await client.until("100 Continue\r\n\r\n");
      await client.send("body");
      assertStringIncludes(await client.until("{}"), "HTTP/1.1 200 OK");
    },
  );
});

Deno.test("a refused request that waits for 100 is answered and closed", async () => {
  await withRig(() => {}, {}, async (rig) => {
    const client = await rig.connect();
    await client.send(
      "POST /containers/create HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n",
    );
    assertStringIncludes(await client.rest(), "HTTP/1.1 403");
    assertEquals(rig.engine.connections.length, 0);
  });
});

Deno.test("HEAD, 204 and 304 have no body, whatever their length says", async () => {
  await withRig(
    (c, head) =>
      c.write(
        head.startsWith("HEAD")
          ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
          : "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
      ),
    OPEN,
    async (rig) => {
      const client = await rig.connect();
      await client.send(request("HEAD", "/_ping", ""));
      await client.until("\r\n\r\n");
      await client.send(request("POST", "/containers/a/start", ""));
      await client.until("204 No Content\r\n\r\n");
      assertEquals(rig.records.map(({ code }) => code), [
        "request.completed",
        "request.completed",
      ]);
      assertEquals(rig.engine.connections.length, 1);
    },
  );
});

Deno.test("an HTTP/1.0 client gets HTTP/1.0 and the end of the connection", async () => {
  await withRig(
    async (c, head) => {
      assertStringIncludes(head, " HTTP/1.0\r\n");
      await c.write("HTTP/1.0 200 OK\r\n\r\nall of it");
      c.close();
    },
    {},
    async (rig) => {
      const client = await rig.connect();
      await client.send("GET /containers/json HTTP/1.0\r\n\r\n");
      assertEquals(await client.rest(), "HTTP/1.0 200 OK\r\n\r\nall of it");
    },
  );
});

Deno.test("Connection: close of the client closes after the answer, of the engine only its side", async () => {
  await withRig(
    (c) => c.write(ok("[]", "Connection: close\r\n")),
    {},
    async (rig) => {
      const client = await rig.connect();
      await client.send(LIST);
      const text = await client.until("[]");
      assert(!text.includes("Connection"));
      await eventually("the end", () => rig.engine.connections[0]!.ended);
      await client.send(get("/containers/json", "Connection: close"));
      await client.rest();
      assertStringIncludes(client.seen(), "Connection: close\r\n\r\n[]");
      assertEquals(client.seen().split("[]").length, 3);
      assertEquals(rig.engine.connections.length, 2);
    },
  );
});

Deno.test("a head that does not come in time gets 408", async () => {
  await withRig(() => {}, { limits: { headTimeout: 300 } }, async (rig) => {
    const client = await rig.connect();
    await client.send("GET /containers/json HT");
    assertStringIncludes(await client.rest(4000), "HTTP/1.1 408");
  });
});

Deno.test("an idle connection is closed after its time", async () => {
  await withRig(
    (c) => c.write(ok("[]")),
    { limits: { idleTimeout: 300 } },
    async (rig) => {
      const client = await rig.connect();
      await client.send(LIST);
      await client.rest(4000);
      await eventually("the end", () => rig.engine.connections[0]!.ended);
    },
  );
});

Deno.test("a client above the limit gets 503, and idle ones are closed for others, oldest first", async () => {
  await withRig(
    (c, head) => {
      if (head.includes("/events")) {
        return c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      }
      return c.write(ok("[]"));
    },
    { limits: { maxConnections: 2 } },
    async (rig) => {
      const streams = [await rig.connect(), await rig.connect()];
      await streams[0]!.send(get("/events"));
      await streams[0]!.until("\r\n\r\n");
      await streams[1]!.send(LIST);
      await streams[1]!.until("[]");
      const third = await rig.connect();
      await third.send(get("/events"));
      await third.until("\r\n\r\n");
      assertEquals(await streams[1]!.rest(), ok("[]"));
      const fourth = await rig.connect();
      assertStringIncludes(await fourth.rest(), "HTTP/1.1 503");
      assertEquals(rig.messages.length, 1);
    },
  );
});

Deno.test("a client cannot keep others out by holding all connections", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-room-" });
  const path = `${folder}/own.sock`;
  await withRig(
    (c) => c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
    {
      limits: { maxConnections: 4 },
      listeners: [
        { kind: "tcp", host: "127.0.0.1", port: 0 },
        { kind: "unix", path, mode: 0o600, group: null },
      ],
    },
    async (rig) => {
      const follow = async (listener: number) => {
        const client = await rig.connect(listener);
        await client.send(get("/events"));
        await client.until("\r\n\r\n");
        return client;
      };
      const greedy = [];
      for (let i = 0; i < 4; i++) greedy.push(await follow(0));
      const others = [await follow(1), await follow(1)];
      // The newest of the one who held all have gone, and no other.
      await greedy[3]!.rest();
      await greedy[2]!.rest();
      await eventually(
        "the records",
        () => rig.records.length === 2,
      );
      assertEquals(rig.records.map(({ code }) => code), [
        "client.evicted",
        "client.evicted",
      ]);
      assertStringIncludes(
        rig.messages[0]!,
        "in use, most of them by 127.0.0.1: its newest are closed",
      );
      // Two and two: the next one is one too many.
      const late = await rig.connect(1);
      assertStringIncludes(await late.rest(), "HTTP/1.1 503");
      for (const client of [greedy[0]!, greedy[1]!, ...others]) {
        assertStringIncludes(client.seen(), "200 OK");
        client.close();
      }
    },
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the health check asks the engine and answers this host, whatever the policy", async () => {
  const closed = { grants: grants({ PING: 0 }) };
  await withRig((c) => c.write(ok("OK")), closed, async (rig) => {
    const client = await rig.connect();
    await client.send(get("/_sockwarden/health"));
    assertStringIncludes(await client.until("}\n"), "HTTP/1.1 200 OK");
    rig.engine.stopListening();
    const second = await rig.connect();
    await second.send(get("/_sockwarden/health"));
    assertStringIncludes(await second.until("}\n"), "HTTP/1.1 503");
    await second.send(get("/_ping"));
    assertStringIncludes(await second.until("PING=1"), "HTTP/1.1 403");
  });
});

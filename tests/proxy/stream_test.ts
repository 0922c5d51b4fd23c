import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import {
  eventually,
  get,
  request,
  watchReads,
  withRig,
} from "../support/proxy.ts";

const OPEN = {
  grants: grants({ CONTAINERS: 1, IMAGES: 1, POST: 1, EXEC: 1, SESSION: 1 }),
};
const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const SWITCH =
  "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";

for (
  const [what, leave] of [
    ["ends its side", (conn: Deno.Conn) => conn.closeWrite()],
    ["closes", (conn: Deno.Conn) => Promise.resolve(conn.close())],
  ] as const
) {
  Deno.test(`a client that ${what} during a stream ends the engine's side`, async () => {
    await withRig((c) => c.write(CHUNKED), {}, async (rig) => {
      const client = await rig.connect();
      await client.send(get("/events"));
      await client.until("\r\n\r\n");
      await leave(client.conn);
      await eventually("the end", () => rig.engine.connections[0]!.ended, 1000);
      await eventually("the record", () => rig.records.length === 1);
      assertEquals(rig.records[0]?.code, "client.closed");
    });
  });
}

Deno.test("a client that closes with pipelined bytes waiting still ends the engine's side", async () => {
  await withRig((c) => c.write(CHUNKED), {}, async (rig) => {
    const client = await rig.connect();
    await client.send(get("/events") + get("/_ping"));
    await client.until("\r\n\r\n");
    client.close();
    await eventually("the end", () => rig.engine.connections[0]!.ended, 1000);
  });
});

for (
  const [waits, asked] of [
    [4000, ""],
    // One sign of life, however long it waits.
    [9000, "HTTP/1.1 100 Continue\r\n\r\n"],
  ] as const
) {
  Deno.test(`a client that ends its side after a plain request gets the answer ${waits} ms later`, async () => {
    const reads = watchReads();
    let answer = () => {};
    const held = new Promise<void>((resolve) => answer = resolve);
    await withRig(
      async (c) => {
        await held;
        await c.write(ok("[]"));
      },
      { heldClock: true, acceptor: reads.acceptor },
      async (rig) => {
        const client = await rig.connect();
        await client.send(get("/containers/json"));
        await client.conn.closeWrite();
        await eventually("its end", () => reads.ended() === 1);
        // A stream would have been cancelled by then.
        await rig.advance(waits);
        answer();
        assertEquals(await client.rest(), asked + ok("[]"));
      },
    );
  });
}

for (const kind of ["tcp", "unix"] as const) {
  for (
    const [what, text] of [
      ["a plain request", get("/containers/json")],
      ["the body of a request", request("POST", "/images/load", "x".repeat(9))],
    ] as const
  ) {
    Deno.test(`a client on ${kind} that closes within ${what} while the engine is stuck ends it`, async () => {
      const path = await Deno.makeTempFile();
      await Deno.remove(path);
      await withRig(
        () => {},
        {
          ...OPEN,
          heldClock: true,
          listeners: [
            kind === "unix"
              ? { kind, path, mode: 0o600, group: null }
              : { kind, host: "127.0.0.1", port: 0 },
          ],
        },
        async (rig) => {
          const client = await rig.connect();
          await client.send(text);
          await eventually("the request", () => rig.engine.received() !== "");
          client.close();
          await eventually("the record", () => {
            void rig.advance(1000);
            return rig.records.length === 1;
          });
          assertEquals(rig.records[0]!.code, "client.closed");
          assertEquals(rig.records[0]!.status, 0);
          await eventually("the end", () => rig.engine.connections[0]!.ended);
        },
      );
    });
  }
}

Deno.test("a client on unix that closes after it ended its side of a tunnel ends both sides", async () => {
  const path = await Deno.makeTempFile();
  await Deno.remove(path);
  await withRig(
    (c) => c.write(SWITCH),
    {
      ...OPEN,
      heldClock: true,
      listeners: [{ kind: "unix", path, mode: 0o600, group: null }],
    },
    async (rig) => {
      const client = await rig.connect();
      await client.send(
        request(
          "POST",
          "/containers/a/attach",
          "",
          "Connection: Upgrade",
          "Upgrade: tcp",
        ),
      );
      await client.until("\r\n\r\n");
      await client.conn.closeWrite();
      client.close();
      await eventually("the end", () => {
        void rig.advance(1000);
        return rig.records.length === 1;
      });
    },
  );
});

Deno.test("pieces of a stream arrive as they are sent", async () => {
  await withRig(
    async (c) => {
      await c.write(CHUNKED);
      for (let i = 0; i < 3; i++) {
        await eventually("the turn", () => turn === i);
        await c.write(`4\r\nn=${i}\n\r\n`);
      }
      await c.write("0\r\n\r\n");
    },
    {},
    async (rig) => {
      const client = await rig.connect();
      await client.send(get("/events"));
      for (turn = 0; turn < 3;) {
        const piece = `n=${turn}\n`;
        assertStringIncludes(await client.until(piece), piece);
        turn++;
      }
      await client.until("0\r\n\r\n");
      await client.send(get("/events"));
      await eventually(
        "the next request",
        () => rig.engine.received().split("GET").length === 3,
      );
      assertEquals(rig.engine.connections.length, 1);
    },
  );
  assert(turn === 3);
});
let turn = 0;

for (
  const [what, head, answer] of [
    ["101", ["Connection: Upgrade", "Upgrade: tcp"], SWITCH],
    [
      "the legacy 200",
      [],
      "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n",
    ],
  ] as const
) {
  Deno.test(`an exec tunnel with ${what} carries bytes both ways, each end by itself`, async () => {
    await withRig(
      async (c, got) => {
        if (!got.includes("/exec/")) return;
        await eventually(
          "the body",
          () => c.received.endsWith('{"Tty":false}'),
        );
        await c.write(answer + "early ");
        await eventually(
          "stdin and its end",
          () => c.received.endsWith("stdin") && c.ended,
        );
        await c.write("late");
        c.conn.closeWrite();
      },
      OPEN,
      async (rig) => {
        const client = await rig.connect();
        await client.send(
          request(
            "POST",
            "/v1.41/exec/e1/start",
            '{"Tty":false}',
            "Content-Type: application/json",
            ...head,
          ),
        );
        await client.until("early ");
        await client.send("stdin");
        await client.conn.closeWrite();
        assertEquals(await client.rest(), answer + "early late");
        const sent = rig.engine.received();
        assertEquals(sent.includes("Upgrade: tcp"), what === "101");
        assertEquals(rig.records[0]?.operation, "exec.start");
        assertEquals(rig.records[0]?.bytesIn, '{"Tty":false}'.length + 5);
      },
    );
  });
}

Deno.test("standard input is held back until the engine has answered", async () => {
  const reads = watchReads();
  const attach = request(
    "POST",
    "/containers/a/attach?stream=1&stdin=1",
    "",
    "Connection: Upgrade",
    "Upgrade: tcp",
  ) + "eager";
  await withRig(
    async (c, head) => {
      if (!head.startsWith("POST")) return;
      await eventually(
        "the proxy has it",
        () => reads.bytes() === attach.length,
      );
      assert(!c.received.includes("eager"));
      await c.write(SWITCH);
      await eventually("stdin", () => c.received.endsWith("eager"));
      c.close();
    },
    { ...OPEN, acceptor: reads.acceptor },
    async (rig) => {
      const client = await rig.connect();
      await client.send(attach);
      await client.rest();
      assert(rig.engine.received().endsWith("eager"));
    },
  );
});

Deno.test("an exec body in chunks is sent with its length in one piece", async () => {
  await withRig(
    async (c) => {
      await c.write(ok("{}"));
    },
    OPEN,
    async (rig) => {
      const client = await rig.connect();
      await client.send(
        'POST /exec/e1/start HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n5\r\n":1} \r\n0\r\n\r\n',
      );
      await client.until("{}");
      assertStringIncludes(
        rig.engine.received(),
        'Content-Length: 8\r\n\r\n{"a":1} ',
      );
      assert(!rig.engine.received().includes("chunked"));
    },
  );
});

Deno.test("an error before a tunnel is a plain answer, and an attach error ends the connection", async () => {
  await withRig(
    (c, head) => {
      if (head.includes("/exec/")) {
        return c.write(
          ok("no").replace("200 OK", "404 Not Found"),
        );
      }
      return c.write(
        "HTTP/1.1 404 Not Found\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\nNo such container\r\n",
      )
        .then(() => c.close());
    },
    OPEN,
    async (rig) => {
      const client = await rig.connect();
      await client.send(
        request(
          "POST",
          "/exec/e1/start",
          "{}",
          "Content-Type: application/json",
          "Connection: Upgrade",
          "Upgrade: tcp",
        ),
      );
      await client.until("no");
      await client.send(
        request(
          "POST",
          "/containers/a/attach",
          "",
          "Connection: Upgrade",
          "Upgrade: tcp",
        ),
      );
      assertStringIncludes(await client.rest(), "No such container\r\n");
    },
  );
});

Deno.test("h2c is forwarded to the session alone, with exactly that value", async () => {
  await withRig((c) => c.write(ok("{}")), OPEN, async (rig) => {
    const client = await rig.connect();
    await client.send(request("POST", "/session", "", "Upgrade: h2c"));
    await client.until("{}");
    assertStringIncludes(
      rig.engine.received(),
      "Connection: Upgrade\r\nUpgrade: h2c\r\n",
    );
    const second = await rig.connect();
    await second.send(
      request("POST", "/session", "", "Connection: Upgrade", "Upgrade: tcp"),
    );
    await second.until("{}");
    assert(!rig.engine.connections[1]!.received.includes("Upgrade"));
  });
});

Deno.test("a reset in a tunnel ends both sides", async () => {
  await withRig(
    async (c, head) => {
      if (!head.startsWith("POST")) return;
      await c.write(SWITCH);
      for (;;) await c.write("x".repeat(65536));
    },
    OPEN,
    async (rig) => {
      const client = await rig.connect();
      await client.send(
        request(
          "POST",
          "/containers/a/attach",
          "",
          "Connection: Upgrade",
          "Upgrade: tcp",
        ),
      );
      await client.until("UPGRADED");
      client.close();
      await eventually("the end", () => rig.engine.connections[0]!.ended);
      await eventually("the record", () => rig.records.length === 1);
    },
  );
});

Deno.test("a slow reader slows the engine down", async () => {
  let sent = 0;
  await withRig(
    async (c) => {
      await c.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
      const block = new Uint8Array(65536);
      for (;;) {
        await c.write(block);
        sent += block.length;
      }
    },
    {},
    async (rig) => {
      const client = await rig.connect();
      await client.send(get("/containers/a/export"));
      let before = -1;
      while (before !== sent || sent === 0) {
        before = sent;
        // That a write does not go on has no event: time alone shows it.
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
      assert(sent < 50_000_000, `${sent} bytes left the engine`);
    },
  );
});

Deno.test("stopping lets an answer end and closes streams", async () => {
  let stopping = () => {};
  const begun = new Promise<void>((resolve) => stopping = resolve);
  await withRig(
    async (c, head) => {
      if (head.includes("/events")) return c.write(CHUNKED);
      await begun;
      await c.write(ok("[]"));
    },
    {},
    async (rig) => {
      const stream = await rig.connect();
      await stream.send(get("/events"));
      await stream.until("\r\n\r\n");
      const plain = await rig.connect();
      await plain.send(get("/containers/json"));
      await eventually(
        "the request",
        () => rig.engine.received().includes("/containers"),
      );
      const stopped = rig.server.stop();
      stopping();
      assertStringIncludes(await plain.rest(), "[]");
      await stream.rest();
      await stopped;
      await eventually("the records", () => rig.records.length === 2);
      assertEquals(rig.records.map(({ code }) => code).sort(), [
        "request.completed",
        "request.stopped",
      ]);
    },
  );
});

/**
 * What a client without rights, or one that goes away at a bad moment, must not
 * be able to do to others.
 */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { compile } from "../../lib/policy/compile.ts";
import { startServer } from "../../lib/proxy/server.ts";
import { turn } from "../support/held_clock.ts";
import {
  eventually,
  get,
  request,
  watchReads,
  withRig,
} from "../support/proxy.ts";

const OPEN = { grants: grants({ CONTAINERS: 1, IMAGES: 1, POST: 1, EXEC: 1 }) };
const LIST = get("/containers/json");
const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const ATTACH = request(
  "POST",
  "/containers/a/attach",
  "",
  "Connection: Upgrade",
  "Upgrade: tcp",
);

Deno.test({
  name: hasPython()
    ? "connections that are reset at once take nothing from idle ones"
    : "connections that are reset at once: python3 is missing, which can reset them",
  ignore: !hasPython(),
  fn: resetAtOnce,
});

async function resetAtOnce(): Promise<void> {
  await withRig((c) => c.write(ok("[]")), {}, async (rig) => {
    const idle = await rig.connect();
    await idle.send(LIST);
    await idle.until("[]");
    const python =
      "import socket,struct,sys\nfor _ in range(20):\n s=socket.socket();s.setsockopt(socket.SOL_SOCKET,socket.SO_LINGER,struct.pack('ii',1,0));s.connect(('127.0.0.1',int(sys.argv[1])));s.close()";
    const { success } = await new Deno.Command("python3", {
      args: ["-c", python, String(rig.port)],
    }).output();
    assert(success);
    await idle.send(LIST);
    await idle.until("[]", 2);
    assertEquals(idle.state(), "open");
    assertEquals(rig.messages, []);
  });
}

/** Whether there is a program here that can reset a connection; Deno cannot. */
function hasPython(): boolean {
  try {
    return new Deno.Command("python3", { args: ["--version"], stdout: "null" })
      .outputSync().success;
  } catch {
    return false;
  }
}

Deno.test("a head in single bytes, all at once, is read like any other", async () => {
  await withRig((c) => c.write(ok("[]")), {}, async (rig) => {
    const client = await rig.connect();
    for (const byte of LIST) await client.send(byte);
    assertStringIncludes(await client.until("[]"), "200 OK");
  });
});

Deno.test("output of a tunnel is delivered though the engine reads no more", async () => {
  const size = 4_000_000;
  await withRig(
    async (c, head) => {
      if (!head.startsWith("POST")) return;
      await c.write(
        "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n",
      );
      await c.write(new Uint8Array(size));
      c.close();
    },
    OPEN,
    async (rig) => {
      const client = await rig.connect();
      await client.send(ATTACH);
      let sending = true;
      const stdin = (async () => {
        while (sending) {
          await client.send("more ".repeat(1000));
          // Others' sockets get their turn beside this loop.
          await turn();
        }
      })().catch(() => {});
      const text = await client.rest(8000);
      sending = false;
      await stdin;
      const start = text.indexOf("\r\n\r\n") + 4;
      assertEquals(text.length - start, size);
    },
  );
});

Deno.test("clients that ended their side of a hung request are closed for others", async () => {
  const reads = watchReads();
  await withRig(
    (c, head) => head.includes("/hung/") ? undefined : c.write(ok("[]")),
    {
      limits: { maxConnections: 3 },
      acceptor: reads.acceptor,
    },
    async (rig) => {
      for (let i = 0; i < 3; i++) {
        const gone = await rig.connect();
        await gone.send(get("/containers/hung/json"));
        await eventually(
          "the request",
          () => rig.engine.connections.length === i + 1,
        );
        gone.close();
      }
      await eventually("their ends", () => reads.ended() === 3);
      const client = await rig.connect();
      await client.send(LIST);
      assertStringIncludes(await client.until("[]"), "200 OK");
    },
  );
});

Deno.test("an answer before the body has come ends both connections", async () => {
  await withRig(
    async (c) => {
      // Answers and never reads on: the body's tail stays in the sockets.
      await c.write(ok("early"));
    },
    OPEN,
    async (rig) => {
      const client = await rig.connect();
      await client.send(
        `POST /images/load HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n`,
      );
      await client.until("early");
      client.send("x".repeat(900_000)).catch(() => {});
      await client.rest(4000);
      await eventually("the end", () => rig.engine.connections[0]!.ended, 4000);
    },
  );
});

Deno.test("what waits behind a stream takes little memory, however small its pieces", async () => {
  const reads = watchReads();
  const options = { acceptor: reads.acceptor };
  await withRig((c) => c.write(CHUNKED), options, async (rig) => {
    const client = await rig.connect();
    await client.send(get("/events"));
    await client.until("\r\n\r\n");
    const begun = reads.bytes();
    const before = Deno.memoryUsage().external;
    (client.conn as Deno.TcpConn).setNoDelay(true);
    for (let i = 0; i < 4000; i++) await client.send("x");
    await eventually("all of it", () => reads.bytes() === begun + 4000);
    const grown = Deno.memoryUsage().external - before;
    assert(grown < 4_000_000, `${grown} bytes`);
  });
});

Deno.test("a client that does not read our answer loses its connection after a time", async () => {
  await withRig(
    (c) => c.write(ok("[]")),
    { limits: { headTimeout: 1000 } },
    async (rig) => {
      const client = await rig.connect();
      const refused = get("/images/json").repeat(1000);
      // Until nothing more is taken of it, and then until it is closed.
      await assertRejects(async () => {
        for (;;) await client.send(refused);
      });
    },
  );
});

Deno.test("an engine address that leads back to us is noticed", async () => {
  await withRig((c) => c.write(ok("[]")), {}, async (rig) => {
    assertEquals(await rig.server.isOwnEngine(), false);
  });
  const port = freePort();
  const own = await startServer({
    policy: compile(grants({})),
    engine: { kind: "tcp", host: "::ffff:127.0.0.1", port },
    listeners: [{ kind: "tcp", host: "127.0.0.1", port }],
    tls: null,
    limits: {
      headBytes: 65536,
      headerCount: 100,
      requestLineBytes: 16384,
      memory: null,
      heldBytes: 16 << 20,
      maxConnections: 10,
      enginePool: 64,
      headTimeout: 1000,
      idleTimeout: 1000,
      stopGrace: 10,
    },
    inside: false,
    dryRun: false,
    observe: () => {},
    denied: () => {},
    tell: () => {},
  });
  assertEquals(await own.isOwnEngine(), true);
  await own.stop();
});

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

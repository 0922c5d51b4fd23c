/**
 * TLS listeners, in front of a recording engine: who gets through a handshake,
 * and that what comes after it is as on a plain connection.
 */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { errorKind, type Listener } from "../../lib/host.ts";
import { listenTls } from "../../lib/listen/tls_listener.ts";
import { ListenError, openListener } from "../../lib/listen/listener.ts";
import {
  asAuthority,
  authority,
  HAS_OPENSSL,
  type Identity,
  inFolder,
  testWithCertificates as test,
} from "../support/certificates.ts";
import { type Handler, latin1, ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import {
  eventually,
  get,
  request,
  type Rig,
  type RigOptions,
  type TestClient,
  withRig,
} from "../support/proxy.ts";

const ca = HAS_OPENSSL ? await authority("the authority") : null!;
const server = HAS_OPENSSL
  ? await ca.issue({ names: "DNS.1 = localhost\nIP.1 = 127.0.0.1" })
  : null!;
const alice = HAS_OPENSSL ? await ca.issue({ subject: "/CN=alice" }) : null!;
const TLS = HAS_OPENSSL
  ? {
    certificate: server.certificate,
    key: server.key,
    authorities: ca.certificate,
  }
  : null!;

const LISTEN = { kind: "tls", host: "127.0.0.1", port: 0 } as const;
const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const SWITCH =
  "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
const ATTACH = request(
  "POST",
  "/containers/a/attach?stream=1",
  "",
  "Connection: Upgrade",
  "Upgrade: tcp",
);
const OPEN = grants({ CONTAINERS: 1, IMAGES: 1, POST: 1 });

/** Runs a test with a TLS listener, in front of that engine. */
function withTls(
  handler: Handler,
  run: (rig: Rig) => Promise<void>,
  options: RigOptions = {},
): Promise<void> {
  return withRig(
    handler,
    { grants: OPEN, listeners: [LISTEN], tls: TLS, ...options },
    run,
  );
}

/** Connects with a certificate, or with none, and ends the handshake. */
async function connect(
  rig: Rig,
  identity: Identity | null = alice,
  port = rig.port,
): Promise<TestClient> {
  const conn = await Deno.connectTls({
    hostname: "localhost",
    port,
    caCerts: [ca.certificate],
    ...identity === null
      ? {}
      : { cert: identity.certificate, key: identity.key },
  });
  await conn.handshake();
  return rig.adopt(conn);
}

/** The status of the answer to a request; null where there is none. */
async function statusOf(
  rig: Rig,
  identity: Identity,
  text: string,
): Promise<number | null> {
  const client = await connect(rig, identity);
  await client.send(text);
  const answer = await client.until("\r\n\r\n");
  client.close();
  const status = /^HTTP\/1\.1 ([0-9]{3})/.exec(answer)?.[1];
  return status === undefined ? null : Number(status);
}

// -------------------------------------------------------- who gets through

const POLICY = `
clients:
  alice: { from: { certificate: alice }, allow: [ container.list ] }
  bob: { from: { certificate: bob.example }, allow: [ container.restart ] }
  carl: { from: { certificate: "spiffe://x/carl" }, allow: "container.*" }
  dora: { from: { certificate: dora@example }, allow: system.ping }
  admin: { from: { certificate: admin }, allow: "*" }
`;

test("each name of a certificate gives its client the rights of that name", async () => {
  const { file } = policyFile(POLICY);
  await withTls((c) => c.write(ok("[]")), async (rig) => {
    const requests = [
      get("/containers/json"),
      request("POST", "/containers/a/restart", ""),
      get("/_ping"),
    ];
    for (
      const [options, name, statuses] of [
        [{ subject: "/CN=alice" }, "alice", [200, 403, 403]],
        [{ names: "DNS.1 = bob.example" }, "bob", [403, 200, 403]],
        [{ names: "URI.1 = spiffe://x/carl" }, "carl", [200, 200, 403]],
        [{ names: "email.1 = dora@example" }, "dora", [403, 403, 200]],
        // None of these is the name 'admin', whatever it looks like.
        [
          {
            subject: "/CN=mallory, CN=admin",
            names: "URI.1 = http://x/\\, DNS:admin",
          },
          "default",
          [403, 403, 403],
        ],
      ] as const
    ) {
      const identity = await ca.issue(options);
      rig.records.length = 0;
      for (const [i, text] of requests.entries()) {
        assertEquals(await statusOf(rig, identity, text), statuses[i]);
      }
      assertEquals(rig.records.map((record) => record.client), [
        name,
        name,
        name,
      ]);
    }
  }, { grants: { ...grants({}), defaultSwitches: false }, file });
});

test("a client's own TLS listener is its alone, and asks for its certificate", async () => {
  const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = probe.addr;
  probe.close();
  const { file, listeners } = policyFile(`
clients:
  alice:
    from: { certificate: alice }
    listen: tls://127.0.0.1:${port}
    allow: [ container.list ]
default: { allow: system.ping }
`);
  await withTls((c) => c.write(ok("[]")), async (rig) => {
    const list = get("/containers/json");
    assertEquals(await statusOf(rig, alice, list), 200);
    const bob = await ca.issue({ subject: "/CN=bob" });
    assertEquals(await statusOf(rig, bob, list), 403);
    assertEquals(rig.records.map(({ client }) => client), ["alice", "default"]);
  }, {
    grants: { ...grants({}), defaultSwitches: false },
    file,
    listeners: [...listeners, LISTEN],
  });
});

/** An authority of the same name, with another key. */
const impostor = HAS_OPENSSL ? await authority("the authority") : null!;
const subject = "/CN=alice";

for (
  const [what, identityOf] of [
    ["no certificate", () => Promise.resolve(null)],
    [
      "a certificate of another authority",
      async () => await (await authority("another")).issue({ subject }),
    ],
    [
      "a certificate of another authority of the same name",
      () => impostor.issue({ subject }),
    ],
    [
      "a certificate of version 1 that another authority of the same name signed",
      () => impostor.issue({ subject, first: true }),
    ],
    [
      "a certificate whose time is over",
      () => ca.issue({ subject, expired: true }),
    ],
    [
      "a certificate that is for servers alone",
      () => ca.issue({ subject, more: "extendedKeyUsage = serverAuth" }),
    ],
    [
      "a certificate that another client has signed",
      async () => {
        const bob = await ca.issue({ subject: "/CN=bob" });
        const { certificate, key } = await asAuthority(bob).issue({ subject });
        return { certificate: certificate + bob.certificate, key };
      },
    ],
  ] as readonly [string, () => Promise<Identity | null>][]
) {
  test(`a client with ${what} is refused within the handshake`, async () => {
    const identity = await identityOf();
    await withTls((c) => c.write(ok("[]")), async (rig) => {
      // TLS 1.3 has the client end its handshake before the server has looked.
      const client = await connect(rig, identity).catch(() => null);
      await client?.send(get("/containers/json")).catch(() => {});
      assertEquals(await client?.rest() ?? "", "");
      await eventually("the message", () => rig.messages.length > 0);
      assertStringIncludes(
        rig.messages[0]!,
        "the TLS handshake of 127.0.0.1 failed: ",
      );
      assertEquals(rig.records, []);
      assertEquals(rig.engine.connections.length, 0);
      // Others go on.
      const text = get("/containers/json");
      assertEquals(await statusOf(rig, alice, text), 200);
    });
  });
}

test("a connection without TLS, or that ends within the handshake, is refused", async () => {
  await withTls((c) => c.write(ok("[]")), async (rig) => {
    const plain = await rig.connect();
    await plain.send(get("/containers/json"));
    await plain.rest();
    const gone = await rig.connect();
    gone.close();
    await eventually("two messages", () => rig.messages.length === 2);
    for (const message of rig.messages) {
      assertStringIncludes(
        message,
        "the TLS handshake of 127.0.0.1 failed: ",
      );
    }
    assertEquals(rig.engine.connections.length, 0);
  });
});

test("stalled handshakes do not keep others out; the oldest are closed", async () => {
  await withTls((c) => c.write(ok("[]")), async (rig) => {
    const [first] = await Promise.all(
      Array.from({ length: 300 }, () => rig.connect()),
    );
    const text = get("/containers/json");
    assertEquals(await statusOf(rig, alice, text), 200);
    assertEquals(await first!.rest(), "");
    await eventually("the messages", () => rig.messages.length === 45);
    assertEquals(
      new Set(rig.messages),
      new Set([
        "the TLS handshake of 127.0.0.1 failed: too many handshakes at once",
      ]),
    );
  });
});

test("a handshake that is not done in ten seconds is broken off", async () => {
  await withTls((c) => c.write(ok("[]")), async (rig) => {
    const stalled = await rig.connect();
    // The first bytes of a record that never ends.
    await stalled.send("\x16\x03\x01\x40\x00\x01");
    assertEquals(await stalled.rest(20_000), "");
    assertEquals(rig.messages, [
      "the TLS handshake of 127.0.0.1 failed: not done within 10 s",
    ]);
  });
});

test("stopping ends handshakes under way", async () => {
  await withTls((c) => c.write(ok("[]")), async (rig) => {
    const stalled = await rig.connect();
    const served = await connect(rig);
    await served.send(get("/containers/json"));
    await served.until("[]");
    await rig.server.stop();
    assertEquals(await stalled.rest(), "");
  });
});

test("a TLS listener that cannot be opened says so with its address", async () => {
  const failed = () => {};
  const options = { material: TLS, failed };
  const open = await openListener(LISTEN, options);
  const error = await assertRejects(
    () => openListener(open.address, options),
    ListenError,
  );
  const { port } = open.address as typeof LISTEN;
  assertEquals(
    error.message,
    `cannot listen on tls://127.0.0.1:${port}: the address is in use; stop the other program or choose another address with --listen`,
  );
  await open.close();
});

// ------------------------------------------------- as on a plain connection

/** Bytes that differ from place to place. */
function pattern(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  const words = new Uint32Array(bytes.buffer);
  for (let i = 0; i < words.length; i++) words[i] = i * 2654435761;
  return bytes;
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return latin1(new Uint8Array(hash));
}

const LARGE = 8 * 1024 * 1024;

test("a large answer arrives as it was sent, and the connection goes on", async () => {
  const head = `HTTP/1.1 200 OK\r\nContent-Length: ${LARGE}\r\n\r\n`;
  const body = pattern(LARGE);
  await withTls(async (c, asked) => {
    if (!asked.includes("/export")) return await c.write(ok("[]"));
    await c.write(head);
    await c.write(body);
  }, async (rig) => {
    const client = await connect(rig);
    await client.send(get("/containers/a/export"));
    const got = new Uint8Array(head.length + LARGE);
    for (let at = 0; at < got.length;) {
      at += await client.conn.read(got.subarray(at)) ?? Infinity;
    }
    assertEquals(latin1(got.subarray(0, head.length)), head);
    assertEquals(await digest(got.slice(head.length)), await digest(body));
    await client.send(get("/containers/json"));
    assertStringIncludes(await client.until("[]"), "200 OK");
  });
});

test("a large request arrives as it was sent", async () => {
  const body = pattern(LARGE);
  await withTls(async (c) => {
    await eventually(
      "the body",
      () => c.received.length - c.received.indexOf("\r\n\r\n") - 4 === LARGE,
      30_000,
    );
    await c.write(ok("[]"));
  }, async (rig) => {
    const client = await connect(rig);
    await client.send(
      `POST /images/load HTTP/1.1\r\nHost: a\r\nContent-Length: ${LARGE}\r\n\r\n`,
    );
    await client.send(body);
    assertStringIncludes(await client.until("[]", 1, 30_000), "200 OK");
    const { received } = rig.engine.connections[0]!;
    const got = Uint8Array.from(
      received.slice(received.indexOf("\r\n\r\n") + 4),
      (c) => c.charCodeAt(0),
    );
    assertEquals(await digest(got), await digest(body));
  });
});

test("a client that does not read stops the engine from writing, until it does", async () => {
  const total = 256 * 1024 * 1024;
  let written = 0;
  await withTls(async (c) => {
    await c.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
    const piece = new Uint8Array(65536);
    for (; written < total; written += piece.length) await c.write(piece);
  }, async (rig) => {
    const client = await connect(rig);
    await client.send(get("/containers/a/export"));
    // That a write does not go on has no event: time alone shows it.
    for (let before = -1; before !== written || written === 0;) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    assert(written > 0 && written < total / 4, `${written} bytes`);
    const buffer = new Uint8Array(1024 * 1024);
    let got = 0;
    while (got < total) got += await client.conn.read(buffer) ?? Infinity;
    assertEquals(written, total);
  });
});

test("a client that is not read is stopped from writing, until it is", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const secured = await listenTls(listener, TLS, () => {});
  const accepted = secured.accept();
  const client = await Deno.connectTls({
    hostname: "localhost",
    port: listener.addr.port,
    caCerts: [ca.certificate],
    cert: alice.certificate,
    key: alice.key,
  });
  const total = 64 * 1024 * 1024;
  let written = 0;
  const writing = (async () => {
    const piece = new Uint8Array(65536);
    while (written < total) written += await client.write(piece);
    await client.closeWrite();
  })();
  const conn = await accepted;
  // A read under way, and then none: that a write does not go on has no event.
  let got = await conn.read(new Uint8Array(1)) ?? 0;
  for (let before = -1; before !== written || written === 0;) {
    before = written;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  assert(written > 0 && written < total / 2, `${written} bytes`);
  const buffer = new Uint8Array(1024 * 1024);
  for (;;) {
    const size = await conn.read(buffer);
    if (size === null) break;
    got += size;
  }
  assertEquals(got, total);
  await writing;
  conn.close();
  client.close();
  secured.close();
});

test("a client that ends its side of a tunnel is still written to", async () => {
  await withTls(async (c) => {
    await c.write(SWITCH);
    await eventually("the end", () => c.ended);
    await c.write("after your end");
    c.close();
  }, async (rig) => {
    const client = await connect(rig);
    await client.send(ATTACH);
    await client.until("\r\n\r\n");
    await client.send("my last words");
    await client.conn.closeWrite();
    assertStringIncludes(await client.rest(), "after your end");
    assertStringIncludes(rig.engine.received(), "my last words");
    await eventually("the record", () => rig.records.length === 1);
    assertEquals(rig.records[0]!.code, "request.completed");
  });
});

test("an engine that ends its side of a tunnel is still written to", async () => {
  await withTls(async (c) => {
    await c.write(SWITCH);
    await c.write("my last words");
    await c.conn.closeWrite();
  }, async (rig) => {
    const client = await connect(rig);
    await client.send(ATTACH);
    const seen = await client.rest();
    assertStringIncludes(seen, "my last words");
    await client.send("after your end");
    const engine = rig.engine.connections[0]!;
    await eventually(
      "the bytes",
      () => engine.received.includes("after your"),
    );
    client.close();
    await eventually("the end", () => engine.ended);
  });
});

test("a client that closes during a stream ends the engine's side", async () => {
  await withTls((c) => c.write(CHUNKED), async (rig) => {
    const client = await connect(rig);
    await client.send(get("/events"));
    await client.until("\r\n\r\n");
    client.close();
    await eventually("the end", () => rig.engine.connections[0]!.ended);
    await eventually("the record", () => rig.records.length === 1);
    assertEquals(rig.records[0]!.code, "client.closed");
  });
});

test("an answer that the engine cuts does not end in order for the client", async () => {
  await withTls(async (c) => {
    await c.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    c.close();
  }, async (rig) => {
    const client = await connect(rig);
    await client.send(get("/containers/json"));
    await client.until("half");
    const buffer = new Uint8Array(100);
    await assertRejects(
      () => client.conn.read(buffer),
      Deno.errors.UnexpectedEof,
    );
  });
});

/** A TCP relay to a port, whose client's end can be cut off without TLS's own. */
async function withRelay(
  port: number,
  run: (port: number, cut: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const conns: Deno.Conn[] = [];
  const carry = async (from: Deno.Conn, to: Deno.Conn) => {
    const buffer = new Uint8Array(65536);
    for (;;) {
      const size = await from.read(buffer);
      if (size === null) return;
      for (let at = 0; at < size;) {
        at += await to.write(buffer.subarray(at, size));
      }
    }
  };
  listener.accept().then(async (client) => {
    const server = await Deno.connect({ hostname: "127.0.0.1", port });
    conns.push(client, server);
    carry(client, server).catch(() => {});
    carry(server, client).catch(() => {}).then(() => client.closeWrite())
      .catch(() => {});
  }).catch(() => {});
  try {
    await run(listener.addr.port, () => conns[1]!.closeWrite());
  } finally {
    listener.close();
    for (const conn of conns) {
      try {
        conn.close();
      } catch {
        // Closed already.
      }
    }
  }
}

test("an end of TCP without TLS's own breaks a tunnel, since anyone could have sent it", async () => {
  await withTls(async (c) => {
    await c.write(SWITCH);
    await eventually("the end", () => c.ended);
    // Had the end been passed on as the client's, this would arrive.
    for (let i = 0; i < 100; i++) {
      await c.write("after your end");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }, async (rig) => {
    await withRelay(rig.port, async (port, cut) => {
      const client = await connect(rig, alice, port);
      await client.send(ATTACH);
      await client.until("\r\n\r\n");
      await client.send("half of a scri");
      const engine = rig.engine.connections[0]!;
      await eventually("the bytes", () => engine.received.includes("scri"));
      await cut();
      assert(!(await client.rest()).includes("after your end"));
      await eventually("the end", () => engine.ended);
    });
  });
});

test("every error of the connection has a class that errorKind() knows", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const reset = Promise.withResolvers<never>();
  const breakable: Listener = {
    addr: listener.addr,
    close: () => listener.close(),
    async accept() {
      const conn = await listener.accept();
      return {
        remoteAddr: conn.remoteAddr,
        localAddr: conn.localAddr,
        read: (into) => Promise.race([conn.read(into), reset.promise]),
        write: (bytes) => conn.write(bytes),
        closeWrite: () => conn.closeWrite(),
        close: () => conn.close(),
      };
    },
  };
  const secured = await listenTls(breakable, TLS, () => {});
  const open = async (port: number) => {
    const accepted = secured.accept();
    const client = await Deno.connectTls({
      hostname: "localhost",
      port,
      caCerts: [ca.certificate],
      cert: alice.certificate,
      key: alice.key,
    });
    return { client, conn: await accepted };
  };
  const kindOf = (promise: Promise<unknown>) =>
    promise.then(() => "none", errorKind);
  const buffer = new Uint8Array(100);

  const closed = await open(port);
  const pending = kindOf(closed.conn.read(buffer));
  closed.conn.close();
  closed.conn.close();
  assertEquals(await pending, "BadResource");
  assertEquals(await kindOf(closed.conn.read(buffer)), "BadResource");
  assertEquals(await kindOf(closed.conn.write(buffer)), "BadResource");
  assertEquals(await kindOf(closed.conn.closeWrite()), "BadResource");
  closed.client.close();

  await withRelay(port, async (port, cut) => {
    const { client, conn } = await open(port);
    await cut();
    assertEquals(await kindOf(conn.read(buffer)), "ConnectionReset");
    assertEquals(await kindOf(conn.write(buffer)), "ConnectionReset");
    client.close();
  });

  const ended = await open(port);
  await ended.client.closeWrite();
  assertEquals(await ended.conn.read(buffer), null);
  assertEquals(await ended.conn.read(buffer), null);
  assertEquals(await ended.conn.write(buffer), 100);
  await ended.conn.closeWrite();
  await ended.conn.closeWrite();
  ended.conn.close();
  assertEquals(await ended.client.read(new Uint8Array(200)), 100);
  assertEquals(await ended.client.read(buffer), null);
  ended.client.close();

  const broken = await open(port);
  const unread = kindOf(broken.conn.read(buffer));
  reset.reject(new Deno.errors.ConnectionReset("reset"));
  assertEquals(await unread, "ConnectionReset");
  broken.client.close();

  const last = kindOf(secured.accept());
  secured.close();
  assertEquals(await last, "BadResource");
});

// ------------------------------------------------------------- known clients

const HAS_DOCKER = await new Deno.Command("docker", {
  args: ["--version"],
  stdout: "null",
  stderr: "null",
}).output().then(({ success }) => success, () => false);

const dockerTest = HAS_DOCKER
  ? test
  : (name: string, fn: () => Promise<void>) =>
    Deno.test({
      name: `${name}: the docker command is missing`,
      ignore: true,
      fn,
    });

dockerTest(
  "the docker command connects with --tlsverify, and without a certificate it does not",
  async () => {
    await withTls(async (c, head) => {
      const body = head.includes("/containers/json") ? "[]" : "";
      await c.write(ok(body, "Api-Version: 1.41\r\n"));
    }, async (rig) => {
      await inFolder(async (folder) => {
        const docker = async () => {
          const { code, stderr } = await new Deno.Command("docker", {
            args: ["--tlsverify", "-H", `tcp://127.0.0.1:${rig.port}`, "ps"],
            env: { DOCKER_CERT_PATH: folder },
            stdout: "null",
            stderr: "piped",
          }).output();
          return { code, stderr: new TextDecoder().decode(stderr) };
        };
        Deno.writeTextFileSync(`${folder}/ca.pem`, ca.certificate);
        assert((await docker()).code !== 0);
        assertEquals(rig.records, []);
        Deno.writeTextFileSync(`${folder}/cert.pem`, alice.certificate);
        Deno.writeTextFileSync(`${folder}/key.pem`, alice.key);
        assertEquals(await docker(), { code: 0, stderr: "" });
        assertEquals(rig.records.at(-1)!.operation, "container.list");
      });
    });
  },
);

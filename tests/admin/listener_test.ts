/**
 * The admin listener, byte by byte.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { MAX_CONNECTIONS } from "../../lib/admin/listener.ts";
import { type Cidr, parseCidr } from "../../lib/net/cidr.ts";
import { type AdminRig, withAdmin } from "../support/admin.ts";
import { ATTACKS } from "../support/attacks.ts";
import { ok } from "../support/engine.ts";

const engine = (connection: { write(text: string): Promise<void> }) =>
  connection.write(ok('{"Version":"28.1.1","ApiVersion":"1.49"}'));

const HEALTH = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

/** Requests that the Docker listener refuses for what is in them; here their path or their method is refused. */
const ELSEWHERE: Readonly<Record<string, number>> = {
  "gRPC": 404,
  "a form": 404,
};

async function withListener(
  run: (rig: AdminRig) => Promise<void>,
): Promise<void> {
  await withAdmin(engine, {}, run);
}

for (const [what, bytes, status] of ATTACKS) {
  Deno.test(`${what}: the admin listener answers once, and what follows is never read`, async () => {
    await withListener(async (rig) => {
      const client = await rig.raw();
      await client.send(bytes);
      const first = await client.until("\r\n\r\n");
      assertMatch(
        first,
        new RegExp(`^HTTP/1\\.1 ${ELSEWHERE[what] ?? status} `),
      );
      if (what in ELSEWHERE) return client.close();
      const all = await client.rest();
      assertEquals(all.split("HTTP/1.1 ").length, 2, all);
      assertEquals(rig.engine.received(), "");
    });
  });
}

Deno.test("paths that could be read in two ways are no paths", async () => {
  await withListener(async (rig) => {
    for (
      const target of [
        "//healthz",
        "/./healthz",
        "/x/../healthz",
        "/%68ealthz",
        "/healthz%00",
        "/%2e/healthz",
        "/healthz%2f",
        "/api//v1/state",
        "/api/v1/state/",
        "/api/v1/state;x",
        "*",
        "healthz",
        "http://localhost/healthz",
      ]
    ) {
      const client = await rig.raw();
      await client.send(
        `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      );
      assertMatch(await client.rest(), /^HTTP\/1\.1 4(?:00|04) /, target);
    }
  });
});

Deno.test("pipelined requests are answered in order", async () => {
  await withListener(async (rig) => {
    const client = await rig.raw();
    await client.send(
      HEALTH.repeat(50) +
        "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n" + HEALTH +
        "GET /healthz HTTP/1.0\r\n\r\n",
    );
    const all = await client.rest();
    const statuses = [...all.matchAll(/HTTP\/1\.1 ([0-9]+)/g)].map(([, one]) =>
      one
    );
    // HTTP/1.0 has no Host here.
    assertEquals(statuses, [
      ...new Array(50).fill("200"),
      "404",
      "200",
      "421",
    ]);
  });
});

Deno.test("a body is not read, and nothing of it is a request", async () => {
  await withListener(async (rig) => {
    for (
      const [method, status] of [["GET", 400], ["HEAD", 400], ["POST", 405]]
    ) {
      const client = await rig.raw();
      await client.send(
        `${method} /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${HEALTH.length}\r\n\r\n${HEALTH}`,
      );
      const all = await client.rest();
      assertMatch(all, new RegExp(`^HTTP/1\\.1 ${status} `));
      assertEquals(all.split("HTTP/1.1 ").length, 2, all);
    }
  });
});

Deno.test("HEAD is answered without a body, with its length", async () => {
  await withListener(async (rig) => {
    const client = await rig.raw();
    await client.send(
      "HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" +
        "HEAD /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n",
    );
    const all = await client.rest();
    assertMatch(all, /^HTTP\/1\.1 200 OK\r\n(?:.+\r\n)*Content-Length: 3\r\n/);
    assert(!all.includes("ok\n"), all);
    assert(all.endsWith("\r\n\r\n"), all);
  });
});

Deno.test("an Authorization of a megabyte is refused before it is read", async () => {
  await withAdmin(
    engine,
    { admission: { token: "a-token-that-is-long-enough" } },
    async (rig) => {
      const client = await rig.raw();
      const all = client.rest();
      // It is closed before all of it is written.
      await client.send(
        `GET /metrics HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${
          "a".repeat(1 << 20)
        }\r\n\r\n`,
      ).catch(() => {});
      const answer = await all.catch(() => client.seen());
      assertMatch(answer, /^HTTP\/1\.1 431 /);
      assert(!answer.includes("--max-head-bytes"), answer);
      assertEquals((await rig.get("/healthz")).status, 200);
    },
  );
});

Deno.test("without the token nothing is told, also not whether a path is there", async () => {
  const token = "a-token-that-is-long-enough";
  await withAdmin(engine, { admission: { token } }, async ({ get }) => {
    const bodies = await Promise.all(
      ["/metrics", "/nothing", "/api/v1/events"].map(async (path) => {
        const answer = await get(path);
        assertEquals(answer.status, 401);
        assertEquals(answer.headers.get("www-authenticate"), "Bearer");
        return await answer.text();
      }),
    );
    assertEquals(new Set(bodies).size, 1);
    const given = { authorization: `Bearer ${token}` };
    assertMatch(await (await get("/metrics", given)).text(), /sockwarden_/);
  });
});

Deno.test("an address that may not connect is told so, and served nothing", async () => {
  const allow = [parseCidr("10.0.0.0/8") as Cidr];
  await withAdmin(engine, { admission: { allow } }, async (rig) => {
    const client = await rig.raw();
    assertMatch(await client.rest(), /^HTTP\/1\.1 403 /);
  });
});

Deno.test("idle connections give way to new ones, and readers of events do not", async () => {
  await withListener(async (rig) => {
    const reader = await rig.raw();
    await reader.send(
      "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n",
    );
    await reader.until("event: state");
    const idle = [];
    for (let i = 0; i < 5 * MAX_CONNECTIONS; i++) idle.push(await rig.raw());
    const client = await rig.raw();
    await client.send(HEALTH);
    await client.until("ok\n");
    await reader.until("event: state", 2);
    assertEquals(reader.state(), "open");
    for (const one of [...idle, client, reader]) one.close();
  });
});

Deno.test("a head that comes byte by byte has no more time than any other", async () => {
  await withAdmin(engine, { heldClock: true }, async (rig) => {
    const client = await rig.raw();
    client.follow();
    for (let second = 0; second < 5; second++) {
      await client.send("GET /healthz HTTP/1.1\r\n"[second]!);
      await rig.advance(1000);
    }
    assertEquals(client.state(), "open");
    await client.send("l");
    await rig.advance(2000);
    assertEquals(client.state(), "ended");
  });
});

Deno.test("a head that does not come in time ends the connection", async () => {
  await withAdmin(engine, { heldClock: true }, async (rig) => {
    const client = await rig.raw();
    await client.send("GET /healthz HTTP/1.1\r\n");
    client.follow();
    await rig.advance(4000);
    assertEquals(client.state(), "open");
    await rig.advance(3000);
    assertEquals(client.state(), "ended");
    assertEquals(client.seen(), "");
  });
});

Deno.test("on a unix socket it has its mode, and goes with the program", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/admin.sock`;
  const address = { kind: "unix", path, mode: 0o600, group: null } as const;
  await withAdmin(
    engine,
    { address, admission: { host: null } },
    async (rig) => {
      assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
      const client = rig.adopt(
        await Deno.connect({ transport: "unix", path }) as Deno.Conn,
      );
      await client.send(
        "GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n",
      );
      await client.until("ok\n");
      client.close();
    },
  );
  assertEquals([...Deno.readDirSync(folder)], []);
  await Deno.remove(folder);
});

Deno.test("the Docker listener answers nothing of the admin listener", async () => {
  await withListener(async (rig) => {
    for (const path of ["/metrics", "/api/v1/state", "/healthz", "/"]) {
      const client = await rig.connect();
      await client.send(
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      );
      assertMatch(await client.rest(), /^HTTP\/1\.1 4/, path);
    }
  });
});

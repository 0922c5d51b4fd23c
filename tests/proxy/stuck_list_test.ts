/**
 * An engine that does not list its containers while the rest of it works, as
 * dockerd does with one stuck container: only a request that rests on the
 * containers waits for it.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { EngineConnection, Handler } from "../support/engine.ts";
import { ok } from "../support/engine.ts";
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

const STOP = request("POST", "/containers/web/stop", "");
const RENAME = request("POST", "/containers/web/rename?name=app", "");
const WRITER = grants({ CONTAINERS: 1, POST: 1, INFO: 1 });

/** Our own requests for the list, apart from those that are relayed. */
function isOurs(head: string): boolean {
  return head.startsWith("GET /containers/json ") &&
    head.includes("Connection: close");
}

/** An engine that does with our own requests for the list as the test says. */
function engineWith(
  list: (connection: EngineConnection) => Promise<void>,
): Handler {
  return async (connection, head) => {
    if (isOurs(head)) await list(connection);
    else await connection.write(ok("[]"));
  };
}

const hangs = () => Promise.resolve();

/** Runs a test with a rig in a container that only the list can tell. */
async function inContainer(
  engine: Handler,
  options: RigOptions,
  run: (rig: Rig) => Promise<void>,
): Promise<void> {
  const { readTextFileSync } = Deno;
  Object.assign(Deno, { readTextFileSync: () => "proxy\n" });
  try {
    await withRig(engine, { grants: WRITER, inside: true, ...options }, run);
  } finally {
    Object.assign(Deno, { readTextFileSync });
  }
}

async function answerTo(rig: Rig, bytes: string): Promise<string> {
  const client = await rig.connect();
  await client.send(bytes);
  return await client.until("\r\n\r\n");
}

Deno.test("requests that cannot touch our own container pass while the list hangs, and ask for no list", async () => {
  await inContainer(engineWith(hangs), {}, async (rig) => {
    for (
      const bytes of [
        get("/_ping"),
        get("/containers/json"),
        get("/containers/web/json"),
        get("/info"),
        request("POST", "/containers/create", '{"Image":"a"}'),
      ]
    ) assertStringIncludes(await answerTo(rig, bytes), "200 OK", bytes);
    assert(!rig.engine.received().includes("Connection: close"));
  });
});

for (const bytes of [STOP, RENAME]) {
  const [, , operation] = bytes.split(/[ ?]/)[1]!.split("/").slice(1);
  Deno.test(`${operation} waits for our own container, within a limit, and its failure names the cause`, async () => {
    await inContainer(engineWith(hangs), { heldClock: true }, async (rig) => {
      const client = await rig.connect();
      await client.send(bytes);
      await eventually(
        "the list is asked for",
        () => rig.engine.received().includes("Connection: close"),
      );
      assertEquals(rig.records, []);
      await rig.advance(5000);
      const answer = await client.until("}\n");
      assertStringIncludes(answer, "HTTP/1.1 502 ");
      assertStringIncludes(
        answer,
        `sockwarden: container.${operation} (POST /containers/web/${operation}) may touch sockwarden's own container, which is not known yet: cannot find out which container sockwarden runs in: the engine did not answer GET /containers/json within 5 s`,
      );
      assertEquals(rig.records[0]!.code, "engine.own_unknown");
      // The connection goes on.
      await client.send(get("/_ping"));
      assertStringIncludes(await client.until("[]"), "200 OK");
      assert(!rig.engine.received().includes("POST "));
    });
  });
}

for (
  const [what, answer, reason] of [
    ["is not JSON", ok("<html>"), "is not valid JSON"],
    ["is not a list", ok("{}"), "is not a list"],
    [
      "is an error",
      ok("{}").replace("200 OK", "500 x"),
      "answered GET /containers/json with status 500",
    ],
  ] as const
) {
  Deno.test(`a list that ${what} leaves our own container unknown, refuses what may touch it, and is asked for again`, async () => {
    let listed = answer as string;
    const engine = engineWith((connection) => connection.write(listed));
    await inContainer(engine, {}, async (rig) => {
      await rig.server.prepare();
      assertStringIncludes(await answerTo(rig, get("/_ping")), "200 OK");
      const client = await rig.connect();
      await client.send(STOP);
      assertStringIncludes(await client.until("}\n"), reason);
      listed = ok("[]");
      // Found or not, it is looked for no more.
      await client.send(STOP);
      assertStringIncludes(await client.until("200 OK"), "200 OK");
      assertStringIncludes(
        rig.messages.join(),
        "does not know the container that sockwarden runs in",
      );
    });
  });
}

Deno.test("a request that waits for our own container is judged once it is found", async () => {
  const id = "a".repeat(64);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const engine: Handler = async (connection, head) => {
    if (head.startsWith("GET /containers/aaaaaaaaaaaa/json ")) {
      await released;
      await connection.write(ok(JSON.stringify({
        Id: id,
        Name: "/web",
        Config: { Hostname: "aaaaaaaaaaaa" },
      })));
    } else await connection.write(ok("[]"));
  };
  const { readTextFileSync } = Deno;
  Object.assign(Deno, { readTextFileSync: () => "aaaaaaaaaaaa\n" });
  try {
    await withRig(
      engine,
      { grants: WRITER, inside: true },
      async (rig) => {
        const client = await rig.connect();
        // The client is known before our own container is.
        await client.send(get("/_ping"));
        await client.until("[]");
        await client.send(STOP + get("/_ping"));
        client.follow();
        await eventually(
          "our own container is looked for",
          () => rig.engine.received().includes("Connection: close"),
        );
        release();
        assertStringIncludes(await client.until("own container"), "403");
        await eventually("the next", () => client.seen().endsWith("[]"));
        assert(!rig.engine.received().includes("POST "));
      },
    );
  } finally {
    Object.assign(Deno, { readTextFileSync });
  }
});

Deno.test("clients by listener and address do not wait for the containers, others do", async () => {
  const text = (order: string[]) =>
    `clients:\n${
      order.map((one) => `  ${one}, allow: [ container.list, system.ping ] }\n`)
        .join("")
    }`;
  const lan = "lan: { from: { cidr: 127.0.0.0/8 }";
  const web = "web: { from: { container: web }";
  const run = (order: string[], test: (rig: Rig) => Promise<void>) => {
    const { file } = policyFile(text(order));
    return inContainer(
      engineWith(hangs),
      { file, grants: grants({}), heldClock: true },
      test,
    );
  };
  await run([lan, web], async (rig) => {
    assertStringIncludes(await answerTo(rig, get("/_ping")), "200 OK");
    assertEquals(rig.records[0]!.client, "lan");
  });
  await run([web, lan], async (rig) => {
    const client = await rig.connect();
    await client.send(get("/_ping"));
    await eventually(
      "the list is asked for",
      () => rig.engine.received().includes("Connection: close"),
    );
    await rig.advance(5000);
    const answer = await client.rest();
    assertStringIncludes(answer, "HTTP/1.1 502 ");
    assertStringIncludes(
      answer,
      "cannot identify this client: cannot find out which container sockwarden runs in: the engine did not answer GET /containers/json within 5 s",
    );
  });
});

/**
 * What is seen of requests that are under way, and how long they were with us.
 */

import { assert, assertEquals } from "@std/assert";
import type { Handler } from "../support/engine.ts";
import { ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { turn } from "../support/held_clock.ts";
import { type Rig, withRig } from "../support/proxy.ts";

const engine: Handler = (connection, head) => {
  if (head.includes("/attach")) {
    return connection.write(
      "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhi",
    );
  }
  if (head.includes("/logs")) {
    return connection.write(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
    );
  }
  // A wait and a load are answered when their time has come.
  if (head.includes("/wait") || head.includes("/load")) return;
  return connection.write(ok("[]"));
};

const ALL = grants({ CONTAINERS: 1, POST: 1, IMAGES: 1 });

/** Sends a request, and waits until the engine has got it. */
async function ask(rig: Rig, text: string, has: string) {
  const client = await rig.connect();
  await client.send(text);
  while (!rig.engine.received().includes(has)) {
    await turn();
  }
  return client;
}

Deno.test("streams, tunnels, uploads and waits are open; a plain request is not", async () => {
  await withRig(engine, { grants: ALL }, async (rig) => {
    const clients = [
      await ask(
        rig,
        "GET /containers/a/logs?follow=1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "/logs",
      ),
      await ask(
        rig,
        "POST /containers/a/attach?stream=1 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n",
        "/attach",
      ),
      await ask(
        rig,
        "POST /containers/a/wait HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        "/wait",
      ),
      await ask(
        rig,
        "POST /images/load HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc",
        "abc",
      ),
      await ask(
        rig,
        "GET /containers/json HTTP/1.1\r\nHost: a\r\n\r\n",
        "/containers/json",
      ),
    ];
    await clients[0]!.until("hi");
    await clients[1]!.until("hi");
    await clients[1]!.send("typed");
    await clients[4]!.until("[]");
    while (!rig.engine.received().includes("typed")) {
      await turn();
    }
    const open = rig.server.underWay();
    assertEquals(open.map(({ kind, operation }) => [kind, operation]), [
      ["stream", "container.logs"],
      ["tunnel", "container.attach"],
      ["wait", "container.wait"],
      ["upload", "image.load"],
    ]);
    const ids = open.map(({ id }) => id);
    assertEquals(ids, ids.toSorted((one, other) => one - other));
    assertEquals(new Set(ids).size, 4);
    assertEquals(open[1]!.bytesIn, 5);
    assert(open[0]!.bytesOut > 0 && open[1]!.bytesOut > 0);
    assertEquals(open[3]!.bytesIn, 3);
    assert(open.every(({ ageMs, remote }) => ageMs >= 0 && remote !== ""));
    assertEquals(rig.server.connections(), 5);
    for (const client of clients) client.close();
  });
});

Deno.test("each request tells how long it was with us, whoever answered it", async () => {
  await withRig(engine, { grants: ALL }, async (rig) => {
    const client = await rig.connect();
    await client.send("GET /containers/json HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.until("[]");
    await client.send("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.until("no operation");
    await client.send("NONSENSE\r\n\r\n");
    await client.rest();
    assertEquals(rig.records.length, 3);
    for (const { ownMs, engineMs } of rig.records) {
      assert(Number.isFinite(ownMs) && ownMs >= 0, `${ownMs}`);
      // The engine's time is counted from the same moment.
      assert(engineMs === null || engineMs >= ownMs);
    }
  });
});

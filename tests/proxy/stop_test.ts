/** What becomes of each connection when the program stops. */

import { assertEquals, assertRejects } from "@std/assert";
import { ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import {
  eventually,
  get,
  request,
  type RigOptions,
  withRig,
} from "../support/proxy.ts";

const LIST = get("/containers/json");
const GRACE_MS = 500;
const HELD: RigOptions = { heldClock: true, limits: { stopGrace: GRACE_MS } };

Deno.test("stopping closes idle connections and listeners at once", async () => {
  await withRig((c) => c.write(ok("[]")), HELD, async (rig) => {
    const used = await rig.connect();
    await used.send(LIST);
    await used.until("[]");
    const stopped = rig.server.stop();
    // No time passes.
    await used.rest();
    assertEquals(used.seen(), ok("[]"));
    await rig.advance(20);
    await stopped;
    await assertRejects(
      () => rig.connect(),
      Deno.errors.ConnectionRefused,
    );
  });
});

Deno.test("stopping gives a request the grace time: it is answered in full, and nothing comes after it", async () => {
  let answer = () => {};
  const held = new Promise<void>((resolve) => answer = resolve);
  await withRig(
    async (c) => {
      await held;
      await c.write(ok("[]"));
    },
    HELD,
    async (rig) => {
      const client = await rig.connect();
      await client.send(LIST + get("/_ping"));
      await eventually("the request", () => rig.engine.received() !== "");
      const stopped = rig.server.stop();
      await rig.advance(GRACE_MS - 20);
      assertEquals(rig.records, []);
      answer();
      assertEquals(
        await client.rest(),
        ok("[]").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"),
      );
      client.close();
      await rig.advance(20);
      await stopped;
      assertEquals(rig.records.map(({ code }) => code), ["request.completed"]);
      assertEquals(rig.engine.received().split("GET").length, 2);
    },
  );
});

const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const RAW = "HTTP/1.1 200 OK\r\n\r\n";
const UPGRADED =
  "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";

const post = (target: string) =>
  `POST ${target} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n`;

/** What is asked, how the engine begins to answer, and what the client writes then. */
type Case = readonly [request: string, answer: string, written?: string];

/** Stops a proxy with one request under way; says whether it was closed before any time had passed. */
async function stopWith([request, answer, written = ""]: Case) {
  let closedAtOnce: boolean | null = null;
  await withRig(
    (c) => c.write(answer),
    {
      ...HELD,
      grants: grants({ CONTAINERS: 1, EVENTS: 1, EXEC: 1, POST: 1 }),
    },
    async (rig) => {
      const client = await rig.connect();
      await client.send(request);
      await client.until("\r\n\r\n");
      await client.send(written);
      await eventually(
        "what the client wrote",
        () => rig.engine.received().endsWith(written),
      );
      const stopping = rig.server.stop();
      client.follow();
      await rig.advance(GRACE_MS - 1);
      closedAtOnce = rig.records.length === 1;
      await rig.advance(100);
      await stopping;
      // It is there before the stop has ended: the program exits then.
      assertEquals(
        rig.records.map(({ code }) => code),
        ["request.stopped"],
        request,
      );
      await client.rest();
      for (const { ended } of rig.engine.connections) assertEquals(ended, true);
    },
  );
  return closedAtOnce;
}

Deno.test("stopping closes at once what has no end of its own, and the record says why", async () => {
  const endless: Case[] = [
    [get("/events"), CHUNKED],
    [get("/v1.44/events?since=1&filters=%7B%7D"), CHUNKED],
    [get("/containers/a/logs?stdout=1&follow=1"), CHUNKED],
    [get("/containers/a/logs?follow=true"), RAW],
    [get("/containers/a/stats"), CHUNKED],
    [get("/containers/a/stats?stream=1"), CHUNKED],
    [post("/containers/a/attach?stream=1&stdin=1&stdout=1"), UPGRADED],
    [post("/containers/a/attach?stream=1&stdout=1"), RAW],
    [post("/containers/a/wait"), CHUNKED],
  ];
  for (const one of endless) {
    assertEquals(await stopWith(one), true, one[0]);
  }
});

Deno.test("stopping gives the grace time to what may end by itself, and to a tunnel that is in use", async () => {
  const ending: Case[] = [
    [get("/events?until=9999999999"), CHUNKED],
    [get("/containers/a/logs?stdout=1"), CHUNKED],
    [get("/containers/a/logs?follow=0"), CHUNKED],
    [get("/containers/a/stats?stream=false"), CHUNKED],
    [get("/containers/a/export"), CHUNKED],
    [post("/exec/a/start"), UPGRADED],
    [post("/containers/a/attach?stream=1&stdin=1"), UPGRADED, "ls"],
  ];
  for (const one of ending) {
    assertEquals(await stopWith(one), false, one[0]);
  }
});

Deno.test("stopping closes what waits for a container after what is in use, as docker run has both", async () => {
  let answer = () => {};
  const held = new Promise<void>((resolve) => answer = resolve);
  await withRig(
    async (c, head) => {
      if (head.includes("/wait")) return c.write(CHUNKED);
      await held;
      await c.write(ok("[]"));
    },
    { ...HELD, grants: grants({ CONTAINERS: 1, POST: 1 }) },
    async (rig) => {
      const waits = await rig.connect();
      await waits.send(post("/containers/a/wait"));
      await waits.until("\r\n\r\n");
      const works = await rig.connect();
      await works.send(LIST);
      await eventually("it", () => rig.engine.received().includes("/json"));
      const stopping = rig.server.stop();
      await rig.advance(GRACE_MS / 2);
      assertEquals(rig.records, []);
      answer();
      await works.rest();
      works.close();
      await eventually("its record", () => rig.records.length === 1);
      await rig.advance(100);
      await stopping;
      assertEquals(
        rig.records.map(({ operation, code }) => [operation, code]),
        [
          ["container.list", "request.completed"],
          ["container.wait", "request.stopped"],
        ],
      );
    },
  );
});

Deno.test("stopping closes a request that hangs after the grace time, and the record says why", async () => {
  await withRig(() => Promise.resolve(), HELD, async (rig) => {
    const hung = await rig.connect();
    await hung.send(LIST);
    await eventually("the request", () => rig.engine.received() !== "");
    let stopped = false;
    const stopping = rig.server.stop().then(() => stopped = true);
    await rig.advance(GRACE_MS - 1);
    assertEquals([stopped, rig.records.length], [false, 0]);
    await rig.advance(100);
    await stopping;
    assertEquals(rig.records.map(({ code }) => code), ["request.stopped"]);
    await hung.rest();
  });
});

/** The maker may join a container if that is no other client: the engine is asked. */
const JUDGED = `
clients:
  bob: { from: { service: deployer }, allow: [ container.restart ] }
  maker: { from: { cidr: 127.0.0.0/8 }, allow: [ container.create ] }
`;

Deno.test("a request that waits for what the engine is asked about it leaves one record when the program stops", async () => {
  let answer = () => {};
  const held = new Promise<void>((resolve) => answer = resolve);
  await withRig(
    async (c, head) => {
      if (head.includes("/events")) return c.write(CHUNKED);
      if (!head.includes("/containers/other/")) return c.write(ok("[]"));
      await held;
      await c.write(ok("{}").replace("200 OK", "404 Not Found"));
    },
    { ...HELD, file: policyFile(JUDGED).file },
    async (rig) => {
      const client = await rig.connect();
      await client.send(request(
        "POST",
        "/containers/create",
        JSON.stringify({ HostConfig: { NetworkMode: "container:other" } }),
        "Content-Type: application/json",
      ));
      await eventually(
        "the look-up",
        () => rig.engine.received().includes("/containers/other/json"),
      );
      const stopping = rig.server.stop();
      await rig.advance(GRACE_MS + 1000);
      await stopping;
      assertEquals(rig.records.map(({ code }) => code), ["request.stopped"]);
      answer();
      await rig.advance(10_000);
      assertEquals(rig.records.length, 1);
      assertEquals(rig.engine.received().includes("POST"), false);
    },
  );
});

/** What becomes of each connection when the program stops. */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ok } from "../support/engine.ts";
import { eventually, get, type RigOptions, withRig } from "../support/proxy.ts";

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

Deno.test("stopping closes running requests after the grace time, and the record says why", async () => {
  await withRig(
    async (c, head) => {
      if (!head.includes("/events")) return;
      await c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    },
    HELD,
    async (rig) => {
      const stream = await rig.connect();
      await stream.send(get("/events"));
      assertStringIncludes(await stream.until("\r\n\r\n"), "200 OK");
      const hung = await rig.connect();
      await hung.send(LIST);
      await eventually(
        "the request",
        () => rig.engine.received().includes("/containers"),
      );
      let stopped = false;
      const stopping = rig.server.stop().then(() => stopped = true);
      await rig.advance(GRACE_MS - 1);
      assertEquals([stopped, rig.records.length], [false, 0]);
      await rig.advance(20);
      await stopping;
      await Promise.all([stream.rest(), hung.rest()]);
      await eventually("the records", () => rig.records.length === 2);
      assertEquals(rig.records.map(({ code }) => code), [
        "request.stopped",
        "request.stopped",
      ]);
      for (const { ended } of rig.engine.connections) assertEquals(ended, true);
    },
  );
});

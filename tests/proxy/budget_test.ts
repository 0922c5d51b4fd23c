/** What is held of all requests: large heads, and bodies that are read whole. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import {
  eventually,
  get,
  type Reads,
  request,
  type Rig,
  type RigOptions,
  type TestClient,
  watchReads,
  withRig,
} from "../support/proxy.ts";

const OPEN = grants({ CONTAINERS: 1, IMAGES: 1, POST: 1, EXEC: 1, BUILD: 1 });
const KIB = 1024;
const BUDGET = 256 * KIB;
const MOST_OF_ONE = BUDGET / 2;

const BOUNDED: RigOptions = {
  grants: OPEN,
  heldClock: true,
  limits: { heldBytes: BUDGET },
};

/** Begins a body that is read whole and leaves out its last byte. */
async function begin(
  rig: Rig,
  bytes: number,
  reads?: Reads,
): Promise<TestClient> {
  const client = await rig.connect();
  const whole = request("POST", "/exec/a/start", "x".repeat(bytes + 1));
  const before = reads?.bytes() ?? 0;
  await client.send(whole.slice(0, -1));
  await eventually(
    "the body",
    () => reads === undefined || reads.bytes() - before === whole.length - 1,
  );
  return client;
}

Deno.test("bodies that are held by one client take half of the budget, and what has ended is free again", async () => {
  const reads = watchReads();
  await withRig(
    (c) => c.write(ok("done")),
    { ...BOUNDED, acceptor: reads.acceptor },
    async (rig) => {
      const held = await begin(rig, MOST_OF_ONE - 10, reads);
      const other = await begin(rig, 11);
      const text = await other.rest();
      assertStringIncludes(text, "HTTP/1.1 503 ");
      assertStringIncludes(text, "Connection: close\r\n");
      assertStringIncludes(text, "--max-held-bytes");
      assertEquals(rig.records[0]!.code, "client.no_room");
      // The one that is held is served, and frees what it had.
      await held.send("x");
      await held.until("done");
      const next = await begin(rig, MOST_OF_ONE - 10);
      await next.send("x");
      await next.until("done");
      // So does one that goes before its end.
      const gone = await begin(rig, MOST_OF_ONE - 10);
      gone.close();
      await eventually("its record", () => rig.records.length === 4);
      const last = await begin(rig, MOST_OF_ONE - 10);
      await last.send("x");
      await last.until("done");
    },
  );
});

Deno.test("all clients together hold the budget, and no more", async () => {
  const path = await Deno.makeTempFile();
  await Deno.remove(path);
  const reads = watchReads();
  const half = MOST_OF_ONE - 10;
  await withRig(
    (c) => c.write(ok("done")),
    {
      grants: OPEN,
      heldClock: true,
      limits: { heldBytes: BUDGET },
      acceptor: reads.acceptor,
      listeners: [
        { kind: "tcp", host: "127.0.0.1", port: 0 },
        { kind: "unix", path, mode: 0o600, group: null },
      ],
    },
    async (rig) => {
      await begin(rig, half, reads);
      // Another holder has its own half.
      const second = await rig.connect(1);
      await second.send(request("POST", "/exec/a/start", "x".repeat(half)));
      await second.until("done");
      const third = await rig.connect(1);
      await third.send(request("POST", "/exec/a/start", "x".repeat(half + 11)));
      assertStringIncludes(await third.rest(), "HTTP/1.1 503 ");
    },
  );
});

Deno.test("a body that is refused is dropped as it comes, and takes nothing of the budget", async () => {
  await withRig(
    (c) => c.write(ok("done")),
    { grants: grants({ EVENTS: 1 }), limits: { heldBytes: KIB } },
    async (rig) => {
      const client = await rig.connect();
      const refused = request("POST", "/images/load", "x".repeat(60 * KIB));
      await client.send(refused + refused);
      await client.until("HTTP/1.1 403 ", 2);
      assert(!client.seen().includes("503"), client.seen());
    },
  );
});

Deno.test("large heads count four times for as long as their request lasts, small ones never", async () => {
  await withRig(
    (c, got) =>
      c.write(
        got.includes("/events")
          ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
          : ok("done"),
      ),
    { grants: OPEN, limits: { heldBytes: BUDGET } },
    async (rig) => {
      const large = `X-Registry-Config: ${"a".repeat(12 * KIB)}`;
      const stream = await rig.connect();
      await stream.send(get("/events", large));
      await stream.until("\r\n\r\n");
      const refused = await rig.connect();
      await refused.send(get("/containers/json", large));
      assertStringIncludes(await refused.rest(), "--max-held-bytes");
      // Before its end came, too.
      const half = await rig.connect();
      await half.send(get("/containers/json", large).slice(0, -4));
      assertStringIncludes(await half.rest(), "HTTP/1.1 503 ");
      const small = await rig.connect();
      await small.send(get("/containers/json", `X: ${"a".repeat(3 * KIB)}`));
      await small.until("done");
      stream.close();
      await eventually(
        "the end",
        () => rig.records.some(({ code }) => code === "client.closed"),
      );
      const next = await rig.connect();
      await next.send(get("/containers/json", large));
      await next.until("done");
    },
  );
});

Deno.test("large heads, which anyone can send, leave half of the budget to bodies", async () => {
  const reads = watchReads();
  await withRig(
    (c) => c.write(ok("done")),
    { ...BOUNDED, acceptor: reads.acceptor },
    async (rig) => {
      const start = `GET /x HTTP/1.1\r\nHost: a\r\nX: ${"a".repeat(15 * KIB)}`;
      const held = await rig.connect();
      await held.send(start);
      await eventually("the head", () => reads.bytes() === start.length);
      const more = await rig.connect();
      await more.send(start);
      await more.until("HTTP/1.1 503 ");
      const granted = await rig.connect();
      const body = "x".repeat(BUDGET / 4);
      await granted.send(request("POST", "/exec/a/start", body));
      await granted.until("done");
    },
  );
});

Deno.test("heads of the size that the engine takes pass", async () => {
  const limits = { headBytes: 1 << 20, requestLineBytes: 1 << 20 };
  await withRig(
    (c) => c.write(ok("done")),
    { grants: OPEN, limits },
    async (rig) => {
      const client = await rig.connect();
      const config = "e".repeat(140_000);
      await client.send(
        request("POST", "/build", "x", `X-Registry-Config: ${config}`),
      );
      await client.until("done");
      assertStringIncludes(rig.engine.received(), config);
      const query = "l".repeat(500_000);
      await client.send(get(`/containers/json?filters=${query}`));
      await client.until("done", 2);
      assertStringIncludes(rig.engine.received(), query);
      const longer = await rig.connect();
      await longer.send(
        get(`/containers/json?filters=${"l".repeat(1 << 20)}`),
      );
      const text = await longer.rest();
      assertStringIncludes(text, "HTTP/1.1 414 ");
      assertStringIncludes(text, "--max-request-line");
      assertStringIncludes(
        rig.records.at(-1)!.message,
        "--max-request-line",
      );
    },
  );
});

/** Clients with limits: what is answered 429, what is slowed, and what goes on. */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { limitsOf } from "../../lib/config/policy_limits.ts";
import type { LimitKey } from "../../lib/policy/client_limits.ts";
import { compile, type Grants } from "../../lib/policy/compile.ts";
import { keptAudit } from "../audit/support.ts";
import { type EngineConnection, ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import {
  eventually,
  get,
  request,
  type Rig,
  type TestClient,
  withRig,
} from "../support/proxy.ts";

const LIST = get("/containers/json");
const HELD = get("/containers/held/json");
const EVENTS = get("/events");
const STREAM =
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n";

/** Grants with these limits for all clients. */
function limited(limits: Partial<Record<LimitKey, number>>): Grants {
  const values = new Map(Object.entries(limits)) as Map<LimitKey, number>;
  return {
    ...grants({ CONTAINERS: 1, IMAGES: 1, POST: 1, EXEC: 1 }),
    limits: limitsOf(values, "--limits"),
  };
}

/** An engine that never answers what is held, and streams its events. */
async function engine(c: EngineConnection, head: string): Promise<void> {
  if (head.includes("/held/")) return;
  if (/\/events|follow=1/.test(head)) return await c.write(STREAM);
  if (head.includes("/exec/")) {
    return await c.write(
      "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nshell",
    );
  }
  if (!head.startsWith("POST /images/load")) await c.write(ok("[]"));
}

/** How often the engine got this. */
function sent({ engine }: Rig, part: string): number {
  return engine.received().split(part).length - 1;
}

async function hold(rig: Rig): Promise<TestClient> {
  const client = await rig.connect();
  const before = sent(rig, "/held/");
  await client.send(HELD);
  await eventually("it is held", () => sent(rig, "/held/") === before + 1);
  return client;
}

Deno.test("a request beyond the limit is answered 429 with the limit, and never sent", () =>
  withRig(engine, { grants: limited({ requests: 2 }) }, async (rig) => {
    await hold(rig);
    const second = await hold(rig);
    const client = await rig.connect();
    await client.send(LIST);
    const text = await client.until("}\n");
    assertStringIncludes(text, "HTTP/1.1 429 Too Many Requests\r\n");
    assertStringIncludes(text, "\r\nRetry-After: 1\r\n");
    assertStringIncludes(
      text,
      '{"message":"sockwarden: container.list (GET /containers/json) is more than is allowed: at most 2 requests at a time (--limits); try again in 1 s"}',
    );
    assertEquals(sent(rig, "/containers/json"), 0);
    const [record] = rig.records;
    assertEquals(
      [record!.code, record!.status, record!.operation],
      ["limit.requests", 429, "container.list"],
    );
    // The connection goes on, and so does the client once there is room.
    await rig.engine.connections[1]!.write(ok("{}"));
    await second.until("{}");
    await client.send(LIST);
    assertStringIncludes(await client.until("[]"), "200 OK");
  }));

Deno.test("streams beyond the limit are refused, and other requests are served", () =>
  withRig(
    engine,
    { grants: limited({ streams: 2, requests: 3 }) },
    async (rig) => {
      for (const head of [EVENTS, get("/containers/a/logs?follow=1")]) {
        const client = await rig.connect();
        await client.send(head);
        await client.until("200 OK");
      }
      const client = await rig.connect();
      for (const head of [EVENTS, get("/containers/a/stats")]) {
        await client.send(head);
      }
      const text = await client.until("}\n", 2);
      assertEquals(text.split("429 Too Many").length, 3);
      assertStringIncludes(
        text,
        "at most 2 streams and tunnels at a time",
      );
      await client.send(LIST);
      assertStringIncludes(await client.until("[]"), "200 OK");
      await eventually("the records", () => rig.records.length >= 3);
      assertEquals(
        rig.records.filter(({ status }) => status === 429)
          .map(({ code }) => code),
        ["limit.streams", "limit.streams"],
      );
    },
  ));

Deno.test("a tunnel counts as a stream", () =>
  withRig(engine, { grants: limited({ streams: 1 }) }, async (rig) => {
    const exec = request(
      ...["POST", "/exec/e/start", "{}"] as const,
      ...["Connection: Upgrade", "Upgrade: tcp"],
    );
    const client = await rig.connect();
    await client.send(exec);
    await client.until("shell");
    const other = await rig.connect();
    await other.send(exec);
    assertStringIncludes(await other.until("}\n"), "429 Too Many Requests");
    assertEquals(rig.records.map(({ code }) => code), ["limit.streams"]);
  }));

Deno.test("a rate lets its burst through at once, and then as much as comes back", () =>
  withRig(
    engine,
    { grants: limited({ rate: 2, burst: 5 }), heldClock: true },
    async (rig) => {
      const client = await rig.connect();
      await client.send(LIST.repeat(7));
      await client.until("}\n", 2);
      const codes = () => rig.records.map(({ code }) => code);
      const done = "request.completed";
      const over = "limit.rate";
      assertEquals(codes(), [...Array(5).fill(done), over, over]);
      assertStringIncludes(client.seen(), "at most 2 requests a second, 5 at");
      await rig.advance(500);
      await client.send(LIST.repeat(2));
      await client.until("}\n", 3);
      assertEquals(codes().slice(7), [done, over]);
      assertEquals(sent(rig, "/containers/json"), 6);
    },
  ));

Deno.test("Retry-After is the time until there is room in the rate", () =>
  withRig(
    engine,
    { grants: limited({ rate: 1 }), heldClock: true },
    async (rig) => {
      const client = await rig.connect();
      await client.send(LIST.repeat(2));
      assertStringIncludes(
        await client.until("}\n"),
        "\r\nRetry-After: 1\r\n",
      );
    },
  ));

Deno.test("requests that are refused otherwise count in the rate", () =>
  withRig(
    engine,
    { grants: limited({ rate: 3 }), heldClock: true },
    async (rig) => {
      const client = await rig.connect();
      await client.send(get("/info").repeat(3) + LIST + get("/info"));
      await client.until("}\n", 5);
      assertEquals(
        rig.records.map(({ status }) => status),
        [403, 403, 403, 429, 429],
      );
    },
  ));

Deno.test("a HEAD and a small body that exceed a limit leave the connection usable", () =>
  withRig(engine, { grants: limited({ requests: 1 }) }, async (rig) => {
    const held = await hold(rig);
    const client = await rig.connect();
    await client.send("HEAD /_ping HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.until("\r\n\r\n");
    assertEquals(client.seen().includes("{"), false);
    await client.send(request("POST", "/containers/create", "{}"));
    await client.until("}\n");
    await rig.engine.connections[0]!.write(ok("{}"));
    await held.until("{}");
    await client.send(LIST);
    assertStringIncludes(await client.until("[]"), "200 OK");
    assertEquals(sent(rig, "POST"), 0);
  }));

const FILE = `
clients:
  noisy: { listen: "unix://FOLDER/noisy", allow: [container.list, container.inspect], limits: { requests: 1 } }
  calm: { listen: "unix://FOLDER/calm", allow: [container.list] }
`;

async function withClients(
  text: string,
  run: (rig: Rig, again: (text: string) => void) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-limits-" });
  const read = (text: string) => policyFile(text.replaceAll("FOLDER", folder));
  const none = { ...grants({}), defaultSwitches: false };
  try {
    const { file, listeners } = read(text);
    await withRig(
      engine,
      { grants: none, file, listeners },
      (rig) =>
        run(
          rig,
          (text) => rig.server.setPolicy(compile(none, read(text).file)),
        ),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a client at its limit leaves the others alone, and the answer names it", () =>
  withClients(FILE, async (rig) => {
    await hold(rig);
    const noisy = await rig.connect(0);
    await noisy.send(LIST);
    assertStringIncludes(
      await noisy.until("}\n"),
      "is more than is allowed to client 'noisy': at most 1 request at a time (policy.yaml:3:",
    );
    const calm = await rig.connect(1);
    await calm.send(LIST);
    assertStringIncludes(await calm.until("[]"), "200 OK");
    assertEquals(
      [...rig.server.limited()].map(({ client, requests }) => [
        client,
        requests,
      ]),
      [["noisy", 1]],
    );
  }));

Deno.test("what is under way counts on when the policy is read again, and the new limits hold at once", () =>
  withClients(FILE, async (rig, again) => {
    await hold(rig);
    const client = await rig.connect();
    again(FILE.replace("requests: 1", "requests: 2"));
    await hold(rig);
    await client.send(LIST);
    await client.until("429");
    again(FILE);
    await rig.engine.connections[0]!.write(ok("{}"));
    await eventually("one has ended", () => rig.records.length === 2);
    await client.send(LIST);
    await client.until("429", 2);
    again(FILE.replace(", limits: { requests: 1 }", ""));
    await client.send(LIST);
    assertStringIncludes(await client.until("[]"), "200 OK");
    assertEquals([...rig.server.limited()], []);
  }));

Deno.test("reading the policy again gives no new tokens for the same rate", () =>
  withRig(
    engine,
    { grants: limited({ rate: 1 }), heldClock: true },
    async (rig) => {
      const client = await rig.connect();
      await client.send(LIST);
      await client.until("[]");
      rig.server.setPolicy(compile(limited({ rate: 1 })));
      await client.send(LIST);
      assertStringIncludes(await client.until("}\n"), "429 Too Many");
    },
  ));

Deno.test("a dry run sends what exceeds a limit, and says so in the log", () =>
  withRig(
    engine,
    { grants: limited({ requests: 1, "upload-rate": 4096 }), dryRun: true },
    async (rig) => {
      await hold(rig);
      const client = await rig.connect();
      await client.send(LIST);
      assertStringIncludes(await client.until("[]"), "200 OK");
      await eventually("the record", () => rig.records.length === 1);
      const [record] = rig.records;
      assertEquals(
        [record!.code, record!.wouldRefuse],
        ["request.completed", "limit.requests"],
      );
      // Nothing is slowed.
      await client.send(
        request("POST", "/containers/create", "a".repeat(50_000)),
      );
      await client.until("[]", 2);
      assertEquals(rig.records[1]!.slowedMs, undefined);
    },
  ));

/** Runs a test with so many connections of a client that may ask once a second; each has sent the same request. */
async function withCrowd(
  size: number,
  asked: string,
  run: (
    rig: Rig,
    clients: readonly TestClient[],
    answered: () => number,
  ) => Promise<void>,
): Promise<void> {
  await withRig(
    engine,
    {
      grants: limited({ rate: 1 }),
      heldClock: true,
      limits: { maxConnections: 300 },
    },
    async (rig) => {
      const clients = await Promise.all(
        Array.from({ length: size }, () => rig.connect()),
      );
      for (const client of clients) {
        client.follow();
        await client.send(asked);
      }
      await run(
        rig,
        clients,
        () => clients.filter((client) => client.seen().includes("}\n")).length,
      );
    },
  );
}

Deno.test("answers beyond a limit are given at once until there are many, and then they wait", () =>
  withCrowd(200, LIST, async (rig, _, answered) => {
    await eventually("the first ones", () => answered() === 10);
    // All have been read: they wait.
    await eventually(
      "the one that is served",
      () => sent(rig, "/containers/json") === 1,
    );
    await rig.advance(500);
    await eventually("half a second of them", () => answered() === 60);
    // None waits for longer than a second.
    await rig.advance(500);
    await eventually("all others", () => answered() === 199);
  }));

/** What of a malformed and of an own request is answered, by its status. */
const OTHERS = [
  ["//x", "400 Bad Request"],
  ["/_sockwarden/health", "200 OK"],
] as const;

for (const [target, status] of OTHERS) {
  Deno.test(`answers to GET ${target} wait where there are many, and stay what they are`, () =>
    withCrowd(150, get(target), async (rig, clients, answered) => {
      // At least those for which nothing is known of the client: the rest is its own rate.
      const first = target === "//x" ? 11 : 110;
      await eventually("the first ones", () => answered() === first);
      await rig.advance(100);
      await eventually("ten more", () => answered() === first + 10);
      await rig.advance(2000);
      await eventually("all", () => answered() === 150);
      for (const client of clients) {
        assertStringIncludes(client.seen(), `HTTP/1.1 ${status}`);
      }
    }));
}

Deno.test("a health check waits for half a second at most", () =>
  withCrowd(250, get("/_sockwarden/health"), async (rig, _, answered) => {
    await eventually("those that do not wait", () => answered() === 110);
    await rig.advance(550);
    await eventually("all others", () => answered() === 250);
  }));

/** What of a body the engine has got. */
function bodyOf({ engine }: Rig): number {
  const { received } = engine.connections.at(-1) ?? { received: "" };
  return received.length - received.indexOf("\r\n\r\n") - 4;
}

Deno.test("an upload is slowed to the rate, whole, and the record tells for how long", () =>
  withRig(
    engine,
    { grants: limited({ "upload-rate": 100_000 }), heldClock: true },
    async (rig) => {
      const size = 400_000;
      const client = await rig.connect();
      const sending = client.send(
        request("POST", "/images/load", "x".repeat(size)),
      );
      await eventually("the burst", () => bodyOf(rig) >= 10_000);
      let most = 0;
      let seconds = 0;
      while (bodyOf(rig) < size) {
        await rig.advance(250);
        seconds += 0.25;
        most = Math.max(most, bodyOf(rig) - 100_000 * (seconds + 1));
        assert(seconds < 60, `${bodyOf(rig)} bytes after ${seconds} s`);
      }
      await sending;
      // A piece goes out once what came before it is paid.
      assert(most <= 0, `${most} bytes too early`);
      await rig.engine.connections.at(-1)!.write(ok("[]"));
      assertStringIncludes(await client.until("[]"), "200 OK");
      const { code, bytesIn, slowedMs = 0 } = rig.records[0]!;
      assertEquals([code, bytesIn], ["request.completed", size]);
      assert(slowedMs >= 2500 && slowedMs <= 4000, `${slowedMs}`);
      assertEquals(
        Math.round([...rig.server.limited()][0]!.slowedMs),
        slowedMs,
      );
    },
  ));

Deno.test("small bodies and what is written into a tunnel count as uploads", () =>
  withRig(
    engine,
    { grants: limited({ "upload-rate": 10_000 }), heldClock: true },
    async (rig) => {
      const client = await rig.connect();
      const post = request("POST", "/containers/a/start", "x".repeat(8000));
      await client.send(post);
      await client.until("[]");
      await client.send(post);
      await rig.advance(500);
      assertEquals(sent(rig, "POST"), 1);
      await rig.advance(200);
      await client.until("[]", 2);
      const shell = await rig.connect();
      await shell.send(
        request(
          ...["POST", "/exec/e/start", "{}"] as const,
          ...["Connection: Upgrade", "Upgrade: tcp"],
        ),
      );
      // Its own body waits for a moment.
      await rig.advance(10);
      await shell.until("shell");
      await shell.send("y".repeat(5000));
      await rig.advance(200);
      const early = sent(rig, "yyyy") * 4;
      assert(early <= 3200, `${early} bytes too early`);
      await rig.advance(500);
      await eventually("it is written", () => sent(rig, "yyyy") === 1250);
    },
  ));

Deno.test("a body that is read whole waits before it is read, so that it holds nothing", () =>
  withRig(
    engine,
    { grants: limited({ "upload-rate": 50_000 }), heldClock: true },
    async (rig) => {
      const body = "x".repeat(100_000);
      const exec = request(
        ...["POST", "/exec/e/start", body] as const,
        ...["Connection: Upgrade", "Upgrade: tcp"],
      );
      const clients = [await rig.connect(), await rig.connect()];
      for (const client of clients) client.send(exec).catch(() => {});
      await eventually(
        "both wait",
        () => [...rig.server.limited()][0]!.requests === 2,
      );
      await rig.advance(900);
      assertEquals([rig.server.heldBytes(), sent(rig, "/exec/")], [0, 0]);
      await rig.advance(200);
      await eventually("the first", () => sent(rig, "/exec/") === 1);
      assertEquals(rig.server.heldBytes(), 100_000);
      // One after the other.
      await rig.advance(1700);
      assertEquals(sent(rig, "/exec/"), 1);
      await rig.advance(200);
      await eventually("the second", () => sent(rig, "/exec/") === 2);
      await clients[1]!.until("shell");
    },
  ));

Deno.test("a body that was announced and did not come counts for nothing", () =>
  withRig(
    engine,
    { grants: limited({ "upload-rate": 50_000 }), heldClock: true },
    async (rig) => {
      const announced = `POST /exec/e/start HTTP/1.1\r\nHost: a\r\n` +
        `Content-Type: application/json\r\nContent-Length: 900000\r\n\r\n`;
      for (let i = 1; i <= 3; i++) {
        const client = await rig.connect();
        await client.send(announced);
        await eventually(
          "it waits",
          () => [...rig.server.limited()][0]!.requests === 1,
        );
        client.close();
        await rig.advance(300);
        await eventually("it has ended", () => rig.records.length === i);
      }
      const client = await rig.connect();
      await client.send(
        request("POST", "/containers/a/start", "x".repeat(40_000)),
      );
      assertStringIncludes(await client.until("[]"), "200 OK");
    },
  ));

Deno.test("under an audit the answer has the request's id too, and the audit its line", () => {
  const audit = keptAudit("drop");
  const options = { grants: limited({ requests: 1 }), auditor: audit.auditor };
  return withRig(engine, options, async (rig) => {
    await hold(rig);
    const client = await rig.connect();
    await client.send(LIST);
    assertMatch(
      await client.until("}\n"),
      /^HTTP\/1\.1 429 [^]*\r\nRetry-After: 1\r\nX-Request-Id: [0-9a-f]{32}\r\n/,
    );
    await eventually(
      "its line",
      () =>
        audit.lines().some(({ code, decision }) =>
          code === "limit.requests" && decision === "refused"
        ),
    );
  });
});

Deno.test("an upload that waits ends with its client, and gives its place back", () =>
  withRig(
    engine,
    { grants: limited({ requests: 1, "upload-rate": 4096 }), heldClock: true },
    async (rig) => {
      const client = await rig.connect();
      const whole = request("POST", "/images/load", "x".repeat(100_000));
      await client.send(whole.slice(0, 12_000));
      const open = () => [...rig.server.limited()][0]!.requests;
      await eventually("it begins", () => open() === 1);
      client.close();
      await rig.advance(4000);
      await eventually("the place is free", () => open() === 0);
      assertEquals(rig.records.map(({ code }) => code), ["client.closed"]);
    },
  ));

Deno.test("a client without limits has no counts", () =>
  withRig(engine, {}, (rig) => {
    assertEquals([...rig.server.limited()], []);
    return Promise.resolve();
  }));

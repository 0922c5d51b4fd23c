/** A place among the requests of a client is given back on every way a request can end. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { limitsOf } from "../../lib/config/policy_limits.ts";
import { compile, type Grants } from "../../lib/policy/compile.ts";
import type { ReasonCode } from "../../lib/observe/reasons.ts";
import { keptAudit } from "../audit/support.ts";
import { type EngineConnection, ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { turn } from "../support/held_clock.ts";
import {
  eventually,
  get,
  request,
  type Rig,
  type RigOptions,
  type TestClient,
  withRig,
} from "../support/proxy.ts";

/** One request at a time, and one stream. */
const ONE = limitsOf(
  new Map([["requests", 1] as const, ["streams", 1] as const]),
  "--limits",
);
const EVENTS = get("/events");
const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const UPGRADED =
  "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";

function open(...deny: string[]): Grants {
  return {
    ...grants(
      { CONTAINERS: 1, IMAGES: 1, BUILD: 1, POST: 1, EXEC: 1 },
      { deny },
    ),
    limits: ONE,
  };
}

/** What an engine does with each target. */
async function engine(c: EngineConnection, head: string): Promise<void> {
  const target = head.split(" ")[1]!;
  if (head.startsWith("HEAD ")) {
    return await c.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
  }
  switch (target) {
    case "/containers/hangs/json":
    case "/build":
      return;
    case "/containers/closes/json":
      return c.close();
    case "/containers/garbage/json":
      return await c.write("nonsense\r\n\r\n");
    case "/containers/cut/json":
      await c.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
      return c.close();
    case "/containers/surplus/json":
      return await c.write(ok("[]") + "more");
    case "/containers/head/json":
      return await c.write(
        "HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n",
      );
    case "/events":
      return await c.write(`${CHUNKED}2\r\n{}\r\n`);
    case "/containers/short/logs":
      await c.write(`${CHUNKED}2\r\n{}\r\n0\r\n\r\n`);
      return;
    case "/containers/old/logs":
      await c.write("HTTP/1.1 200 OK\r\n\r\nlog");
      return c.close();
    case "/exec/e/start":
      return await c.write(`${UPGRADED}shell`);
    case "/images/load":
      // It answers before it has read the body.
      return await c.write(
        "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}",
      );
    default:
      await c.write(ok("[]"));
  }
}

function gone(client: TestClient): void {
  client.close();
}

const EXEC = request(
  "POST",
  "/exec/e/start",
  "{}",
  "Connection: Upgrade",
  "Upgrade: tcp",
);

/** A way to end: what is sent, and what then happens. */
interface Way {
  readonly sent: string;
  readonly before?: (rig: Rig) => void;
  readonly then?: (client: TestClient, rig: Rig) => Promise<void> | void;
  readonly code: ReasonCode;
  readonly options?: Partial<RigOptions>;
}

const CHUNKS = "POST /images/load HTTP/1.1\r\nHost: a\r\n" +
  "Content-Type: application/x-tar\r\nTransfer-Encoding: chunked\r\n\r\n";
const JSON_TYPE = "Content-Type: application/json";

const WAYS: Readonly<Record<string, Way>> = {
  "a refusal": { sent: get("/info"), code: "policy.not_granted" },
  "a whole answer": {
    sent: get("/containers/json"),
    code: "request.completed",
  },
  "a HEAD": {
    sent: "HEAD /containers/a/archive?path=/ HTTP/1.1\r\nHost: a\r\n\r\n",
    code: "request.completed",
  },
  "a client that goes before the answer": {
    sent: get("/containers/hangs/json"),
    async then(client, { engine }) {
      await eventually("it is sent", () => engine.received() !== "");
      gone(client);
    },
    code: "client.closed",
  },
  "a client that goes within the answer": {
    sent: get("/containers/head/json"),
    async then(client, { engine, records }) {
      await client.until("\r\n\r\n");
      gone(client);
      // That it has gone shows when more comes.
      while (records.length === 0) {
        await engine.connections[0]!.write("a").catch(() => {});
        await turn();
      }
    },
    code: "client.closed",
  },
  "an engine that closes before its answer": {
    sent: get("/containers/closes/json"),
    code: "engine.closed",
  },
  "an engine that answers garbage": {
    sent: get("/containers/garbage/json"),
    code: "engine.bad_answer",
  },
  "an engine that cuts its answer": {
    sent: get("/containers/cut/json"),
    code: "engine.closed",
  },
  "an engine that sends more than its answer": {
    sent: get("/containers/surplus/json"),
    code: "engine.bad_answer",
  },
  "an engine that is out of reach": {
    sent: get("/containers/json"),
    code: "engine.unreachable",
    before: ({ engine }) => engine.stopListening(),
  },
  "a stream that its client leaves": {
    sent: EVENTS,
    async then(client) {
      await client.until("{}");
      gone(client);
    },
    code: "client.closed",
  },
  "a stream whose client ends its side": {
    sent: EVENTS,
    async then(client) {
      await client.until("{}");
      await client.conn.closeWrite();
    },
    code: "client.closed",
  },
  "a stream that the engine ends": {
    sent: get("/containers/short/logs"),
    code: "request.completed",
  },
  "a stream that ends with the engine's connection": {
    sent: get("/containers/old/logs"),
    code: "request.completed",
  },
  "a stream that the policy takes away": {
    sent: EVENTS,
    async then(client, { server }) {
      await client.until("{}");
      server.setPolicy(compile(open("system.events")));
    },
    code: "policy.revoked",
  },
  "a tunnel that its client leaves": {
    sent: EXEC,
    async then(client, { engine }) {
      await client.until("shell");
      gone(client);
      const [connection] = engine.connections;
      while (!connection!.ended) await connection!.more();
      connection!.close();
    },
    code: "request.completed",
  },
  "a tunnel that the engine leaves": {
    sent: EXEC,
    async then(client, { engine }) {
      await client.until("shell");
      engine.connections.at(-1)!.close();
      await client.rest();
      gone(client);
    },
    code: "request.completed",
  },
  "a tunnel that the policy takes away": {
    sent: EXEC,
    async then(client, { server }) {
      await client.until("shell");
      server.setPolicy(compile(open("exec.start")));
    },
    code: "policy.revoked",
  },
  "a body that is malformed": {
    sent: `${CHUNKS}zz\r\n`,
    code: "http.bad_chunk",
  },
  "a body that turns malformed": {
    sent: `${CHUNKS.replace("/images/load", "/build")}1\r\na\r\n`,
    async then(client, { engine }) {
      await eventually(
        "it is sent",
        () => engine.received().includes("1\r\na"),
      );
      await client.send("zz\r\n");
    },
    code: "http.bad_chunk",
  },
  "a body that is cut": {
    sent: `${CHUNKS.replace("/images/load", "/build")}1\r\na\r\n`,
    async then(client, { engine }) {
      await eventually(
        "it is sent",
        () => engine.received().includes("1\r\na"),
      );
      gone(client);
    },
    code: "client.closed",
  },
  "an engine that answers without the body": {
    sent: `${CHUNKS}1\r\na\r\n`,
    code: "request.completed",
  },
  "a body that is too large to be read whole": {
    sent: `POST /exec/e/start HTTP/1.1\r\nHost: a\r\n${JSON_TYPE}\r\n` +
      `Content-Length: 2000000\r\n\r\n${"a".repeat(1_100_000)}`,
    code: "http.body_too_large",
  },
  "a body that does not come": {
    sent: `POST /exec/e/start HTTP/1.1\r\nHost: a\r\n${JSON_TYPE}\r\n` +
      "Content-Length: 2\r\n\r\n{",
    async then(_client, rig) {
      await eventually("it counts", () => openOf(rig).requests === 1);
      await rig.advance(12_000);
    },
    code: "http.body_timeout",
    options: { heldClock: true },
  },
  "a body that has no room": {
    sent: `POST /exec/e/start HTTP/1.1\r\nHost: a\r\n${JSON_TYPE}\r\n` +
      `Content-Length: 900000\r\n\r\n${"a".repeat(900_000)}`,
    code: "client.no_room",
    options: { limits: { heldBytes: 1 << 20 } },
  },
  "an audit that lets nothing through": {
    sent: get("/containers/json"),
    code: "audit.full",
    options: {
      auditor: {
        ...keptAudit("refuse").auditor,
        decided: () => Promise.resolve(false),
      },
    },
  },
};

function openOf({ server }: Rig): { requests: number; streams: number } {
  const { requests, streams } = [...server.limited()][0]!;
  return { requests, streams };
}

for (
  const [what, { sent, before, then, code, options }] of Object.entries(WAYS)
) {
  Deno.test(`${what} gives the place back`, async () => {
    await withRig(
      engine,
      { grants: open(), ...options },
      async (rig) => {
        before?.(rig);
        const client = await rig.connect();
        client.send(sent).catch(() => {});
        await then?.(client, rig);
        await eventually("the record", () => rig.records.length > 0);
        assertEquals(rig.records.map((one) => one.code), [code]);
        await eventually(
          "the place is free",
          () => openOf(rig).requests + openOf(rig).streams === 0,
        );
        // And so for both kinds, where the engine can be reached.
        if (options?.auditor !== undefined) return;
        if (before !== undefined) rig.engine.listenAgain();
        rig.server.setPolicy(compile(open()));
        const next = await rig.connect();
        await next.send(get("/containers/json"));
        assertStringIncludes(await next.until("[]"), "200 OK");
        await next.send(EVENTS);
        await next.until("{}");
        assertEquals(openOf(rig), { requests: 1, streams: 1 });
      },
    );
  });
}

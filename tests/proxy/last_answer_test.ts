/** Every answer after which a connection is not read on says so, and no other. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import {
  eventually,
  get,
  request,
  type Rig,
  type RigOptions,
  type TestClient,
  withRig,
} from "../support/proxy.ts";

const OPEN: RigOptions = {
  grants: grants({ CONTAINERS: 1, IMAGES: 1, POST: 1 }),
};
const LIST = get("/containers/json");
const CHUNKED = "HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n";

/** One way to end a connection. */
interface Way {
  /** Of the answer, where it is not 200. */
  readonly status?: number;
  readonly sent: string;
  /** What the engine does; it answers with a list unless said. */
  readonly engine?: Parameters<typeof withRig>[0];
  readonly options?: RigOptions;
  /** What happens before the request, and after it was sent. */
  readonly before?: (rig: Rig) => void;
  readonly then?: (rig: Rig, client: TestClient) => Promise<void>;
}

/** Stops the proxy; resolves once its sessions know of it. */
const stop = async (rig: Rig) => {
  const idle = await rig.connect();
  await idle.send(get("/info"));
  await idle.until("INFO=1");
  rig.server.stop();
  await idle.rest();
};
const EXEC: RigOptions = { grants: grants({ POST: 1, EXEC: 1 }) };
const STOP: RigOptions = { limits: { stopGrace: 10_000 } };

const LAST: Readonly<Record<string, Way>> = {
  "bytes beyond the end of an answer": {
    sent: LIST,
    engine: (c) => c.write(ok("[]") + ok("[stolen]")),
  },
  "Connection: close of the client": {
    sent: get("/containers/json", "Connection: close"),
  },
  "the same of a refused request": {
    status: 403,
    sent: get("/info", "Connection: close"),
  },
  "a refused request with a large body": {
    status: 403,
    sent: `POST /build HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n`,
  },
  "a refused request with a body of unknown size": {
    status: 403,
    sent: `POST /build ${CHUNKED}\r\n`,
  },
  "a refused request that waits for 100": {
    status: 403,
    sent: request("POST", "/build", "x", "Expect: 100-continue"),
  },
  "a health check with a large body": {
    sent:
      `GET /_sockwarden/health HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n`,
  },
  "a malformed head": {
    status: 400,
    sent: "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
  },
  "an answer of the engine before the body has come": {
    sent:
      `POST /images/load HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\nx`,
  },
  "the same for a body in chunks": {
    sent: `POST /images/load ${CHUNKED}\r\n1\r\nx\r\n`,
  },
  "an engine that answers instead of 100": {
    sent: request("POST", "/images/load", "x", "Expect: 100-continue")
      .slice(0, -1),
  },
  "a malformed chunk": {
    status: 400,
    sent: `POST /images/load ${CHUNKED}\r\nzz\r\n`,
  },
  "a body that is read whole and is too large": {
    status: 413,
    sent: request("POST", "/exec/a/start", "x".repeat(1024 * 1024 + 1)),
    options: EXEC,
  },
  "a body that is read whole and that there is no room for": {
    status: 503,
    sent: request("POST", "/exec/a/start", "x".repeat(5000)),
    options: { ...EXEC, limits: { heldBytes: 10 } },
  },
  "the same for a head": {
    status: 503,
    sent: get("/containers/json", `A: ${"x".repeat(5000)}`),
    options: { limits: { heldBytes: 10 } },
  },
  "an engine that closes before it answers": {
    status: 502,
    sent: request("POST", "/containers/a/start", ""),
    engine: (c) => c.close(),
  },
  "an engine that answers wrongly": {
    status: 502,
    sent: LIST,
    engine: (c) => c.write("nonsense\r\n\r\n"),
  },
  "an engine that is down, and a body": {
    status: 502,
    sent: request("POST", "/images/load", "x".repeat(70000)),
    before: (rig) => rig.engine.stopListening(),
  },
  "one client too many": {
    status: 503,
    sent: "",
    options: { limits: { maxConnections: 0 } },
  },
  "a head that does not come in time": {
    status: 408,
    sent: "GET /",
    options: { limits: { headTimeout: 300 } },
  },
  "the end of the program, before the engine answers": {
    sent: LIST,
    engine: () => {},
    options: STOP,
    then: async (rig) => {
      await eventually("the request", () => rig.engine.received() !== "");
      await stop(rig);
      await rig.engine.connections[0]!.write(ok("[]"));
    },
  },
  "the end of the program, within the head of a refused request": {
    status: 403,
    sent: "GET /info HT",
    options: STOP,
    then: async (rig, client) => {
      await stop(rig);
      await client.send("TP/1.1\r\nHost: a\r\n\r\n");
    },
  },
};

const GOES_ON: Readonly<Record<string, Way>> = {
  "an engine's own Connection: close": {
    sent: LIST,
    engine: (c) => c.write(ok("[]", "Connection: close\r\n")),
  },
  "an engine that is down": {
    status: 502,
    sent: LIST,
    before: (rig) => rig.engine.stopListening(),
  },
  "a refused request with a small body": {
    status: 403,
    sent: request("POST", "/build", "x".repeat(65536)),
  },
  "a body that the engine has whole": {
    sent: request("POST", "/images/load", "x".repeat(200_000) + "y"),
    engine: async (c) => {
      await eventually("the body", () => c.received.endsWith("y"));
      await c.write(ok("{}"));
    },
  },
};

const run = (
  way: Way,
  check: (client: TestClient, rig: Rig) => Promise<void>,
) =>
  withRig(
    way.engine ?? ((c) => c.write(ok("[]"))),
    { ...OPEN, ...way.options },
    async (rig) => {
      way.before?.(rig);
      const client = await rig.connect();
      await client.send(way.sent);
      await way.then?.(rig, client);
      await check(client, rig);
    },
  );

for (const [what, way] of Object.entries(LAST)) {
  Deno.test(`the last answer says that it is the last: ${what}`, async () => {
    await run(way, async (client) => {
      const text = await client.rest();
      const heads = text.match(/^HTTP\/1\.1 [2-5][^]*?\r\n\r\n/gm) ?? [];
      assertEquals(heads.length, 1, text);
      assertStringIncludes(heads[0]!, `HTTP/1.1 ${way.status ?? 200} `);
      assertStringIncludes(heads[0]!, "\r\nConnection: close\r\n");
      assertEquals(text.includes("stolen"), false, text);
    });
  });
}

for (const [what, way] of Object.entries(GOES_ON)) {
  Deno.test(`a connection goes on where no end was announced: ${what}`, async () => {
    await run(way, async (client) => {
      const first = await client.until("\r\n\r\n");
      assertStringIncludes(first, `HTTP/1.1 ${way.status ?? 200} `);
      assertEquals(first.includes("Connection: close"), false, first);
      await client.send(get("/info"));
      await client.until("INFO=1");
    });
  });
}

/**
 * Readers that stop, engines that stall, limits that are reached, and SIGTERM
 * at every point: what comes of it, and that it passes.
 *
 * It needs no engine of its own; `SOCKWARDEN_BINARY` names the binary.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { latin1 } from "../support/engine.ts";
import { eventually } from "../support/proxy.ts";
import {
  type FaultRig,
  isQuiet,
  memoryOf,
  recordsOf,
  requestOf,
  socketsOf,
  startFaultRig,
} from "./faults_rig.ts";
import type { Transport } from "./faults_table.ts";

const isLean = /sockwarden-lean/.test(Deno.env.get("SOCKWARDEN_BINARY") ?? "");
const ONLY_LEAN = "only the lean binary bounds its memory";

/** A client that a test moves by hand. */
interface Client {
  readonly conn: Deno.TcpConn;
  send(text: string): Promise<void>;
  /** Reads until it has come, or to the end. */
  until(text: string): Promise<string>;
  close(): void;
}

async function connect({ proxy }: FaultRig): Promise<Client> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: proxy.port });
  const buffer = new Uint8Array(4096);
  let seen = "";
  let closed = false;
  return {
    conn,
    async send(text) {
      const bytes = new TextEncoder().encode(text);
      for (let at = 0; at < bytes.length;) {
        at += await conn.write(bytes.subarray(at));
      }
    },
    async until(text) {
      while (!seen.includes(text)) {
        const size = await conn.read(buffer).catch(() => null);
        if (size === null) break;
        seen += latin1(buffer.subarray(0, size));
      }
      return seen;
    },
    close() {
      if (!closed) conn.close();
      closed = true;
    },
  };
}

/** Runs a test with a rig of its own; the process ends in order. */
async function withRig(
  args: readonly string[],
  run: (rig: FaultRig, sockets: number) => Promise<void>,
  descriptors?: number,
): Promise<void> {
  const rig = await startFaultRig(args, descriptors);
  let code: number;
  try {
    await run(rig, socketsOf(rig.proxy.pid));
  } finally {
    code = await rig.stop();
  }
  assertEquals(code, 0);
}

/** Waits until nothing of it moves any more. */
async function isStill(what: string, value: () => number): Promise<void> {
  let last = -1;
  let same = 0;
  await eventually(what, () => {
    same = value() === last ? same + 1 : 0;
    last = value();
    return same > 50;
  });
}

/** Whether the engine's side of a row has ended. */
function engineEnds(rig: FaultRig, name: string): Promise<void> {
  return eventually(
    `the engine's end of ${name}`,
    () =>
      rig.engine.connections.some((one) =>
        one.received.includes(name) && one.ended
      ),
  );
}

Deno.test("faults: an engine that sends much to a reader that stops is slowed, and ends with the reader", async () => {
  await withRig([], async (rig, sockets) => {
    const before = memoryOf(rig.proxy.pid);
    const client = await connect(rig);
    await client.send(requestOf("plain", "flood.0"));
    await client.until("\r\n\r\n");
    await isStill("the flood", rig.flooded);
    assert(rig.flooded() < 64 << 20, `${rig.flooded()} bytes were taken`);
    if (isLean) {
      const grown = memoryOf(rig.proxy.pid) - before;
      assert(grown < 4096, `${grown} KiB more for one reader`);
    }
    client.close();
    await engineEnds(rig, "flood.0");
    await rig.proxy.until(() => recordsOf(rig.proxy, "flood.0").length > 0);
    assertEquals(recordsOf(rig.proxy, "flood.0"), ["client.closed"]);
    await isQuiet(rig, sockets);
  });
});

/** Clients of an engine that stalls: how far they come, and how they go. */
const STALLS: readonly (readonly [
  what: string,
  transport: Transport,
  key: "hold" | "begun" | "tunnel",
  /** Comes of the answer before the client goes. */
  begun: string,
  goes: "half-closes" | "closes",
  code: string,
])[] = [
  ["before its head", "stream", "hold", "", "half-closes", "client.closed"],
  ["within a stream", "stream", "begun", "abc", "half-closes", "client.closed"],
  ["within a stream", "stream", "begun", "abc", "closes", "client.closed"],
  [
    "within a tunnel",
    "tunnel",
    "tunnel",
    "abc",
    "half-closes",
    "request.completed",
  ],
  ["within a tunnel", "tunnel", "tunnel", "abc", "closes", "request.completed"],
  ["within an upload", "upload", "hold", "", "half-closes", "client.closed"],
  ["within an upload", "upload", "hold", "", "closes", "client.closed"],
];

for (const [what, transport, key, begun, goes, code] of STALLS) {
  Deno.test(`faults: an engine that stalls ${what}, ${transport}, loses a client that ${goes}: ${code}`, async () => {
    await withRig([], async (rig, sockets) => {
      const name = `${key}.${transport}.${goes}`;
      const client = await connect(rig);
      await client.send(requestOf(transport, name));
      if (transport === "upload") await client.send("x".repeat(1000));
      await eventually(
        "the request",
        () => rig.engine.received().includes(name),
      );
      if (begun !== "") await client.until(begun);
      if (goes === "closes") client.close();
      else await client.conn.closeWrite();
      await engineEnds(rig, name);
      await rig.proxy.until(() => recordsOf(rig.proxy, name).length > 0);
      client.close();
      assertEquals(recordsOf(rig.proxy, name), [code]);
      await isQuiet(rig, sockets);
    });
  });
}

/** Where a request stands when SIGTERM comes, and what comes of it. */
const POINTS: readonly (readonly [
  what: string,
  transport: Transport | null,
  key: "hold" | "begun" | "tunnel" | "well",
  begun: string,
  codes: readonly string[],
])[] = [
  ["between two requests", "plain", "well", "[]", ["request.completed"]],
  ["within a request head", null, "hold", "", []],
  ["before the engine's head", "plain", "hold", "", ["request.stopped"]],
  ["within a plain answer", "plain", "begun", "abc", ["request.stopped"]],
  ["within a stream", "stream", "begun", "abc", ["request.stopped"]],
  ["within a tunnel", "tunnel", "tunnel", "abc", ["request.stopped"]],
  ["within an upload", "upload", "hold", "", ["request.stopped"]],
];

for (const [what, transport, key, begun, codes] of POINTS) {
  Deno.test(`faults: SIGTERM ${what} ends in order and records ${codes.join() || "nothing"}`, async () => {
    const rig = await startFaultRig(["--stop-grace=1s"]);
    const name = `${key}.sigterm`;
    const client = await connect(rig);
    try {
      const request = requestOf(transport ?? "plain", name);
      await client.send(
        transport === null ? request.slice(0, -10) : request,
      );
      if (transport === "upload") await client.send("x".repeat(1000));
      if (transport !== null) {
        await eventually(
          "the request",
          () => rig.engine.received().includes(name),
        );
      }
      if (begun !== "") await client.until(begun);
      const stopping = rig.stop();
      const text = await client.until("never sent");
      assertEquals(await stopping, 0);
      assertEquals(recordsOf(rig.proxy, name), codes);
      // What was cut does not look whole.
      assert(!text.endsWith("\r\n0\r\n\r\n"), text);
    } finally {
      client.close();
    }
  });
}

Deno.test("faults: where descriptors are exhausted clients are turned away, and served once there are some", async () => {
  // More clients than descriptors allow, as where the limit is not known.
  await withRig(["--max-connections=1000"], async (rig, sockets) => {
    const held: Client[] = [];
    for (let n = 0; n < 40; n++) {
      const client = await connect(rig);
      held.push(client);
      await client.send(requestOf("stream", `begun.${n}`));
    }
    await rig.proxy.until(() =>
      /cannot accept a client|no file descriptor is left/.test(rig.proxy.log())
    );
    for (const client of held) client.close();
    await isQuiet(rig, sockets);
    const client = await connect(rig);
    await client.send(requestOf("plain", "well.after"));
    assertStringIncludes(await client.until("[]"), "200 OK");
    client.close();
  }, 80);
});

Deno.test({
  name: isLean
    ? "faults: where memory is short clients get 503, and are served once there is some"
    : `faults: memory that is short: ${ONLY_LEAN}`,
  ignore: !isLean,
  async fn() {
    await withRig(["--memory-limit=24m"], async (rig, sockets) => {
      const held: Client[] = [];
      let refused = "";
      for (let n = 0; n < 3000 && refused === ""; n++) {
        const client = await connect(rig);
        held.push(client);
        await client.send(requestOf("stream", `begun.${n}`));
        const text = await client.until("\r\n\r\n");
        if (!text.startsWith("HTTP/1.1 200")) refused = text;
      }
      assertStringIncludes(refused, "503");
      for (const client of held) client.close();
      await isQuiet(rig, sockets);
      await eventuallyServed(rig);
    });
  },
});

/** A new client is served once what is lost has been collected. */
async function eventuallyServed(rig: FaultRig): Promise<void> {
  for (let n = 0;; n++) {
    const client = await connect(rig);
    await client.send(requestOf("plain", `well.${n}`));
    const text = await client.until("\r\n\r\n");
    client.close();
    if (text.startsWith("HTTP/1.1 200")) return;
    assert(n < 1000, text);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

Deno.test("faults: a thousand connections that come and go leave nothing", async () => {
  await withRig([], async (rig, sockets) => {
    for (let round = 0; round < 5; round++) {
      const all = await Promise.all(
        Array.from({ length: 200 }, () => connect(rig)),
      );
      const client = await connect(rig);
      await client.send(requestOf("plain", `well.${round}`));
      assertStringIncludes(await client.until("[]"), "200 OK");
      client.close();
      for (const one of all) one.close();
    }
    await isQuiet(rig, sockets);
  });
});

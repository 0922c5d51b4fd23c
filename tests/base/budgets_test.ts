/**
 * Checks size, start and memory of the lean binary against
 * `tests/budgets.json`, wherever the binary was built.
 */

import { assert, assertEquals } from "@std/assert";
import budgets from "../budgets.json" with { type: "json" };
import {
  ARCHITECTURE,
  ARCHITECTURES,
  binaryPath,
} from "../../tools/runtimes.ts";
import { payloadSize } from "../../tools/compile.ts";
import { exists } from "../../tools/exists.ts";

// What runs is for this machine.
const BINARY = binaryPath("lean", ARCHITECTURE);

const built = exists(BINARY);
if (!built) {
  console.warn(
    "there is no lean binary (run `deno task base`, `deno task compile`): its budgets are not checked",
  );
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: built
      ? `budget: ${name}`
      : `budget: ${name}: the lean binary is missing (deno task base, compile)`,
    ignore: !built,
    fn,
  });
}

function within(what: string, value: number, budget: number): void {
  console.log(`${what}: ${value} of ${budget}`);
  assert(value <= budget, `${what} is ${value}, more than ${budget}`);
}

const STREAM = new TextEncoder().encode(
  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
);
const ANSWER = new TextEncoder().encode(
  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]",
);
const REQUEST = new TextEncoder().encode(
  "GET /v1.43/containers/json HTTP/1.1\r\nHost: docker\r\n\r\n",
);
const EVENTS = new TextEncoder().encode(
  "GET /v1.43/events HTTP/1.1\r\nHost: docker\r\n\r\n",
);

/** An engine that answers every head with the same small body, and events with none. */
function fakeEngine(path: string): Deno.Listener {
  const listener = Deno.listen({ transport: "unix", path });
  Deno.chmodSync(path, 0o666);
  const serve = async (conn: Deno.Conn) => {
    const buffer = new Uint8Array(4096);
    let tail = "";
    for (;;) {
      const read = await conn.read(buffer).catch(() => null);
      if (read === null) break;
      const parts = (tail + new TextDecoder().decode(buffer.subarray(0, read)))
        .split("\r\n\r\n");
      tail = parts.pop()!;
      for (const head of parts) {
        await conn.write(head.includes("/events") ? STREAM : ANSWER);
      }
    }
    conn.close();
  };
  (async () => {
    for await (const conn of listener) serve(conn).catch(() => {});
  })();
  return listener;
}

interface Started {
  process: Deno.ChildProcess;
  port: number;
  /** From the start of the process to the first answer. */
  milliseconds: number;
}

const pause = (milliseconds: number) =>
  new Promise<void>((done) => setTimeout(done, milliseconds));

/** Sends requests one after the other; each must be answered with 200. */
async function ask(port: number, count: number): Promise<void> {
  const conn = await Deno.connect({ port });
  conn.setNoDelay(true);
  const buffer = new Uint8Array(4096);
  try {
    for (let n = 0; n < count; n++) {
      await conn.write(REQUEST);
      let text = "";
      while (!text.endsWith("[]")) {
        const read = await conn.read(buffer);
        if (read === null) throw new Error(`closed after ${n} answers`);
        text += new TextDecoder().decode(buffer.subarray(0, read));
      }
      if (n === 0) assertEquals(text.split("\r\n")[0], "HTTP/1.1 200 OK");
    }
  } finally {
    conn.close();
  }
}

async function start(engine: string, binary = BINARY): Promise<Started> {
  const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = (probe.addr as Deno.NetAddr).port;
  probe.close();
  const from = performance.now();
  const process = new Deno.Command(binary, {
    args: [
      `--engine=unix://${engine}`,
      `--listen=tcp://127.0.0.1:${port}`,
      "--allow=container.list",
      "--allow=system.events",
    ],
    // A variable of the tests' own must not be taken for a setting.
    clearEnv: true,
    stdout: "piped",
    stderr: "null",
  }).spawn();
  // Logs on, and read.
  (async () => {
    for await (const _ of process.stdout);
  })();
  for (;;) {
    try {
      await ask(port, 1);
      break;
    } catch (error) {
      if (performance.now() - from > 5000) throw error;
      await pause(0.5);
    }
  }
  return { process, port, milliseconds: performance.now() - from };
}

function resident(pid: number): number {
  const text = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(text.match(/^VmRSS:\s*(\d+) kB$/m)?.[1]);
}

async function stop({ process }: Started): Promise<void> {
  process.kill("SIGTERM");
  await process.status;
}

for (const architecture of ARCHITECTURES) {
  const binary = binaryPath("lean", architecture);
  const budget = budgets.binary[architecture as keyof typeof budgets.binary];
  Deno.test({
    name: `budget: size for ${architecture}${
      exists(binary)
        ? ""
        : `: the lean binary is missing (deno task base, compile --arch ${architecture})`
    }`,
    ignore: !exists(binary),
    async fn() {
      const bytes = Deno.readFileSync(binary);
      within("bytes", bytes.length, budget.bytes);
      within("bytes of the program", payloadSize(bytes), budgets.payload.bytes);
      const gzip = await new Deno.Command("gzip", {
        args: ["-9", "-c", binary],
      }).output();
      within("bytes compressed", gzip.stdout.length, budget.gzip);
    },
  });
}

test("start", async () => {
  const folder = Deno.makeTempDirSync();
  Deno.chmodSync(folder, 0o755);
  const engine = fakeEngine(`${folder}/engine.sock`);
  // The best of some: what else the machine does is not ours.
  let best = Infinity;
  for (let n = 0; n < 30 && best > budgets.start.goal; n++) {
    const started = await start(`${folder}/engine.sock`);
    best = Math.min(best, started.milliseconds);
    await stop(started);
  }
  engine.close();
  Deno.removeSync(folder, { recursive: true });
  within(
    `milliseconds to the first answer (the goal is ${budgets.start.goal})`,
    Math.round(best * 10) / 10,
    budgets.start.milliseconds,
  );
});

test("memory", async () => {
  const folder = Deno.makeTempDirSync();
  Deno.chmodSync(folder, 0o755);
  const engine = fakeEngine(`${folder}/engine.sock`);
  // A file in plain writes, as a download makes it: how much of it counts as
  // resident depends on the pieces in which the system's cache holds it.
  const copy = `${folder}/sockwarden`;
  await new Deno.Command("dd", {
    args: [`if=${BINARY}`, `of=${copy}`, "bs=64k"],
    stderr: "null",
  }).output();
  Deno.chmodSync(copy, 0o755);
  const started = await start(`${folder}/engine.sock`, copy);
  try {
    await pause(1500);
    within("KiB idle", resident(started.process.pid), budgets.memory.idleKiB);
    const connections = 16;
    await Promise.all(
      Array.from(
        { length: connections },
        () => ask(started.port, budgets.memory.requests / connections),
      ),
    );
    within(
      `KiB after ${budgets.memory.requests} requests`,
      resident(started.process.pid),
      budgets.memory.loadedKiB,
    );
  } finally {
    await stop(started);
    engine.close();
    Deno.removeSync(folder, { recursive: true });
  }
});

test("memory of streams", async () => {
  const folder = Deno.makeTempDirSync();
  Deno.chmodSync(folder, 0o755);
  const engine = fakeEngine(`${folder}/engine.sock`);
  const started = await start(`${folder}/engine.sock`);
  try {
    const { streams, streamKiB, afterStreamsKiB } = budgets.memory;
    const before = resident(started.process.pid);
    const open: Deno.Conn[] = [];
    for (let n = 0; n < streams; n++) {
      const conn = await Deno.connect({ port: started.port });
      await conn.write(EVENTS);
      assert(await conn.read(new Uint8Array(1024)) !== null);
      open.push(conn);
    }
    within(
      "KiB of an idle stream",
      Math.round((resident(started.process.pid) - before) / streams),
      streamKiB,
    );
    for (const conn of open) conn.close();
    // What is garbage is collected when nothing has happened for a second.
    await pause(10_000);
    within(
      `KiB 10 s after ${streams} streams closed`,
      resident(started.process.pid),
      afterStreamsKiB,
    );
  } finally {
    await stop(started);
    engine.close();
    Deno.removeSync(folder, { recursive: true });
  }
});

/**
 * The lean base carries plain requests, on a stock runtime all pass through the
 * program: both must do the same, towards the client, the engine and the log.
 */

import { assertEquals } from "@std/assert";
import { ARCHITECTURE, binaryPath } from "../../tools/runtimes.ts";
import { exists } from "../../tools/exists.ts";
import {
  type EngineConnection,
  latin1,
  type RecordingEngine,
  startEngine,
} from "../support/engine.ts";
import { type Case, CASES, type EngineStep } from "./carrier_cases.ts";
import { program, type Sockwarden, startProgram } from "./sockwarden.ts";

const NAMED = Deno.env.get("SOCKWARDEN_BINARY") ?? "";
const BINARY = NAMED === "" ? binaryPath("lean", ARCHITECTURE) : NAMED;

/** Cases that run at once: most of their time is spent waiting. */
const AT_ONCE = 8;
/** Milliseconds after which a client that reads nothing more gives up. */
const PATIENCE_MS = 60_000;
/** Milliseconds that what the engine has sent may be on its way. */
const SENT_MS = 60;

/** What became of a case, but for times. */
interface Outcome {
  /** What the client got. */
  readonly got: string;
  /** How its reading has ended. */
  readonly end: "ended" | "broken" | "closed";
  /** What the engine got, by connection, of this case. */
  readonly engine: readonly string[];
}

interface Rig {
  /** How many requests of each case the engine has got, by the case's name. */
  readonly asked: Map<string, number>;
  /** How many requests of each case the engine is done with; by the case's name. */
  readonly done: Map<string, number>;
  readonly proxy: Sockwarden;
  readonly engine: RecordingEngine;
  readonly unix: string;
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function startRig(
  binary: string,
  flags: readonly string[],
): Promise<Rig> {
  const asked = new Map<string, number>();
  const done = new Map<string, number>();
  const engine = await startEngine(async (connection, head) => {
    const one = CASES.find(({ name }) => head.includes(nameOf(name)));
    if (one === undefined) {
      await connection.write(
        "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}",
      );
      return;
    }
    const count = asked.get(one.name) ?? 0;
    asked.set(one.name, count + 1);
    const steps = one.engine[Math.min(count, one.engine.length - 1)]!;
    for (const step of steps) await take(connection, step);
    done.set(one.name, (done.get(one.name) ?? 0) + 1);
  });
  await Deno.chmod(engine.path.replace(/\/[^/]+$/, ""), 0o777);
  await Deno.chmod(engine.path, 0o666);
  const unix = `${engine.path}.listener`;
  const proxy = await startProgram(program(binary), `unix://${engine.path}`, [
    "--log-format=json",
    "--events",
    "--containers",
    "--engine-pool=0",
    // A machine that is busy must not make it another case.
    "--head-timeout=60s",
    `--listen=unix://${unix}?mode=0666`,
    "--listen=tcp://[::1]:0",
    ...flags,
  ]);
  return { asked, done, proxy, engine, unix };
}

async function take(
  connection: EngineConnection,
  step: EngineStep,
): Promise<void> {
  if (step === "close") return connection.close();
  if (step === "hold" || step === "ended") {
    while (!connection.ended) await connection.more();
    return step === "hold" ? connection.close() : undefined;
  }
  if (typeof step === "string") return await connection.write(step);
  if ("pause" in step) return await pause(step.pause);
  for (const byte of step.bytes) await connection.write(byte);
}

/** In paths and logs; no name is the start of another. */
function nameOf(name: string): string {
  return `x-${name}-x`;
}

type Connect = (rig: Rig) => Promise<Deno.Conn>;

async function runCase(
  rig: Rig,
  { name, client, loose }: Case,
  connect: Connect,
): Promise<Outcome> {
  const conn = await connect(rig);
  let got = "";
  let end: Outcome["end"] | null = null;
  let changed = () => {};
  let paused = Promise.resolve();
  const buffer = new Uint8Array(65536);
  const reading = (async () => {
    while (end === null) {
      await paused;
      try {
        const size = await conn.read(buffer);
        if (size === null) end ??= "ended";
        else got += latin1(buffer.subarray(0, size));
      } catch {
        end ??= "broken";
      }
      changed();
    }
  })();
  const write = async (text: string) => {
    const bytes = bytesOf(text);
    for (let at = 0; at < bytes.length;) {
      at += await conn.write(bytes.subarray(at));
    }
  };
  try {
    for (const step of client) {
      if (end !== null) break;
      if (step === "half-close") await conn.closeWrite();
      else if (step === "close") {
        end = "closed";
        break;
      } else if (typeof step === "string") {
        await write(step.replaceAll("NAME", nameOf(name)));
      } else if ("bytes" in step) {
        for (const byte of step.bytes.replaceAll("NAME", nameOf(name))) {
          await write(byte);
          await pause(0);
        }
      } else if ("pause" in step) await pause(step.pause);
      else if ("asked" in step) {
        while ((rig.asked.get(name) ?? 0) < step.asked) await pause(5);
      } else if ("done" in step) {
        while ((rig.done.get(name) ?? 0) < step.done && end === null) {
          await pause(5);
        }
        // What the engine has sent is on its way still.
        await pause(SENT_MS);
      } else if ("slowly" in step) {
        const first = Promise.withResolvers<void>();
        paused = first.promise;
        await pause(200);
        paused = Promise.resolve();
        first.resolve();
        while (got.length < step.slowly && end === null) {
          await new Promise<void>((resolve) => changed = resolve);
        }
      } else {
        const { until, times = 1 } = step;
        while (got.split(until).length <= times && end === null) {
          await new Promise<void>((resolve) => changed = resolve);
        }
      }
    }
  } catch {
    // It was closed while the client still sent.
  }
  if (end !== "closed") {
    const timer = setTimeout(() => conn.close(), PATIENCE_MS);
    await reading;
    clearTimeout(timer);
  }
  try {
    conn.close();
  } catch {
    // It ran out of patience.
  }
  await reading;
  const mark = nameOf(name);
  return {
    got: loose === true ? "" : shown(withoutIds(withoutEngine(got, rig))),
    end: loose === true ? "closed" : end!,
    engine: rig.engine.connections.map(({ received }) =>
      withoutIds(
        received.split(/(?<=\r\n\r\n)/).filter((head) => head.includes(mark))
          .join(""),
      )
    ).filter((heads) => heads !== ""),
  };
}

/** Every request has an id of its own while there is an audit. */
function withoutIds(text: string): string {
  return text.replaceAll(/\b[0-9a-f]{32}\b/g, "ID");
}

/** Each rig has an engine of its own, and messages name it. */
function withoutEngine(text: string, { engine }: Rig): string {
  // A client that has ended its side is asked whether it is there, after 5 s.
  text = text.replaceAll("HTTP/1.1 100 Continue\r\n\r\n", "");
  return text.includes(engine.path)
    ? text.replaceAll(engine.path, "ENGINE")
      .replace(/Content-Length: 1[0-9]{2}\b/, "Content-Length: …")
    : text;
}

/** A large text by its ends and its length. */
function shown(text: string): string {
  return text.length < 4000
    ? text
    : `${text.slice(0, 400)}…${text.slice(-400)} (${text.length})`;
}

/** The records of a case, without times: those of the log, then those of the audit. */
function recordsOf(
  { proxy, engine }: Rig,
  mark: string,
  loose: boolean,
): unknown[] {
  const lines = proxy.log().replaceAll(engine.path, "ENGINE").split("\n")
    .slice(0, -1).filter((line) => line.startsWith("{"));
  const [audited, logged] = [true, false].map((wanted) =>
    lines.filter((line) => line.startsWith('{"audit":') === wanted)
  );
  const ids = new Set(
    audited!.filter((line) => line.includes(mark)).map((line) =>
      JSON.parse(line).id
    ),
  );
  return [
    ...logged!.filter((line) => line.includes(mark)),
    ...audited!.filter((line) => ids.has(JSON.parse(line).id)),
  ].map((line) => {
    const { time: _, seq: __, ...record } = JSON.parse(withoutIds(line));
    for (const name of Object.keys(record)) {
      if (/ms$|^duration/i.test(name)) record[name] = typeof record[name];
    }
    // What depends on how much was read at a time.
    return loose ? record.code : record;
  });
}

/** Runs all cases, some at once, in the order of the table. */
async function runAll(
  rig: Rig,
  cases: readonly Case[],
  connect: Connect,
): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const rest = [...cases];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
      outcomes.set(next.name, await runCase(rig, next, connect));
    }
  }));
  return outcomes;
}

const AT_IPV4: Connect = ({ proxy }) =>
  Deno.connect({ hostname: "127.0.0.1", port: proxy.port });

/** By what clients use: how they connect, and the settings. */
const LISTENERS: readonly (readonly [string, Connect, ...string[]])[] = [
  ["IPv4", AT_IPV4],
  ["IPv4, with an audit", AT_IPV4, "--audit=-"],
  [
    "IPv6",
    ({ proxy }) => {
      const port = /listening on .*\[::1\]:([0-9]+)/.exec(proxy.log())![1]!;
      return Deno.connect({ hostname: "::1", port: Number(port) });
    },
  ],
  ["unix", ({ unix }) => Deno.connect({ transport: "unix", path: unix })],
];

for (const [listener, connect, ...flags] of LISTENERS) {
  Deno.test({
    name:
      `what is carried has the same outcome as what passes here: ${listener}`,
    ignore: !exists(BINARY),
    async fn(test) {
      // How a client is listened to changes nothing that the engine does.
      const cases = listener.startsWith("IPv4")
        ? CASES
        : CASES.filter(({ name }) => /^(?:client|attack|stream)-/.test(name));
      const [carried, ordinary] = await Promise.all(
        [BINARY, ""].map(async (binary) => {
          const rig = await startRig(binary, flags);
          const outcomes = await runAll(rig, cases, connect);
          const { code } = await rig.proxy.stop();
          await rig.engine.stop();
          assertEquals(code, 0, rig.proxy.log());
          return {
            outcomes,
            records: (one: Case) =>
              recordsOf(rig, nameOf(one.name), one.loose === true),
          };
        }),
      );
      for (const one of cases) {
        await test.step(one.name, () => {
          assertEquals(
            carried!.outcomes.get(one.name),
            ordinary!.outcomes.get(one.name),
          );
          assertEquals(carried!.records(one), ordinary!.records(one));
        });
      }
    },
  });
}

/** Sends a request and reads the answer to its end, on a connection of its own. */
async function ask(conn: Deno.Conn, path: string): Promise<string> {
  const text = `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
  await conn.write(bytesOf(text));
  let got = "";
  const buffer = new Uint8Array(4096);
  for (;;) {
    const size = await conn.read(buffer);
    if (size === null) break;
    got += latin1(buffer.subarray(0, size));
  }
  conn.close();
  return got;
}

/** The lean binary, which carries, in front of an engine that answers everything. */
async function withLean(
  args: (folder: string) => Promise<readonly string[]>,
  test: (proxy: Sockwarden, engine: RecordingEngine) => Promise<void>,
): Promise<void> {
  const engine = await startEngine((connection) =>
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")
  );
  const folder = engine.path.replace(/\/[^/]+$/, "");
  await Deno.chmod(folder, 0o777);
  await Deno.chmod(engine.path, 0o666);
  const which = program(BINARY);
  const words = await args(folder);
  const proxy = await startProgram(which, `unix://${engine.path}`, words);
  try {
    await test(proxy, engine);
  } finally {
    await proxy.stop();
    await engine.stop();
  }
}

Deno.test({
  name: "an engine connection that is carried serves one client of the policy",
  ignore: !exists(BINARY),
  async fn() {
    const listener = (folder: string, name: string) => `${folder}/${name}.sock`;
    await withLean(
      async (folder) => {
        const file = `${folder}/policy.yml`;
        const client = (name: string) =>
          `  ${name}:\n    listen: unix://${
            listener(folder, name)
          }?mode=0666\n    allow: [container.inspect]\n`;
        await Deno.writeTextFile(
          file,
          `clients:\n${client("one")}${client("two")}default:\n  allow: []\n`,
        );
        await Deno.chmod(file, 0o644);
        return [`--config=${file}`];
      },
      async (_, engine) => {
        const folder = engine.path.replace(/\/[^/]+$/, "");
        for (let round = 0; round < 5; round++) {
          for (const name of ["one", "two"]) {
            const path = listener(folder, name);
            const conn = await Deno.connect({ transport: "unix", path });
            const got = await ask(conn, `/containers/of-${name}/json`);
            assertEquals(got.endsWith("\r\n\r\n[]"), true, got);
          }
        }
        const uses = engine.connections.map(({ received }) => ({
          one: received.split("/of-one/").length - 1,
          two: received.split("/of-two/").length - 1,
        })).filter(({ one, two }) => one + two > 0);
        // Each has one, and keeps it.
        assertEquals(uses.toSorted((a, b) => b.one - a.one), [
          { one: 5, two: 0 },
          { one: 0, two: 5 },
        ]);
      },
    );
  },
});

Deno.test({
  name: "the system asks whether a TCP client that is carried lives",
  ignore: !exists(BINARY),
  async fn() {
    await withLean(
      () => Promise.resolve(["--containers"]),
      async (proxy) => {
        const { port } = proxy;
        const conn = await Deno.connect({ hostname: "127.0.0.1", port });
        await conn.write(bytesOf(
          "GET /containers/json HTTP/1.1\r\nHost: a\r\n\r\n",
        ));
        await conn.read(new Uint8Array(4096));
        const table = await Deno.readTextFile("/proc/net/tcp");
        const ours = port.toString(16).toUpperCase().padStart(4, "0");
        // Its local end, established (01): the timer 02 is that of keepalive.
        const timers = table.split("\n").map((line) => line.trim().split(/\s+/))
          .filter(([, local, , state]) =>
            local?.endsWith(`:${ours}`) && state === "01"
          )
          .map((fields) => fields[5]!.slice(0, 2));
        assertEquals(timers, ["02"]);
        conn.close();
      },
    );
  },
});

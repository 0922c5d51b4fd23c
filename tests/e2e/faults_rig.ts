/**
 * One sockwarden in front of an engine that does wrong, for the table of
 * faults.
 *
 * @module
 */

import {
  type EngineConnection,
  latin1,
  type RecordingEngine,
  startEngine,
} from "../support/engine.ts";
import { eventually } from "../support/proxy.ts";
import {
  type ClientRow,
  type End,
  type Fault,
  FAULTS,
  type Outcome,
  type Step,
  type Transport,
} from "./faults_table.ts";
import { type Sockwarden, startSockwarden } from "./sockwarden.ts";

/** Bytes of an upload. */
const UPLOAD_BYTES = 300_000;
/** Bytes of one piece of what has no end. */
const PIECE = new Uint8Array(65536).fill(0x78);

/** A line of the log. */
interface Line {
  readonly path?: string;
  readonly code?: string;
}

/** Both, running. */
export interface FaultRig {
  readonly proxy: Sockwarden;
  readonly engine: RecordingEngine;
  /** Bytes that the engine has sent of what has no end. */
  flooded(): number;
  stop(): Promise<number>;
}

/** What the engine does with a request that names none of the faults. */
const OTHERS: Readonly<Record<string, readonly Step[]>> = {
  hold: ["hold"],
  flood: [
    { send: "HTTP/1.1 200 OK\r\nContent-Length: 4000000000\r\n\r\n" },
    "flood",
  ],
  begun: [
    {
      send: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    },
    "hold",
  ],
  tunnel: [
    {
      send:
        "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nabc",
    },
    "hold",
  ],
};

/** It knows no other container, such as sockwarden's own. */
const NOT_FOUND: readonly Step[] = [
  { send: "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}" },
];

/** Starts both; `descriptors` bounds those of the proxy. */
export async function startFaultRig(
  args: readonly string[] = [],
  descriptors?: number,
): Promise<FaultRig> {
  let flooded = 0;
  const engine = await startEngine(async (connection, head) => {
    const key = /^\S+ \/containers\/([a-z-]+)\./.exec(head)?.[1] ?? "";
    const steps = FAULTS.find((fault) => fault.key === key)?.steps ??
      OTHERS[key] ?? NOT_FOUND;
    for (const step of steps) {
      await take(connection, step, (size) => flooded += size);
    }
  });
  // The lean binary gives up root before it connects.
  await Deno.chmod(engine.path.replace(/\/[^/]+$/, ""), 0o755);
  await Deno.chmod(engine.path, 0o666);
  const proxy = await startSockwarden(
    `unix://${engine.path}`,
    [
      "--log-format=json",
      "--allow=container.inspect",
      "--allow=container.logs",
      "--allow=container.attach",
      "--allow=container.archive.put",
      ...args,
    ],
    {},
    descriptors,
  );
  return {
    proxy,
    engine,
    flooded: () => flooded,
    async stop() {
      const { code } = await proxy.stop();
      await engine.stop();
      return code;
    },
  };
}

async function take(
  connection: EngineConnection,
  step: Step,
  sent: (size: number) => void,
): Promise<void> {
  if (step === "close") return connection.close();
  if (step === "hold") {
    while (!connection.ended) await connection.more();
    return connection.close();
  }
  if (step === "flood") {
    for (;;) {
      await connection.write(PIECE);
      sent(PIECE.length);
    }
  }
  await connection.write(step.send);
}

/** The request of a row; its path names the row. */
export function requestOf(transport: Transport, name: string): string {
  switch (transport) {
    case "plain":
      return `GET /containers/${name}/json HTTP/1.1\r\nHost: a\r\n\r\n`;
    case "stream":
      return `GET /containers/${name}/logs?follow=1 HTTP/1.1\r\nHost: a\r\n\r\n`;
    case "tunnel":
      return `POST /containers/${name}/attach?stream=1 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n`;
    case "upload":
      return `PUT /containers/${name}/archive?path=/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-tar\r\nContent-Length: ${UPLOAD_BYTES}\r\n\r\n`;
  }
}

/** Runs one client; returns what it saw. */
async function runClient(
  { proxy, engine }: FaultRig,
  { single, halfCloses, goes }: ClientRow,
  transport: Transport,
  name: string,
): Promise<Outcome> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: proxy.port });
  conn.setNoDelay(true);
  try {
    const head = new TextEncoder().encode(requestOf(transport, name));
    for (let at = 0; at < head.length;) {
      at += await conn.write(head.subarray(at, single ? at + 1 : undefined));
    }
    // What answers early may close before it has all.
    const sending = transport === "upload"
      ? sendAll(conn, new Uint8Array(UPLOAD_BYTES)).catch(() => {})
      : Promise.resolve();
    if (goes) {
      await eventually("the request", () => engine.received().includes(name));
      return "nothing";
    }
    const reading = readAnswer(conn, single ? 1 : 65536);
    if (halfCloses) {
      await sending;
      await conn.closeWrite().catch(() => {});
    }
    return await reading;
  } finally {
    conn.close();
  }
}

async function sendAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await conn.write(bytes.subarray(at));
  }
}

/** Reads until the answer is whole or the connection has ended. */
async function readAnswer(conn: Deno.Conn, size: number): Promise<Outcome> {
  const buffer = new Uint8Array(size);
  let text = "";
  for (;;) {
    let read: number | null;
    try {
      read = await conn.read(buffer);
    } catch {
      read = null;
    }
    if (read === null) break;
    text += latin1(buffer.subarray(0, read));
    if (isWhole(text)) return text.startsWith("HTTP/1.1 502") ? "502" : "whole";
  }
  if (text === "") return "nothing";
  return text.startsWith("HTTP/1.1 101") ? "tunnel" : "cut";
}

function isWhole(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const head = text.slice(0, end + 2);
  if (head.startsWith("HTTP/1.1 101")) return false;
  const length = /\r\ncontent-length: ([0-9]+)\r\n/i.exec(head)?.[1];
  return length === undefined
    ? text.endsWith("\r\n0\r\n\r\n")
    : text.length >= end + 4 + Number(length);
}

/**
 * Runs all clients of a row at once; returns what each saw, with the reason code
 * of its record.
 */
export async function runRow(
  rig: FaultRig,
  fault: Fault,
  transport: Transport,
  client: ClientRow,
): Promise<End[]> {
  const names = Array.from(
    { length: client.count },
    (_, n) => `${fault.key}.${transport}.${client.key}.${n}`,
  );
  const outcomes = await Promise.all(
    names.map((name) => runClient(rig, client, transport, name)),
  );
  const ends: End[] = [];
  for (const [i, name] of names.entries()) {
    await rig.proxy.until(() => recordsOf(rig.proxy, name).length > 0);
    const codes = recordsOf(rig.proxy, name);
    ends.push([outcomes[i]!, codes.join(" and ")]);
  }
  return ends;
}

/** The reason codes of the records of a row. */
export function recordsOf(proxy: Sockwarden, name: string): string[] {
  const mark = `/containers/${name}/`;
  // The last one may still be on its way.
  return proxy.log().split("\n").slice(0, -1)
    .filter((line) => line.includes(mark))
    .map((line) => (JSON.parse(line) as Line).code ?? "");
}

/** Waits until the process has no connection but those that it had. */
export async function isQuiet(
  { proxy }: FaultRig,
  before: number,
): Promise<void> {
  await eventually(
    `no more than ${before} sockets`,
    () => socketsOf(proxy.pid) <= before,
  );
}

/** How many sockets a process has. */
export function socketsOf(pid: number): number {
  let count = 0;
  for (const { name } of Deno.readDirSync(`/proc/${pid}/fd`)) {
    try {
      if (Deno.readLinkSync(`/proc/${pid}/fd/${name}`).startsWith("socket:")) {
        count++;
      }
    } catch {
      // Closed meanwhile.
    }
  }
  return count;
}

/** KiB of memory that a process has. */
export function memoryOf(pid: number): number {
  const text = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(text)?.[1]);
}

/**
 * A stand-in for the engine that answers every operation in its own way: plain
 * ones at once, streams and tunnels piece by piece.
 *
 * @module
 */

import { matchOperation } from "../../lib/docker/match.ts";
import { parseRequestHead, type RequestHead } from "../../lib/http1/request.ts";
import { openBody, takeBody } from "../../lib/wire/body.ts";
import { readHead } from "../../lib/wire/head.ts";
import {
  closeSource,
  openSource,
  type Source,
  take,
} from "../../lib/wire/source.ts";
import { writeAll } from "../../lib/wire/write.ts";

const LIMITS = { headBytes: 65536, headerCount: 100, requestLineBytes: 16384 };
/** Milliseconds between two pieces of a stream. */
const TICK_MS = 500;
/** Pieces of a stream that is not to be held open. */
const SHORT_STREAM = 2;

/** The field that says how many pieces a stream has: its client holds it open so long. */
export const PIECES_FIELD = "X-Pieces";

/** A stand-in that runs. */
export interface SoakEngine {
  readonly path: string;
  stop(): Promise<void>;
}

/** Starts it on a unix socket in a new folder. */
export async function startSoakEngine(): Promise<SoakEngine> {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-soak-" });
  // The lean binary gives up root before it connects.
  await Deno.chmod(folder, 0o755);
  const path = `${folder}/engine.sock`;
  const listener = Deno.listen({ transport: "unix", path });
  await Deno.chmod(path, 0o666);
  const open = new Set<Source>();
  (async () => {
    for await (const conn of listener) {
      const source = openSource(conn, true);
      open.add(source);
      serve(source).catch(() => {}).finally(() => {
        closeSource(source);
        open.delete(source);
      });
    }
  })().catch(() => {});
  return {
    path,
    async stop() {
      listener.close();
      for (const source of open) closeSource(source);
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function serve(source: Source): Promise<void> {
  for (;;) {
    const text = await readHead(source, LIMITS.headBytes);
    if (typeof text !== "string") return;
    const head = parseRequestHead(text, LIMITS);
    if ("reason" in head) return;
    if (head.expectContinue) {
      await write(source, "HTTP/1.1 100 Continue\r\n\r\n");
    }
    if (!await dropBody(source, head)) return;
    if (!await answer(source, head)) return;
  }
}

/** Reads a body; returns whether it was whole. */
async function dropBody(source: Source, head: RequestHead): Promise<boolean> {
  const body = openBody(head.framing);
  while (!body.done) {
    while (!take(source)) {
      if (source.ended) return false;
      await source.pending;
    }
    takeBody(body, source, false);
    if (body.error !== null) return false;
  }
  return true;
}

/** Answers; returns whether the connection goes on. */
async function answer(source: Source, head: RequestHead): Promise<boolean> {
  const match = matchOperation(head.method, head.target);
  if (match.kind !== "operation") {
    return await send(source, 404, '{"message":"page not found"}\n', head);
  }
  const { name, transport } = match.operation;
  switch (transport) {
    case "tunnel":
      return head.upgrade === null && name !== "container.attach" &&
          name !== "exec.start"
        ? await send(source, 200, "{}", head)
        : await echo(source, head.upgrade !== null);
    case "stream":
      return await stream(source, head);
    default: {
      const body = BODIES[name] ??
        (name.endsWith(".list")
          ? "[]"
          : head.method === "GET"
          ? SOME
          : head.method === "POST"
          ? CREATED
          : "");
      return await send(source, statusOf(name, body), body, head);
    }
  }
}

const ID = "a".repeat(64);
const ENTRY = {
  Id: ID,
  Names: ["/web"],
  Image: "app:1",
  Labels: { "com.docker.compose.project": "shop" },
  State: "running",
  NetworkSettings: { Networks: { bridge: { IPAddress: "172.17.0.2" } } },
};
const CONTAINER = {
  Id: ID,
  Name: "/web",
  Config: { Image: "app:1", Env: ["PASSWORD=secret", "A=b"], Labels: {} },
  HostConfig: { NetworkMode: "bridge" },
  State: { Status: "running", Running: true },
  Mounts: [],
};
const CREATED = JSON.stringify({ Id: ID, Warnings: [] });
const SOME = JSON.stringify({ Id: ID, Name: "web", text: "x".repeat(2000) });

/** Bodies of some operations. */
const BODIES: Readonly<Record<string, string>> = {
  "system.ping": "OK",
  "container.list": JSON.stringify(Array(20).fill(ENTRY)),
  "container.inspect": JSON.stringify(CONTAINER),
  "image.list": JSON.stringify(Array(60).fill({ Id: ID, RepoTags: ["app:1"] })),
  "volume.list": '{"Volumes":[],"Warnings":null}',
  "container.top": '{"Titles":["CMD"],"Processes":[["a"]]}',
  "container.start": "",
  "container.stop": "",
  "container.kill": "",
  "container.restart": "",
};

function statusOf(name: string, body: string): number {
  if (body === "") return 204;
  return name.endsWith(".create") ? 201 : 200;
}

async function send(
  source: Source,
  status: number,
  body: string,
  head: RequestHead,
): Promise<boolean> {
  const length = status === 204 ? "" : `Content-Length: ${body.length}\r\n`;
  await write(
    source,
    `HTTP/1.1 ${status} X\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\n${length}\r\n${
      head.method === "HEAD" ? "" : body
    }`,
  );
  return true;
}

/** Sends pieces with pauses, and an end. */
async function stream(source: Source, head: RequestHead): Promise<boolean> {
  await write(
    source,
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
  );
  const asked = /x-pieces: ([0-9]+)\r\n/i.exec(head.fields)?.[1];
  for (let left = Number(asked ?? SHORT_STREAM); left > 0; left--) {
    if (source.ended) return false;
    const piece = `{"status":"${"x".repeat(40 * (left % 7))}"}\n`;
    await write(source, `${piece.length.toString(16)}\r\n${piece}\r\n`);
    // What is not held comes at once.
    if (asked !== undefined) await pause(TICK_MS);
  }
  await write(source, "0\r\n\r\n");
  return true;
}

/** Gives back what comes, until the client ends its side. */
async function echo(source: Source, switched: boolean): Promise<false> {
  await write(
    source,
    switched
      ? "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
      : "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n",
  );
  for (;;) {
    while (!take(source)) {
      if (source.ended) return false;
      await source.pending;
    }
    const piece = source.buffer.slice(source.start, source.end);
    source.start = source.end;
    await writeAll(source.conn, piece);
  }
}

function write(source: Source, text: string): Promise<void> {
  return writeAll(source.conn, new TextEncoder().encode(text));
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

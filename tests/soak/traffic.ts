/**
 * Traffic of real programs: their recorded calls, sent again, and streams that
 * come and go beside them.
 *
 * @module
 */

import { parseResponseHead } from "../../lib/http1/response.ts";
import { NO_BODY } from "../../lib/http1/framing.ts";
import { openBody, takeBody } from "../../lib/wire/body.ts";
import { readHead } from "../../lib/wire/head.ts";
import {
  closeSource,
  openSource,
  rest,
  type Source,
  take,
} from "../../lib/wire/source.ts";
import { writeAll } from "../../lib/wire/write.ts";
import type { Random } from "../support/random.ts";
import { PIECES_FIELD } from "./engine.ts";

const RECORDINGS = new URL("../recordings/", import.meta.url).pathname;
const MAX_HEAD_BYTES = 65536;

/** One recorded call. */
export interface Call {
  readonly method: string;
  readonly target: string;
}

/** The calls of one program, in their order. */
export interface Program {
  readonly name: string;
  readonly calls: readonly Call[];
}

/** What stands for what was there in a recording. */
const PLACES: readonly (readonly [RegExp, string])[] = [
  [/ID64/g, "a".repeat(64)],
  [/ID25/g, "b".repeat(25)],
  [/ID12/g, "c".repeat(12)],
  [/DIGEST/g, `sha256:${"d".repeat(64)}`],
  [/NAME/g, "web"],
];

/** Reads the recordings. */
export function programs(): Program[] {
  return [...Deno.readDirSync(RECORDINGS)].map(({ name }) => name)
    .filter((name) => name.endsWith(".tsv")).sort()
    .map((name) => ({
      name,
      calls: Deno.readTextFileSync(RECORDINGS + name).split("\n")
        .filter((line) => /^[0-9]+\t/.test(line))
        .map((line) => {
          const [, method, path] = line.split("\t") as string[];
          return {
            method: method!,
            target: PLACES.reduce(
              (text, [place, value]) => text.replace(place, value),
              path!,
            ),
          };
        }),
    }));
}

/** A client's connection. */
export async function connect(port: number): Promise<Source> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  conn.setNoDelay(true);
  return openSource(conn, true);
}

/**
 * Sends a call and reads its answer to the end.
 *
 * @returns The status, and whether another call may follow; null where the
 * connection ended before the answer did.
 */
export async function send(
  source: Source,
  { method, target }: Call,
  body: string,
): Promise<{ status: number; goesOn: boolean } | null> {
  const fields = body === ""
    ? ""
    : `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
  await write(
    source,
    `${method} ${target} HTTP/1.1\r\nHost: docker\r\nUser-Agent: soak\r\n${fields}\r\n${body}`,
  );
  const text = await readHead(source, MAX_HEAD_BYTES);
  if (typeof text !== "string") return null;
  const head = parseResponseHead(text);
  if ("reason" in head) return null;
  const { status, keepAlive } = head;
  // It has become a tunnel, or one without a word of it.
  if (status === 101 || (method === "POST" && !head.framed && status === 200)) {
    return { status, goesOn: false };
  }
  const framed = openBody(method === "HEAD" ? NO_BODY : head.framing);
  while (!framed.done) {
    while (!take(source)) {
      if (source.ended) return null;
      await source.pending;
    }
    takeBody(framed, source, false);
    if (framed.error !== null) return null;
  }
  rest(source);
  return { status, goesOn: keepAlive };
}

/** The body that a call takes: small JSON, or an archive. */
export function bodyOf({ method, target }: Call, random: Random): string {
  if (method !== "POST" && method !== "PUT") return "";
  const path = target.split("?")[0]!;
  if (/\/(?:build|load|archive)$/.test(path)) {
    return "\0".repeat(1024 * (1 + random.below(256)));
  }
  return /\/(?:create|exec|start|connect|disconnect|update)$/.test(path) &&
      !path.endsWith("/images/create")
    ? BODIES[path.replace(/^.*\/(\w+\/\w+)$/, "$1")] ?? "{}"
    : "";
}

const BODIES: Readonly<Record<string, string>> = {
  "containers/create": '{"Image":"app:1","Cmd":["true"]}',
  "networks/create": '{"Name":"web"}',
  "volumes/create": '{"Name":"web"}',
};

const STREAMS: readonly Call[] = [
  { method: "GET", target: "/v1.41/events" },
  { method: "GET", target: "/v1.41/containers/web/logs?follow=1&stdout=1" },
  { method: "GET", target: "/v1.41/containers/web/stats" },
  { method: "POST", target: "/v1.41/containers/web/attach?stream=1&stdin=1" },
  { method: "POST", target: "/v1.41/exec/web/start" },
];

/**
 * One stream from its begin to its end, by either side.
 *
 * @param most Half seconds that it may take.
 * @returns null, or why it did not begin.
 */
export async function runStream(
  port: number,
  random: Random,
  most = 42,
): Promise<string | null> {
  const source = await connect(port);
  const { method, target } = random.pick(STREAMS);
  const pieces = 2 + random.below(most - 2);
  const tunnel = method === "POST";
  try {
    await write(
      source,
      `${method} ${target} HTTP/1.1\r\nHost: docker\r\n${PIECES_FIELD}: ${pieces}\r\n${
        tunnel
          ? "Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
          : "Connection: close\r\n\r\n"
      }`,
    );
    const text = await readHead(source, MAX_HEAD_BYTES);
    if (typeof text !== "string") return `${target}: no answer`;
    const line = text.split("\r\n", 1)[0]!;
    if (!/^HTTP\/1\.1 (?:200|101)/.test(line)) return `${target}: ${line}`;
    // A client goes, or waits for the end.
    const patience = random.chance(0.5) ? 1 + random.below(pieces) : Infinity;
    await follow(
      source,
      tunnel,
      Math.min(patience, tunnel ? pieces : Infinity),
    );
    if (tunnel || random.chance(0.3)) await source.conn.closeWrite();
    return null;
  } finally {
    closeSource(source);
  }
}

/** Reads pieces; in a tunnel each comes back for one that is sent. */
async function follow(
  source: Source,
  tunnel: boolean,
  pieces: number,
): Promise<void> {
  for (let seen = 0; seen < pieces; seen++) {
    if (tunnel) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      await write(source, "x".repeat(1 + seen * 100));
    }
    while (!take(source)) {
      if (source.ended) return;
      await source.pending;
    }
    source.start = source.end;
  }
}

function write(source: Source, text: string): Promise<void> {
  return writeAll(source.conn, new TextEncoder().encode(text));
}

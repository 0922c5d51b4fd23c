/**
 * A small imitation of the Docker Engine for `sockwarden demo`: a few
 * containers, events that tick, logs, exec. It runs nothing.
 *
 * @module
 */

import { STATUS_TEXT } from "@std/http/status";
import { matchOperation } from "../docker/match.ts";
import {
  type Conn,
  decodeUtf8,
  encodeUtf8,
  every,
  listenTcp,
  parseJson,
  tcpAddress,
  wallClock,
} from "../host.ts";
import { parseRequestHead, type RequestHead } from "../http1/request.ts";
import { openBody, takeBody } from "../wire/body.ts";
import { readHead } from "../wire/head.ts";
import { closeSource, openSource, type Source, take } from "../wire/source.ts";
import { writeAll } from "../wire/write.ts";
import {
  type DemoContainer,
  demoContainers,
  inspection,
  listEntry,
} from "./world.ts";

/** The API version that the demo announces. */
const API_VERSION = "1.47";
const LIMITS = { headBytes: 65536, headerCount: 100, requestLineBytes: 16384 };
/** Milliseconds between two events, and between two log lines. */
const TICK_MS = 2000;

interface DemoRequest {
  readonly head: RequestHead;
  readonly body: string;
  readonly operation: string;
  readonly name: string;
  readonly query: string;
}

/** The state of one demo. */
interface Demo {
  readonly containers: ReturnType<typeof demoContainers>;
  /** Called with each event, a line of JSON. */
  readonly listeners: Set<(event: string) => void>;
  /** Commands by exec id. */
  readonly execs: Map<string, string[]>;
}

/** Starts the demo engine on a free loopback port and returns the port. */
export function startDemoEngine(): number {
  const demo: Demo = {
    containers: demoContainers(),
    listeners: new Set(),
    execs: new Map(),
  };
  const listener = listenTcp("127.0.0.1", 0);
  let ticks = 0;
  every(TICK_MS, () => {
    const container = demo.containers[ticks++ % demo.containers.length]!;
    publish(demo, container.id, container.name, "exec_die");
  });
  const accept = async () => {
    for (;;) {
      const conn = await listener.accept();
      serve(demo, conn).catch(() => {});
    }
  };
  accept();
  return tcpAddress(listener.addr).port;
}

async function serve(demo: Demo, conn: Conn): Promise<void> {
  const source = openSource(conn, true);
  try {
    for (;;) {
      const request = await readRequest(source);
      if (request === null || !await respond(demo, source, request)) break;
    }
  } finally {
    closeSource(source);
  }
}

async function readRequest(source: Source): Promise<DemoRequest | null> {
  const text = await readHead(source, LIMITS.headBytes);
  if (typeof text !== "string") return null;
  const head = parseRequestHead(text, LIMITS);
  if ("reason" in head) return null;
  const framed = openBody(head.framing);
  let body = "";
  while (!framed.done) {
    if (!await more(source)) return null;
    const from = source.start;
    const size = takeBody(framed, source, false);
    body += decodeUtf8(source.buffer.subarray(from, from + size));
  }
  const match = matchOperation(head.method, head.target);
  return {
    head,
    body,
    operation: match.kind === "operation" ? match.operation.name : "-",
    name: match.kind === "operation" ? match.parameters[0] ?? "" : "",
    query: match.kind === "malformed" ? "" : match.target.query,
  };
}

async function more(source: Source): Promise<boolean> {
  while (!take(source)) {
    if (source.ended) return false;
    await source.pending;
  }
  return true;
}

/** What answers one operation; returns whether the connection goes on. */
type Handler = (
  demo: Demo,
  source: Source,
  request: DemoRequest,
) => Promise<boolean>;

/** The operations that the demo knows. */
const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["system.ping", (_demo, source, { head }) =>
    send(
      source.conn,
      200,
      "text/plain; charset=utf-8",
      head.method === "HEAD" ? "" : "OK",
    )],
  ["system.version", (_demo, source) =>
    sendJson(source.conn, 200, {
      Version: "0.0.0-demo",
      ApiVersion: API_VERSION,
      MinAPIVersion: "1.24",
      Os: "linux",
      Arch: "amd64",
      Platform: { Name: "sockwarden demo engine" },
    })],
  ["system.info", (demo, source) =>
    sendJson(source.conn, 200, {
      Name: "demo",
      Containers: demo.containers.length,
      Images: 0,
      ServerVersion: "0.0.0-demo",
    })],
  ["system.events", (demo, source) => streamEvents(demo, source)],
  ["container.list", (demo, source, { query }) =>
    sendJson(
      source.conn,
      200,
      demo.containers
        .filter(({ running }) => running || /(?:^|&)all=(?:1|true)/.test(query))
        .map(listEntry),
    )],
  [
    "container.inspect",
    ofContainer((_demo, { conn }, _request, container) =>
      sendJson(conn, 200, inspection(container))
    ),
  ],
  [
    "container.logs",
    ofContainer((_demo, source, { query }, { name }) =>
      streamLogs(source, name, query)
    ),
  ],
  ["container.start", ofContainer(changeState)],
  ["container.stop", ofContainer(changeState)],
  ["container.kill", ofContainer(changeState)],
  ["container.restart", ofContainer(changeState)],
  [
    "container.exec.create",
    ofContainer((demo, { conn }, { body }) => {
      const id = `${demo.execs.size + 1}`.padStart(64, "e");
      demo.execs.set(id, commandOf(body));
      return sendJson(conn, 201, { Id: id });
    }),
  ],
  [
    "exec.start",
    (demo, source, { head, name }) => startExec(demo, source, head, name),
  ],
]);

/** Answers a request; returns whether the connection goes on. */
async function respond(
  demo: Demo,
  source: Source,
  request: DemoRequest,
): Promise<boolean> {
  const handler = HANDLERS.get(request.operation);
  return handler === undefined
    ? await sendMessage(
      source.conn,
      404,
      "the demo engine does not know this call",
    )
    : await handler(demo, source, request);
}

/** A handler that gets the container that the request names, by name or by id. */
function ofContainer(
  handle: (
    demo: Demo,
    source: Source,
    request: DemoRequest,
    container: DemoContainer,
  ) => Promise<boolean>,
): Handler {
  return (demo, source, request) => {
    const { name } = request;
    const container = demo.containers.find((one) =>
      one.name === name || (name.length >= 4 && one.id.startsWith(name))
    );
    return container === undefined
      ? sendMessage(source.conn, 404, `No such container: ${name}`)
      : handle(demo, source, request, container);
  };
}

/** Starts or stops a container, as the operation's name says. */
function changeState(
  demo: Demo,
  { conn }: Source,
  { operation }: DemoRequest,
  container: DemoContainer,
): Promise<boolean> {
  const action = operation.slice("container.".length);
  container.running = action === "start" || action === "restart";
  publish(demo, container.id, container.name, action);
  return send(conn, 204, null, "");
}

function sendMessage(
  conn: Conn,
  status: number,
  message: string,
): Promise<boolean> {
  return sendJson(conn, status, { message });
}

function sendJson(
  conn: Conn,
  status: number,
  value: unknown,
): Promise<boolean> {
  return send(conn, status, "application/json", JSON.stringify(value) + "\n");
}

async function send(
  conn: Conn,
  status: number,
  type: string | null,
  body: string,
): Promise<boolean> {
  const bytes = encodeUtf8(body);
  const phrase = (STATUS_TEXT as Record<number, string>)[status];
  const framing = type === null
    ? ""
    : `Content-Type: ${type}\r\nContent-Length: ${bytes.length}\r\n`;
  await writeAll(
    conn,
    encodeUtf8(
      `HTTP/1.1 ${status} ${phrase}\r\nApi-Version: ${API_VERSION}\r\nOstype: linux\r\nServer: demo\r\n${framing}\r\n${body}`,
    ),
  );
  return true;
}

const STREAM_HEAD =
  `HTTP/1.1 200 OK\r\nApi-Version: ${API_VERSION}\r\nTransfer-Encoding: chunked\r\nContent-Type: `;

async function streamEvents(demo: Demo, source: Source): Promise<boolean> {
  await writeAll(
    source.conn,
    encodeUtf8(`${STREAM_HEAD}application/json\r\n\r\n`),
  );
  const listener = (event: string) => {
    writeAll(source.conn, chunk(encodeUtf8(event))).catch(() => {});
  };
  demo.listeners.add(listener);
  while (await more(source)) source.start = source.end;
  demo.listeners.delete(listener);
  return false;
}

async function streamLogs(
  source: Source,
  name: string,
  query: string,
): Promise<boolean> {
  await writeAll(
    source.conn,
    encodeUtf8(`${STREAM_HEAD}application/vnd.docker.raw-stream\r\n\r\n`),
  );
  let count = 0;
  const line = () =>
    writeAll(
      source.conn,
      chunk(frame(`${name}: line ${++count} of the demo\n`)),
    );
  for (let i = 0; i < 3; i++) await line();
  if (!/(?:^|&)follow=(?:1|true)/.test(query)) {
    await writeAll(source.conn, encodeUtf8("0\r\n\r\n"));
    return true;
  }
  const end = every(TICK_MS, () => {
    line().catch(() => {});
  });
  while (await more(source)) source.start = source.end;
  end();
  return false;
}

async function startExec(
  demo: Demo,
  source: Source,
  head: RequestHead,
  id: string,
): Promise<boolean> {
  const command = demo.execs.get(id);
  if (command === undefined) {
    return await sendMessage(
      source.conn,
      404,
      `No such exec instance: ${id}`,
    );
  }
  const type = "Content-Type: application/vnd.docker.raw-stream\r\n";
  await writeAll(
    source.conn,
    encodeUtf8(
      head.upgrade === null
        ? `HTTP/1.1 200 OK\r\n${type}\r\n`
        : `HTTP/1.1 101 UPGRADED\r\n${type}Connection: Upgrade\r\nUpgrade: ${head.upgrade}\r\n\r\n`,
    ),
  );
  await writeAll(
    source.conn,
    frame(`demo: nothing was run; the command was ${command.join(" ")}\n`),
  );
  await source.conn.closeWrite();
  return false;
}

function commandOf(body: string): string[] {
  try {
    const { Cmd } = parseJson(body);
    return Array.isArray(Cmd) ? Cmd.map(String) : [];
  } catch {
    return [];
  }
}

function publish(demo: Demo, id: string, name: string, action: string): void {
  const event = JSON.stringify({
    status: action,
    id,
    Type: "container",
    Action: action,
    Actor: { ID: id, Attributes: { name } },
    time: Math.floor(wallClock() / 1000),
  }) + "\n";
  for (const listener of demo.listeners) listener(event);
}

/** One chunk of a chunked body. */
function chunk(content: Uint8Array): Uint8Array<ArrayBuffer> {
  const size = encodeUtf8(`${content.length.toString(16)}\r\n`);
  const whole = new Uint8Array(size.length + content.length + 2);
  whole.set(size);
  whole.set(content, size.length);
  whole.set([0x0d, 0x0a], size.length + content.length);
  return whole;
}

/** One frame for standard output (docs/engine-api/streams.md, "Multiplexed frames"). */
function frame(text: string): Uint8Array<ArrayBuffer> {
  const content = encodeUtf8(text);
  const whole = new Uint8Array(8 + content.length);
  whole[0] = 1;
  new DataView(whole.buffer).setUint32(4, content.length);
  whole.set(content, 8);
  return whole;
}

/**
 * One client connection: its requests one after the other, each decided on,
 * sent to the engine and its answer relayed, until one side goes.
 *
 * @module
 */

import { type EngineAddress, formatAddress } from "../config/address.ts";
import type { Limits } from "../config/config.ts";
import { after, type Conn, decodeLatin1, monotonic } from "../host.ts";
import {
  parseResponseHead,
  type ResponseHead,
  withoutCuts,
} from "../http1/response.ts";
import { NO_BODY } from "../http1/request.ts";
import type { Ending, RequestRecord } from "../observe/record.ts";
import { answer, CONTINUE } from "./answer.ts";
import { type Body, openBody, takeBody } from "./body.ts";
import { dial, isFailure } from "./engine.ts";
import {
  gatheredHead,
  type Plan,
  planFor,
  type Planner,
  type SendPlan,
} from "./plan.ts";
import {
  closeSource,
  hasBytes,
  openSource,
  readAhead,
  rest,
  type Source,
  take,
} from "./source.ts";
import { runTunnel } from "./tunnel.ts";
import { writeAll } from "./write.ts";

/** What all sessions share. */
export interface SessionContext {
  readonly planner: Planner;
  readonly engine: EngineAddress;
  readonly limits: Limits;
  /** Response heads by their exact text: the same answer comes again and again. */
  readonly answers: Map<string, ResponseHead>;
  /** Gets the record of each request that has ended. */
  readonly observe: (record: RequestRecord) => void;
  /** Asks the engine whether it is well; null if so, else the reason. */
  readonly health: () => Promise<string | null>;
}

/** One client connection. */
export interface Session {
  readonly context: SessionContext;
  /** The client's address, as logged. */
  readonly address: string;
  /** Whether the client is on this host, so that it may ask for our health. */
  readonly local: boolean;
  readonly client: Source;
  engine: Source | null;
  /** What it is doing: only `idle` and `head` have a time limit. */
  phase: "idle" | "head" | "busy" | "closing";
  /** When the phase began, on the monotonic clock in milliseconds. */
  since: number;
  /** No further request is taken: the program stops. */
  stopping: boolean;
}

/** Bytes of a refused request's body that are read to keep the connection. */
const DISCARD = 64 * 1024;
/** Bytes of the body that opens a tunnel: an exec's few settings. */
const GATHER = 1024 * 1024;
/** Interim answers before an answer. */
const MOST_INTERIM = 8;
/** Bytes of a response head. */
const RESPONSE_HEAD = 256 * 1024;
/** Response heads kept at a time. */
const MOST_ANSWERS = 256;
/** Milliseconds that a closing connection is still read, so that the last answer arrives. */
const LINGER = 1000;
/** Milliseconds that the engine gets to end a cancelled stream by itself. */
const CANCEL_GRACE = 500;
/** Bytes of a buffer that are first searched for the end of a head. */
const HEAD_GUESS = 1024;

/** Opens the session of a connection that was accepted. */
export function openSession(
  context: SessionContext,
  conn: Conn,
  address: string,
  local: boolean,
): Session {
  return {
    context,
    address,
    local,
    client: openSource(conn, true),
    engine: null,
    phase: "idle",
    since: monotonic(),
    stopping: false,
  };
}

/** Serves a session until one side has gone; never rejects. */
export async function runSession(session: Session): Promise<void> {
  try {
    for (;;) {
      const text = await readHead(session);
      if (text === null) break;
      session.phase = "busy";
      const plan = typeof text === "string"
        ? planFor(session.context.planner, session, text)
        : text;
      const keep = await perform(session, plan);
      if (!keep || session.stopping) break;
      session.phase = "idle";
      session.since = monotonic();
    }
    await linger(session);
  } catch (error) {
    // Only a bug gets here: both sides are closed, and it is told.
    report(session, "engine answered wrongly", `internal error: ${error}`);
  } finally {
    closeSession(session);
  }
}

/** Closes both sides at once. */
export function closeSession(session: Session): void {
  closeSource(session.client);
  closeEngine(session);
}

/** Answers a head that did not come in time, and closes. */
export function expireHead(session: Session): void {
  if (session.phase !== "head") return;
  const seconds = session.context.limits.headTimeout / 1000;
  const message =
    `sockwarden: the request head did not arrive within ${seconds} s`;
  session.phase = "closing";
  report(session, "malformed", message, 408);
  const close = () => closeSession(session);
  writeAll(session.client.conn, answer(408, message, true, false))
    .then(close, close);
}

// ------------------------------------------------------------------- heads

/** The next head; null when the client has gone; a plan where it cannot be one. */
async function readHead(session: Session): Promise<string | Plan | null> {
  const { client } = session;
  let held = "";
  for (;;) {
    while (!take(client)) {
      if (client.ended) return null;
      await client.pending;
    }
    if (held === "" && session.phase === "idle") {
      session.phase = "head";
      session.since = monotonic();
    }
    const { start, end } = client;
    const before = held.length;
    held += decodeLatin1(client.buffer.subarray(start, end));
    // The empty line may have begun in the piece before.
    const at = held.indexOf("\r\n\r\n", before < 3 ? 0 : before - 3);
    if (at >= 0) {
      const length = at + 4;
      client.start = start + length - before;
      return length === held.length ? held : held.slice(0, length);
    }
    client.start = end;
    const wrong = wrongStart(session, held);
    if (wrong !== null) return wrong;
  }
}

/** What is wrong already with a head that is not complete. */
function wrongStart(session: Session, held: string): Plan | null {
  const { headBytes, requestLineBytes } = session.context.limits;
  const line = held.indexOf("\r\n");
  const bad = (status: number, reason: string): Plan => ({
    kind: "bad",
    status,
    reason,
    excerpt: held.slice(0, 200).split(/[\r\n?]/, 1)[0]!,
  });
  if ((line < 0 ? held.length : line) > requestLineBytes) {
    return bad(
      414,
      `the request line is longer than ${requestLineBytes} bytes`,
    );
  }
  if (held.length > headBytes) {
    return bad(431, `the head has more than ${headBytes} bytes`);
  }
  // deno-lint-ignore no-control-regex -- control bytes are what it is about
  if (/^\r|[^\r]\n|^\n|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xff]/.test(held)) {
    return bad(
      400,
      "the head holds a control byte, a byte outside ASCII, or a line that does not end with CR LF",
    );
  }
  return null;
}

// ----------------------------------------------------------------- requests

/** Does what the plan says; returns whether the connection goes on. */
async function perform(session: Session, plan: Plan): Promise<boolean> {
  switch (plan.kind) {
    case "bad": {
      const { status, reason, excerpt } = plan;
      report(session, "malformed", `${reason} (${excerpt})`, status);
      await reply(
        session,
        answer(status, `sockwarden: ${reason}`, true, false),
      );
      return false;
    }
    case "refuse":
      return await refuse(
        session,
        plan.head,
        plan.bytes,
        () =>
          report(
            session,
            "refused",
            plan.decision.message,
            plan.decision.status,
            plan,
          ),
      );
    case "health":
      return await answerHealth(session, plan);
    case "send":
      return await send(session, plan);
  }
}

async function answerHealth(
  session: Session,
  { head }: Extract<Plan, { kind: "health" }>,
): Promise<boolean> {
  const reason = session.local
    ? await session.context.health()
    : "the health check is answered to this host only";
  const status = !session.local ? 403 : reason === null ? 200 : 503;
  const bytes = answer(status, reason ?? "healthy", !head.keepAlive, false);
  return await refuse(session, head, bytes, () => {});
}

/** Answers without the engine, and reads the rest of the request where it is small. */
async function refuse(
  session: Session,
  head: SendPlan["head"],
  bytes: Uint8Array,
  observe: () => void,
): Promise<boolean> {
  observe();
  const { framing } = head;
  if (framing.kind === "none") {
    return await reply(session, bytes) && head.keepAlive;
  }
  // A client that waits for 100 may or may not send its body now.
  const readable = !head.expectContinue && head.keepAlive &&
    (framing.kind === "chunked" ||
      framing.kind === "length" && framing.length <= DISCARD);
  if (!await reply(session, bytes) || !readable) return false;
  const body = openBody(framing);
  return await collect(session, body, DISCARD) !== null;
}

/** Writes an answer of our own; returns whether the client is still there. */
async function reply(session: Session, bytes: Uint8Array): Promise<boolean> {
  try {
    await writeAll(session.client.conn, bytes);
    return true;
  } catch {
    return false;
  }
}

/** Reads a whole body, up to a limit; null where it is too long, malformed or cut. */
async function collect(
  session: Session,
  body: Body,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const { client } = session;
  const pieces: Uint8Array[] = [];
  while (!body.done) {
    while (!take(client)) {
      if (client.ended) return null;
      await client.pending;
    }
    const from = client.start;
    const size = takeBody(body, client, false);
    if (body.error !== null || body.size > limit) return null;
    pieces.push(client.buffer.slice(from, from + size));
  }
  return join(pieces);
}

/** One request that is on its way, and what is counted of it. */
interface Exchange {
  readonly session: Session;
  readonly plan: SendPlan;
  readonly body: Body;
  started: number;
  engineMs: number | null;
  status: number;
  bytesOut: number;
  /** The client has got a part of the final answer. */
  answering: boolean;
  /** Why it failed, seen first by the sending side. */
  fault: Ending | null;
}

/** Sends a request and relays its answer; returns whether the connection goes on. */
async function send(session: Session, plan: SendPlan): Promise<boolean> {
  const exchange: Exchange = {
    session,
    plan,
    body: openBody(plan.head.framing),
    started: monotonic(),
    engineMs: null,
    status: 0,
    bytesOut: 0,
    answering: false,
    fault: null,
  };
  const { body } = exchange;
  let first = plan.bytes;
  if (!body.done) {
    const opened = plan.tunnel === null
      ? firstBytes(exchange)
      : await gatherBody(exchange);
    if (opened === null) return false;
    first = opened;
  }
  const { client } = session;
  let cancelGrace: (() => void) | null = null;
  client.onEnd = () => {
    if (client.failure !== null) closeEngine(session);
    else if (plan.streams) cancelGrace = cancel(session);
  };
  if (client.ended) client.onEnd();
  let pump: Promise<void> | null = null;
  try {
    for (let attempt = 0;; attempt++) {
      const reused = session.engine !== null;
      const outcome = await deliver(exchange, first);
      if (outcome === "again") continue;
      if (outcome === "failed") return await concludeFailure(exchange);
      const engine = session.engine;
      if (engine === null) return await concludeFailure(exchange);
      if (!body.done && pump === null) pump = pumpBody(exchange, engine);
      const head = await readAnswerHead(exchange, engine);
      if (head === "none") {
        const repeatable = body.kind === "none" &&
          (plan.head.method === "GET" || plan.head.method === "HEAD");
        closeEngine(session);
        if (reused && repeatable && attempt === 0 && !client.ended) continue;
        exchange.fault ??= client.failure !== null
          ? "client closed"
          : "engine closed";
        return await concludeFailure(exchange);
      }
      if (head === "bad") return await concludeFailure(exchange);
      const keep = await relay(exchange, engine, head);
      return keep && body.done;
    }
  } finally {
    client.onEnd = null;
    (cancelGrace as (() => void) | null)?.();
    if (pump !== null && !body.done) {
      // The engine has answered and the client still sends: the connection
      // cannot be read on, so the pump is ended with it.
      body.done = true;
      closeEngine(session);
      await linger(session);
      closeSource(client);
    }
    if (pump !== null) await pump;
  }
}

/** Ends a stream as its client did: its own side first, the rest after a grace time. */
function cancel(session: Session): () => void {
  session.engine?.conn.closeWrite().catch(() => {});
  return after(CANCEL_GRACE, () => closeEngine(session));
}

/** The head and what has come of the body, in one piece; null where the body is malformed. */
function firstBytes(
  exchange: Exchange,
): Uint8Array<ArrayBuffer> | null {
  const { session, plan, body } = exchange;
  const { client } = session;
  if (!take(client)) return plan.bytes;
  const from = client.start;
  const size = takeBody(body, client, true);
  if (body.error !== null) {
    malformedBody(exchange);
    return null;
  }
  return join([plan.bytes, client.buffer.subarray(from, from + size)]);
}

/**
 * Reads the whole body of a request that opens a tunnel and sends it in one
 * piece with its length: an unread chunk end could become standard input
 * (streams.md, "Upgrades").
 */
async function gatherBody(
  exchange: Exchange,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const { session, plan, body } = exchange;
  if (plan.head.expectContinue && !await reply(session, CONTINUE)) return null;
  const content = await collect(session, body, GATHER);
  if (content === null) {
    if (body.error !== null) malformedBody(exchange);
    else if (body.size > GATHER) {
      const message =
        `sockwarden: the body that opens a tunnel is larger than ${GATHER} bytes`;
      conclude(exchange, "client body malformed", message, 413);
      await reply(session, answer(413, message, true, false));
    } else conclude(exchange, "client closed", "");
    return null;
  }
  return join([gatheredHead(plan, content.length), content]);
}

function malformedBody(exchange: Exchange): void {
  const reason = exchange.body.error!;
  conclude(exchange, "client body malformed", reason, 400);
  reply(
    exchange.session,
    answer(400, `sockwarden: ${reason}`, true, false),
  );
}

/**
 * Writes the first bytes of a request to the engine, over the kept connection
 * or a new one.
 *
 * @returns `again` where the kept connection had been closed and nothing was
 * written, so that nothing can have been done twice.
 */
async function deliver(
  exchange: Exchange,
  first: Uint8Array<ArrayBuffer>,
): Promise<"sent" | "again" | "failed"> {
  const { session } = exchange;
  if (session.engine !== null && session.engine.ended) closeEngine(session);
  const reused = session.engine !== null;
  if (session.engine === null) {
    const dialled = await dial(session.context.engine);
    if (isFailure(dialled)) {
      exchange.fault = "engine unreachable";
      exchange.status = dialled.status;
      unreachable.set(exchange, dialled.reason);
      return "failed";
    }
    if (session.client.failure !== null) {
      dialled.close();
      exchange.fault = "client closed";
      return "failed";
    }
    session.engine = openSource(dialled, false);
  }
  const { engine } = session;
  if (hasBytes(engine)) {
    // Bytes that answer nothing: a second answer to the request before.
    exchange.fault = "engine answered wrongly";
    return "failed";
  }
  let written = 0;
  try {
    written = await engine.conn.write(first);
    if (written < first.length) {
      await writeAll(engine.conn, first.subarray(written));
    }
    return "sent";
  } catch {
    // The engine may have answered and closed before it read everything.
    if (written > 0 || hasBytes(engine)) return "sent";
    closeEngine(session);
    if (reused) return "again";
    exchange.fault = "engine closed";
    return "failed";
  }
}

/** Reasons why the engine could not be reached, until they are told. */
const unreachable = new WeakMap<Exchange, string>();

/** Carries the rest of a request's body to the engine. */
async function pumpBody(exchange: Exchange, engine: Source): Promise<void> {
  const { session, body } = exchange;
  const { client } = session;
  while (!body.done) {
    while (!take(client)) {
      if (client.ended) {
        exchange.fault ??= "client closed";
        return closeEngine(session);
      }
      await client.pending;
    }
    const from = client.start;
    const size = takeBody(body, client, true);
    if (body.error !== null) {
      exchange.fault ??= "client body malformed";
      return closeEngine(session);
    }
    if (size === 0) continue;
    try {
      await writeAll(engine.conn, client.buffer.subarray(from, from + size));
    } catch {
      // The engine reads no more; its answer, if there is one, tells why.
      body.done = false;
      return;
    }
  }
}

// ------------------------------------------------------------------ answers

/** A response head that has arrived. */
interface AnswerHead {
  readonly head: ResponseHead;
  /** Its bytes; directly before the source's `start` where `adjoining`. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly adjoining: boolean;
}

/** Reads the head of the final answer, or of a 101; interim answers are passed on. */
async function readAnswerHead(
  exchange: Exchange,
  engine: Source,
): Promise<AnswerHead | "none" | "bad"> {
  for (let interim = 0;; interim++) {
    const read = await readOneHead(exchange, engine);
    if (typeof read === "string") return read;
    exchange.engineMs ??= monotonic() - exchange.started;
    const { status } = read.head;
    if (status >= 200 || status === 101) return read;
    if (interim === MOST_INTERIM) return wrongAnswer(exchange);
    if (exchange.plan.head.minor === 1) {
      const bytes = withoutCuts(read.bytes, read.head.cuts);
      if (!await reply(exchange.session, bytes)) {
        exchange.fault = "client closed";
        return "bad";
      }
    }
  }
}

async function readOneHead(
  exchange: Exchange,
  engine: Source,
): Promise<AnswerHead | "none" | "bad"> {
  let held: Uint8Array<ArrayBuffer> | null = null;
  for (;;) {
    while (!take(engine)) {
      if (engine.ended) {
        return held === null && !exchange.answering ? "none" : "bad";
      }
      await engine.pending;
    }
    const { start } = engine;
    const piece = engine.buffer.subarray(start, engine.end);
    const whole: Uint8Array<ArrayBuffer> = held === null
      ? piece
      : join([held, piece]);
    const length = headLength(whole);
    if (length !== null) {
      const bytes = whole.subarray(0, length);
      const head = answerHead(exchange.session.context, bytes);
      if (head === null) return wrongAnswer(exchange);
      engine.start = start + length - (held?.length ?? 0);
      return { head, bytes, adjoining: held === null };
    }
    if (whole.length > RESPONSE_HEAD) return wrongAnswer(exchange);
    held = whole.slice();
    engine.start = engine.end;
    readAhead(engine);
  }
}

/** Bytes up to the end of a head; null where it is not there yet. */
function headLength(bytes: Uint8Array): number | null {
  for (let size = HEAD_GUESS;; size = bytes.length) {
    const at = decodeLatin1(bytes.subarray(0, size)).indexOf("\r\n\r\n");
    if (at >= 0) return at + 4;
    if (size >= bytes.length) return null;
  }
}

/** The head, from those seen before if it is among them; null where it is malformed. */
function answerHead(
  { answers }: SessionContext,
  bytes: Uint8Array,
): ResponseHead | null {
  const text = decodeLatin1(bytes);
  const known = answers.get(text);
  if (known !== undefined) return known;
  const head = parseResponseHead(text);
  if ("reason" in head) return null;
  if (answers.size >= MOST_ANSWERS) answers.clear();
  answers.set(text, head);
  return head;
}

function wrongAnswer(exchange: Exchange): "bad" {
  exchange.fault = "engine answered wrongly";
  return "bad";
}

/** Relays the answer; returns whether both connections go on. */
async function relay(
  exchange: Exchange,
  engine: Source,
  { head, bytes, adjoining }: AnswerHead,
): Promise<boolean> {
  const { session, plan } = exchange;
  const tunnels = head.status === 101
    ? plan.upgrade !== null
    : plan.tunnel === "tcp" && head.status === 200 && !head.framed;
  if (head.status === 101 && !tunnels) {
    exchange.fault = "engine answered wrongly";
    return await concludeFailure(exchange);
  }
  if (tunnels) return await relayTunnel(exchange, engine, head, bytes);
  exchange.status = head.status;
  const body = openBody(plan.head.method === "HEAD" ? NO_BODY : head.framing);
  const kept = withoutCuts(bytes, head.cuts);
  // The head and the first of the body in one write, without a copy where
  // they stand side by side.
  const from = engine.start;
  const size = takeBody(body, engine, true);
  let piece = size === 0
    ? kept
    : adjoining && head.cuts.length === 0
    ? engine.buffer.subarray(from - bytes.length, from + size)
    : join([kept, engine.buffer.subarray(from, from + size)]);
  for (;;) {
    if (body.error !== null) {
      exchange.fault = "engine answered wrongly";
      return await concludeFailure(exchange);
    }
    const surplus = body.done && hasBytes(engine);
    const reusable = body.done && head.keepAlive && !surplus;
    if (reusable) rest(engine);
    else if (!body.done) readAhead(engine);
    exchange.answering = true;
    try {
      await writeAll(session.client.conn, piece);
    } catch {
      conclude(exchange, "client closed", "");
      closeEngine(session);
      return false;
    }
    exchange.bytesOut += piece.length;
    if (body.done) {
      if (!reusable) closeEngine(session);
      conclude(exchange, surplus ? "engine answered wrongly" : "complete", "");
      return plan.head.keepAlive && !surplus;
    }
    while (!take(engine)) {
      if (engine.ended) return concludeEnd(exchange, engine, body);
      await engine.pending;
    }
    const at = engine.start;
    piece = engine.buffer.subarray(at, at + takeBody(body, engine, true));
  }
}

/** The engine has ended its side within an answer: the end of it, or a cut. */
function concludeEnd(exchange: Exchange, engine: Source, body: Body): false {
  const { client } = exchange.session;
  const whole = body.kind === "until-close" && engine.failure === null;
  conclude(
    exchange,
    client.ended ? "client closed" : whole ? "complete" : "engine closed",
    "",
  );
  closeEngine(exchange.session);
  // A cut answer must not look like a whole one: no orderly end for it.
  if (!whole) closeSource(client);
  return false;
}

async function relayTunnel(
  exchange: Exchange,
  engine: Source,
  head: ResponseHead,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const { session } = exchange;
  exchange.status = head.status;
  exchange.answering = true;
  session.client.onEnd = null;
  const count = { fromClient: 0, fromEngine: 0 };
  try {
    const extra = engine.buffer.subarray(engine.start, engine.end);
    engine.start = engine.end;
    await writeAll(
      session.client.conn,
      join([withoutCuts(bytes, head.cuts), extra]),
    );
    count.fromEngine += extra.length;
    await runTunnel(session.client, engine, count);
  } catch {
    // The client has gone before the tunnel began.
  }
  exchange.body.size += count.fromClient;
  exchange.bytesOut += bytes.length + count.fromEngine;
  conclude(exchange, "complete", "");
  closeEngine(session);
  return false;
}

// ------------------------------------------------------------------ endings

/** Ends an exchange that failed: tells the client where it has no answer yet. */
async function concludeFailure(exchange: Exchange): Promise<boolean> {
  const { session, plan } = exchange;
  const ending = exchange.fault ?? "engine closed";
  closeEngine(session);
  if (ending === "client closed" || exchange.answering) {
    conclude(exchange, ending, "");
    // A cut answer must not look like a whole one.
    if (exchange.answering) closeSource(session.client);
    return false;
  }
  const status = ending === "client body malformed"
    ? 400
    : exchange.status || 502;
  const reason = ending === "client body malformed"
    ? exchange.body.error!
    : ending === "engine unreachable"
    ? unreachable.get(exchange)!
    : ending === "engine closed"
    ? `the engine at ${
      formatAddress(session.context.engine)
    } closed the connection before it answered; ${plan.head.method} was not sent again`
    : `the engine at ${
      formatAddress(session.context.engine)
    } did not answer in HTTP/1.1 as it should`;
  conclude(exchange, ending, reason, status);
  const keep = exchange.body.kind === "none" && plan.head.keepAlive &&
    ending === "engine unreachable";
  const sent = await reply(
    session,
    answer(
      status,
      `sockwarden: ${reason}`,
      !keep,
      plan.head.method === "HEAD",
    ),
  );
  return sent && keep;
}

function conclude(
  exchange: Exchange,
  ending: Ending,
  detail: string,
  status = exchange.status,
): void {
  const { session, plan } = exchange;
  session.context.observe({
    client: session.address,
    operation: plan.decision.operation?.name ?? "-",
    method: plan.head.method,
    path: plan.decision.path,
    status,
    engineMs: exchange.engineMs,
    bytesIn: exchange.body.size,
    bytesOut: exchange.bytesOut,
    ending: session.stopping && ending !== "complete" ? "stopped" : ending,
    detail,
  });
}

/** Records a request that never went on its way. */
function report(
  session: Session,
  ending: Ending,
  detail: string,
  status = 0,
  plan: Extract<Plan, { kind: "refuse" }> | null = null,
): void {
  session.context.observe({
    client: session.address,
    operation: plan?.decision.operation?.name ?? "-",
    method: plan?.head.method ?? "-",
    path: plan?.decision.path ?? "-",
    status,
    engineMs: null,
    bytesIn: 0,
    bytesOut: 0,
    ending,
    detail,
  });
}

/**
 * Ends our side in order and reads on for a moment: closing with unread bytes
 * would reset the connection and could take the last answer with it
 * (RFC 9112 section 9.6).
 */
async function linger(session: Session): Promise<void> {
  const { client } = session;
  if (client.ended) return;
  session.phase = "closing";
  closeEngine(session);
  try {
    await client.conn.closeWrite();
  } catch {
    return;
  }
  const stop = after(LINGER, () => closeSource(client));
  while (!client.ended) {
    if (take(client)) client.start = client.end;
    else if (client.pending !== null) await client.pending;
  }
  stop();
}

function closeEngine(session: Session): void {
  const { engine } = session;
  session.engine = null;
  if (engine !== null) closeSource(engine);
}

function join(
  pieces: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  let size = 0;
  for (const piece of pieces) size += piece.length;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

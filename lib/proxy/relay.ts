/**
 * Reads the engine's answer and relays it: interim answers, plain ones, streams
 * and the start of a tunnel.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { monotonic } from "../host.ts";
import { NO_BODY } from "../http1/request.ts";
import {
  parseResponseHead,
  type ResponseHead,
  withClose,
  withoutCuts,
} from "../http1/response.ts";
import { type Body, openBody, takeBody } from "../wire/body.ts";
import { bytesOfHead, headAtHand, readHead } from "../wire/head.ts";
import { closeEngine, reply, type SessionContext } from "./connection.ts";
import { conclude, concludeFailure, type Exchange } from "./exchange.ts";
import {
  closeSource,
  hasBytes,
  readAhead,
  rest,
  type Source,
  take,
} from "../wire/source.ts";
import { runTunnel } from "./tunnel.ts";
import { writeAll } from "../wire/write.ts";

/** Interim answers before an answer. */
const MAX_INTERIM = 8;
/** Bytes of a response head, its last empty line included. */
const MAX_RESPONSE_HEAD_BYTES = 256 * 1024;
/** Response heads kept at a time. */
const MAX_KEPT_HEADS = 256;

/** A response head that has arrived. */
export interface AnswerHead {
  readonly head: ResponseHead;
  /** Its bytes; directly before the source's `start` where `adjoining`. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly adjoining: boolean;
}

/** Reads the head of the final answer, or of a 101; interim answers are passed on. */
export async function readAnswerHead(
  exchange: Exchange,
  engine: Source,
): Promise<AnswerHead | "none" | "bad"> {
  for (let interim = 0;; interim++) {
    const read = await readOneHead(exchange, engine);
    if (typeof read === "string") return read;
    exchange.engineMs ??= monotonic() - exchange.started;
    const { status } = read.head;
    if (status >= 200 || status === 101) return read;
    if (interim === MAX_INTERIM) return wrongAnswer(exchange);
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
  while (!take(engine)) {
    if (engine.ended) return exchange.answering ? "bad" : "none";
    await engine.pending;
  }
  const text = headAtHand(engine) ??
    await readHead<never>(engine, MAX_RESPONSE_HEAD_BYTES);
  if (typeof text !== "string") {
    return text.kind === "too long" ? wrongAnswer(exchange) : "bad";
  }
  const head = answerHead(exchange.session.context, text);
  if (head === null) return wrongAnswer(exchange);
  return { head, bytes: bytesOfHead(engine, text), adjoining: true };
}

/** The head, from those seen before if it is among them; null where it is malformed. */
function answerHead(
  { answers }: SessionContext,
  text: string,
): ResponseHead | null {
  const known = answers.get(text);
  if (known !== undefined) return known;
  const head = parseResponseHead(text);
  if ("reason" in head) return null;
  if (answers.size >= MAX_KEPT_HEADS) answers.clear();
  answers.set(text, head);
  return head;
}

function wrongAnswer(exchange: Exchange): "bad" {
  exchange.fault = "engine answered wrongly";
  return "bad";
}

/** Relays the answer; returns whether both connections go on. */
export async function relay(
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
  const ends = !plan.head.keepAlive && plan.head.minor === 1;
  const plain = withoutCuts(bytes, head.cuts);
  const kept = ends ? withClose(plain) : plain;
  // The head and the first of the body in one write, without a copy where
  // they stand side by side.
  const from = engine.start;
  const size = takeBody(body, engine, true);
  let piece = size === 0
    ? kept
    : adjoining && kept === bytes
    ? engine.buffer.subarray(from - bytes.length, from + size)
    : concat([kept, engine.buffer.subarray(from, from + size)]);
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
      concat([withoutCuts(bytes, head.cuts), extra]),
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

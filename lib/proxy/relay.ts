/**
 * Relays the engine's answer to the client: plain ones, streams and tunnels.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { NO_BODY } from "../http1/framing.ts";
import { type Body, openBody, takeBody } from "../wire/body.ts";
import {
  closeSource,
  hasBytes,
  readAhead,
  type Source,
  take,
} from "../wire/source.ts";
import { writeAll } from "../wire/write.ts";
import { closeEngine } from "./connection.ts";
import {
  conclude,
  concludeFailure,
  fail,
  keepsClient,
  leaveOpen,
} from "./exchange.ts";
import { slow } from "./limiting.ts";
import { filterOf, relayFiltered } from "./relay_filtered.ts";
import { idBytes } from "./request_id.ts";
import { asChunk, firstPiece, LAST_CHUNK, passedOn } from "./transform.ts";
import { runTunnel } from "./tunnel.ts";
import type { AnswerHead, Exchange } from "./state.ts";

/** Relays the answer; returns whether both connections go on. */
export function relay(
  exchange: Exchange,
  answer: AnswerHead,
): Promise<boolean> {
  const { session, plan } = exchange;
  const { head } = answer;
  const { engine } = session;
  // The client has gone since the head was read, and the engine's side with it.
  if (engine === null) return concludeFailure(exchange);
  const tunnels = head.status === 101
    ? plan.upgrade !== null
    : plan.tunnel === "tcp" && head.status === 200 && !head.framed;
  if (head.status === 101 && !tunnels) {
    fail(exchange, "engine.bad_answer");
    return concludeFailure(exchange);
  }
  exchange.status = head.status;
  if (tunnels) return relayTunnel(exchange, engine, answer);
  const isRead = exchange.held !== null || exchange.answers !== null;
  const filter = isRead ? filterOf(exchange, answer) : null;
  return filter === null
    ? relayAnswer(exchange, engine, answer)
    : relayFiltered(exchange, engine, answer, filter);
}

/** The line of the request's id; null without one. */
function lineOf({ id, session }: Exchange): Uint8Array<ArrayBuffer> | null {
  return id === "" ? null : idBytes(session.ids, id);
}

async function relayAnswer(
  exchange: Exchange,
  engine: Source,
  answer: AnswerHead,
): Promise<boolean> {
  const { session, plan } = exchange;
  const { head } = answer;
  const body = openBody(plan.head.method === "HEAD" ? NO_BODY : head.framing);
  // HTTP/1.1 shows by its framing whether an answer is whole.
  const chunks = body.kind === "until-close" && plan.head.minor === 1;
  // Known before the head is written, so that it tells the client.
  const keeps = keepsClient(exchange) && body.kind !== "until-close";
  const ends = !keeps && plan.head.minor === 1;
  let piece = firstPiece(answer, ends, chunks, body, engine, lineOf(exchange));
  for (;;) {
    if (body.error !== null) {
      fail(exchange, "engine.bad_answer");
      return await concludeFailure(exchange);
    }
    const surplus = body.done && hasBytes(engine);
    const reusable = body.done && head.keepAlive && !surplus;
    if (reusable) leaveOpen(exchange, engine);
    else if (!body.done) readAhead(engine);
    exchange.answering = true;
    try {
      // Most writes take all at once: those are spared a function that waits.
      const written = await session.client.conn.write(piece);
      if (written < piece.length) {
        await writeAll(session.client.conn, piece.subarray(written));
      }
    } catch {
      conclude(exchange, "client.closed");
      closeEngine(session);
      return false;
    }
    exchange.bytesOut += piece.length;
    if (body.done) {
      if (!reusable) closeEngine(session);
      conclude(exchange, surplus ? "engine.bad_answer" : "request.completed");
      return keeps && !surplus;
    }
    while (!take(engine)) {
      if (engine.ended) return await concludeEnd(exchange, engine, body);
      await engine.pending;
    }
    const at = engine.start;
    piece = engine.buffer.subarray(at, at + takeBody(body, engine, true));
    if (chunks) piece = asChunk(piece);
  }
}

/** The engine has ended its side within an answer: the end of it, or a cut. */
async function concludeEnd(
  exchange: Exchange,
  engine: Source,
  body: Body,
): Promise<false> {
  const { session, plan, endGrace } = exchange;
  const { client } = session;
  // A client that has only ended its side waits for a plain answer.
  const gone = client.failure !== null || endGrace !== null;
  // What we have closed has not ended by itself.
  const whole = body.kind === "until-close" && engine.failure === null &&
    !engine.closed;
  if (whole && plan.head.minor === 1) {
    // A client that has gone is seen by its next read.
    await writeAll(client.conn, LAST_CHUNK).catch(() => {});
  }
  const code = whole ? "request.completed" : "engine.closed";
  conclude(exchange, gone ? "client.closed" : code);
  closeEngine(session);
  // A cut answer must not look like a whole one: no orderly end for it.
  if (!whole) closeSource(client);
  return false;
}

async function relayTunnel(
  exchange: Exchange,
  engine: Source,
  answer: AnswerHead,
): Promise<boolean> {
  const { session } = exchange;
  exchange.answering = true;
  session.client.onEnd = null;
  const count = { fromClient: 0, fromEngine: 0 };
  exchange.tunnelled = count;
  try {
    const extra = engine.buffer.subarray(engine.start, engine.end);
    engine.start = engine.end;
    const head = passedOn(answer, false, false, lineOf(exchange));
    await writeAll(session.client.conn, concat([head, extra]));
    count.fromEngine += extra.length;
    const slowed = (bytes: number) => slow(exchange, bytes, engine);
    await runTunnel(session.client, engine, count, slowed);
  } catch {
    // The client has gone before the tunnel began.
  }
  exchange.body.size += count.fromClient;
  exchange.bytesOut += answer.bytes.length + count.fromEngine;
  // How a tunnel ends is up to its two sides, unless sockwarden cut it.
  const cut = session.client.closed &&
    (session.cause !== null || session.stopping);
  conclude(exchange, cut ? "client.closed" : "request.completed");
  closeEngine(session);
  return false;
}

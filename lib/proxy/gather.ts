/**
 * Makes ready what is sent first of a request: its head with what has come of
 * its body, or with the whole body where that must be known before.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { takeBody } from "../wire/body.ts";
import { CONTINUE } from "../wire/reply.ts";
import { take } from "../wire/source.ts";
import { noRoom } from "./budget.ts";
import { collect, reply } from "./connection.ts";
import { conclude, refuseExchange } from "./exchange.ts";
import type { Judgement } from "./gate.ts";
import { countUpload, slow } from "./limiting.ts";
import {
  forPlainAnswer,
  gatheredHead,
  type SendPlan,
  withTarget,
} from "./plan.ts";
import type { Exchange } from "./state.ts";

/**
 * The largest body that is read whole: the settings of an exec are small, those
 * of a container large.
 */
const MAX_GATHERED_BYTES = 1024 * 1024;

/**
 * Makes ready a request that has a body (`exchange.first` and `.content`).
 *
 * @returns false where that fails: the client was told.
 */
export async function prepare(exchange: Exchange): Promise<boolean> {
  const { plan, body } = exchange;
  if (gathers(plan)) {
    // Before it is read: what waits must not hold bytes that others need.
    const known = Math.min(body.remaining, MAX_GATHERED_BYTES);
    await slow(exchange, known, null);
    const whole = await gather(exchange);
    // What has not come is given back.
    countUpload(exchange, body.size - known);
    if (whole === null) return false;
    setBody(exchange, whole);
    return true;
  }
  exchange.content = null;
  if (isJudgedPassing(plan)) return true;
  const first = firstBytes(exchange);
  if (first === null) {
    await refuseBody(exchange, body.error!);
    return false;
  }
  exchange.first = first;
  await slow(exchange, first.length - plan.bytes.length, null);
  return true;
}

/** Sets the whole body that is sent, with its length. */
export function setBody(
  exchange: Exchange,
  whole: Uint8Array<ArrayBuffer>,
): void {
  const head = gatheredHead(exchange.plan, whole.length);
  exchange.first = concat([head, whole]);
  // A view, so that the body is held once.
  exchange.content = exchange.first.subarray(head.length);
}

/**
 * Sets what the request is sent as: under the ids of its objects, so that the
 * object judged is the one reached, also where it is judged again. It asks for
 * a plain answer where that is read.
 */
export function setTarget(
  exchange: Exchange,
  { match, held }: Pick<Judgement, "match" | "held">,
): void {
  const { plan, first, answers } = exchange;
  exchange.held = held;
  const sent = match ?? plan.decision.match;
  // Only an operation is held, or has an answer that is rewritten.
  if (sent.kind !== "operation") return;
  const isRead = answers !== null || (held?.answer.length ?? 0) > 0;
  if (match === null && held === null && !isRead) return;
  exchange.plan = match === null && held === null
    ? forPlainAnswer(plan, sent)
    : withTarget(plan, sent, isRead);
  // What has come of the body follows the head, however that is sent.
  const rest = exchange.content ?? first.subarray(plan.bytes.length);
  if (exchange.content !== null && rest.length > 0) {
    return setBody(exchange, rest.slice());
  }
  if (first === plan.bytes) {
    exchange.first = exchange.plan.bytes;
    return;
  }
  exchange.first = concat([
    exchange.content === null
      ? exchange.plan.bytes
      : gatheredHead(exchange.plan, 0),
    rest,
  ]);
}

/** Whether the body of a request must be there whole before anything is sent. */
function gathers({ tunnel, reads }: SendPlan): boolean {
  return tunnel !== null || reads === "body";
}

/** Whether a guard may judge the body as it passes: none of it goes out with the head. */
function isJudgedPassing({ conditions, decision }: SendPlan): boolean {
  return decision.operation?.name === "image.build" &&
    conditions.some(({ kind }) => kind === "guard");
}

/** The head and what has come of the body, in one piece; null where the body is malformed. */
function firstBytes(
  { session, plan, body }: Exchange,
): Uint8Array<ArrayBuffer> | null {
  const { client } = session;
  if (!take(client)) return plan.bytes;
  const from = client.start;
  const size = takeBody(body, client, true);
  return body.error !== null
    ? null
    : concat([plan.bytes, client.buffer.subarray(from, from + size)]);
}

/**
 * Reads the whole body of a request that opens a tunnel, or that is judged by
 * it. It is sent in one piece with its length: an unread chunk end could become
 * standard input (docs/engine-api/streams.md, "Upgrades").
 *
 * @returns null where it is too long, malformed or cut: the client was told.
 */
async function gather(
  exchange: Exchange,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const { session, plan, body } = exchange;
  if (plan.head.expectContinue && !await reply(session, CONTINUE)) {
    conclude(exchange, "client.closed");
    return null;
  }
  const whole = await collect(session, body, MAX_GATHERED_BYTES, true);
  if (whole === "no room") {
    const { reason, ...refusal } = noRoom(session);
    const message = `sockwarden: ${reason}`;
    await refuseExchange(exchange, { ...refusal, message }, false);
    return null;
  }
  if (whole !== null) return whole;
  if (body.error !== null) await refuseBody(exchange, body.error);
  else if (body.size > MAX_GATHERED_BYTES) {
    const message = `sockwarden: the body of ${
      plan.decision.operation?.name ?? "the request"
    } is larger than ${MAX_GATHERED_BYTES} bytes`;
    const code = "http.body_too_large";
    await refuseExchange(exchange, { status: 413, code, message }, false);
  } else conclude(exchange, "client.closed");
  return null;
}

async function refuseBody(exchange: Exchange, reason: string): Promise<void> {
  const message = `sockwarden: ${reason}`;
  const code = "http.bad_chunk";
  await refuseExchange(exchange, { status: 400, code, message }, false);
}

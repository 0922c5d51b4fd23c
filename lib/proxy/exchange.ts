/**
 * One request on its way and what is known of it, up to its end.
 *
 * @module
 */

import { formatAddress } from "../net/address.ts";
import type { ReasonCode } from "../observe/reasons.ts";
import { openBody } from "../wire/body.ts";
import { answer } from "../wire/reply.ts";
import { closeSource, rest, type Source } from "../wire/source.ts";
import { closeEngine, reply } from "./connection.ts";
import type { Refusal } from "./refusal.ts";
import type { SendPlan } from "./plan.ts";
import { record } from "./record.ts";
import { idLine } from "./request_id.ts";
import type { Exchange, Session } from "./state.ts";

const NO_BYTES = new Uint8Array(0);

let lastNumber = 0;

/** Begins an exchange of the request whose head has just come. */
export function openExchange(session: Session, plan: SendPlan): Exchange {
  const exchange: Exchange = {
    session,
    id: session.context.auditor?.newId() ?? "",
    audited: false,
    plan,
    body: openBody(plan.head.framing),
    held: null,
    answers: null,
    passing: null,
    first: plan.bytes,
    content: NO_BYTES,
    number: ++lastNumber,
    // The session has been busy since then.
    started: session.since,
    passedAt: null,
    engineMs: null,
    status: 0,
    bytesOut: 0,
    passedFor: null,
    slot: session.slot,
    slowedMs: 0,
    endGrace: null,
    upload: null,
    tunnelled: null,
    asked: false,
    answering: false,
    wouldRefuse: plan.wouldRefuse,
    remedies: undefined,
    fault: null,
    looked: null,
  };
  session.slot = null;
  session.exchange = exchange;
  return exchange;
}

/** Notes why an exchange fails; the first reason stands. */
export function fail(
  exchange: Exchange,
  code: ReasonCode,
  reason = "",
  status = 502,
  findings?: readonly string[],
): void {
  exchange.fault ??= { code, status, reason, findings };
}

/** Ends an exchange that failed; answers the client if it has no answer yet. */
export async function concludeFailure(exchange: Exchange): Promise<boolean> {
  const { session } = exchange;
  const gone = session.client.failure !== null || exchange.endGrace !== null;
  fail(exchange, gone ? "client.closed" : "engine.closed");
  const { code, status, reason, findings } = exchange.fault!;
  closeEngine(session);
  if (code === "client.closed" || exchange.answering) {
    conclude(exchange, code, "", exchange.status, findings);
    // A cut answer must not look like a whole one.
    if (exchange.answering) closeSource(session.client);
    return false;
  }
  const message = reason || reasonOf(code, exchange);
  conclude(exchange, code, message, status, findings);
  const keep = exchange.body.kind === "none" && keepsClient(exchange) &&
    code === "engine.unreachable";
  return await replyOnce(exchange, status, `sockwarden: ${message}`, keep);
}

/**
 * Whether the connection is read on after the answer that begins now: the
 * client keeps it, all of the request was read and, if it is sent, the engine
 * has it, and the program does not stop. If not, the answer says so (RFC 9112
 * section 9.6).
 */
export function keepsClient(
  { session, plan, body, upload }: Exchange,
): boolean {
  return plan.head.keepAlive && !session.stopping && body.done &&
    (upload === null || upload.state === "complete");
}

/** Whether a request is a GET or HEAD without a body, and asks for no tunnel: the engine may get it twice. */
export function isPlain({ plan, body }: Exchange): boolean {
  const { method } = plan.head;
  return body.kind === "none" && (method === "GET" || method === "HEAD") &&
    plan.upgrade === null && plan.tunnel === null;
}

/** Leaves the engine's side open after an answer that came whole, and waits for the next one. */
export function leaveOpen(exchange: Exchange, engine: Source): void {
  exchange.session.spare = isPlain(exchange);
  rest(engine);
}

/**
 * Refuses a request after its head was let through; returns whether the
 * connection goes on.
 *
 * @param readable Whether another request may follow where the body has ended.
 */
export async function refuseExchange(
  exchange: Exchange,
  { status, code, message, note = message, findings, remedies }: RefusalText,
  readable = true,
): Promise<boolean> {
  const keep = readable && keepsClient(exchange);
  exchange.remedies = remedies;
  conclude(exchange, code, note, status, findings);
  return await replyOnce(exchange, status, message, keep);
}

/** What the client is told of a refusal, and what the log says. */
type RefusalText = Pick<
  Refusal,
  "status" | "code" | "message" | "note" | "findings" | "remedies"
>;

/** Answers in place of the engine; returns whether the connection goes on. */
async function replyOnce(
  { session, plan, id }: Exchange,
  status: number,
  message: string,
  keep: boolean,
): Promise<boolean> {
  const isHead = plan.head.method === "HEAD";
  const bytes = answer(status, message, !keep, isHead, idLine(id));
  return await reply(session, bytes) && keep;
}

/** Records the end of an exchange, once. */
export function conclude(
  exchange: Exchange,
  code: ReasonCode,
  message = "",
  status = exchange.status,
  findings?: readonly string[],
): void {
  const { session, plan } = exchange;
  if (session.exchange !== exchange) return;
  session.exchange = null;
  const { id } = exchange;
  const end = { code, message, status, request: plan, exchange, id, findings };
  record(session, end);
}

function reasonOf(code: ReasonCode, { session, plan }: Exchange): string {
  const engine = `the engine at ${formatAddress(session.context.engine)}`;
  return code === "engine.closed"
    ? `${engine} closed the connection before it answered; ${plan.head.method} was not sent again`
    : `${engine} did not answer in valid HTTP/1.1`;
}

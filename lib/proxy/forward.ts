/**
 * Sends a request to the engine and sees to its answer.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { after, monotonic } from "../host.ts";
import { answer, CONTINUE } from "../wire/reply.ts";
import { type Body, openBody, takeBody } from "../wire/body.ts";
import {
  closeEngine,
  collect,
  linger,
  reply,
  type Session,
} from "./connection.ts";
import { dial, isFailure } from "../engine/dial.ts";
import { conclude, concludeFailure, type Exchange } from "./exchange.ts";
import { judgeRequest, type Refusal } from "./judge.ts";
import { gatheredHead, type SendPlan } from "./plan.ts";
import { isStillAllowed } from "./recheck.ts";
import { readAnswerHead, relay } from "./relay.ts";
import {
  allowBulk,
  closeSource,
  hasBytes,
  openSource,
  type Source,
  take,
} from "../wire/source.ts";
import { writeAll } from "../wire/write.ts";

/** Bytes of a body that is read whole: an exec's few settings, a container's many. */
const MAX_GATHERED_BYTES = 1024 * 1024;
const NOTHING = new Uint8Array(0);
/** Milliseconds that the engine gets to end a cancelled stream by itself. */
const CANCEL_GRACE_MS = 500;

/** Sends a request and relays its answer; returns whether the connection goes on. */
export async function send(session: Session, plan: SendPlan): Promise<boolean> {
  const body = openBody(plan.head.framing);
  session.sending = { plan, body };
  try {
    return await carryOut(session, plan, body);
  } finally {
    session.sending = null;
  }
}

async function carryOut(
  session: Session,
  plan: SendPlan,
  body: Body,
): Promise<boolean> {
  const exchange: Exchange = {
    session,
    plan,
    body,
    started: monotonic(),
    engineMs: null,
    status: 0,
    bytesOut: 0,
    answering: false,
    wouldRefuse: plan.wouldRefuse,
    fault: null,
    reason: "",
  };
  let first = plan.bytes;
  let content: Uint8Array = NOTHING;
  if (!body.done) {
    if (plan.tunnel !== null || plan.claims === "body") {
      const gathered = await gatherBody(exchange);
      if (gathered === null) return false;
      content = gathered;
      if (!await isTimely(exchange)) return false;
      first = concat([gatheredHead(plan, content.length), content]);
    } else {
      const opened = firstBytes(exchange);
      if (opened === null) return false;
      first = opened;
    }
  }
  if (plan.claims !== null) {
    const refusal = await judge(exchange, content);
    if (refusal !== null) return await refuseClaim(exchange, refusal);
  }
  const { client } = session;
  let cancelGrace: (() => void) | null = null;
  client.onEnd = () => {
    if (client.failure !== null) closeEngine(session);
    else if (plan.streams) cancelGrace = cancel(session);
  };
  if (client.ended) client.onEnd();
  let pump: Promise<void> | null = null;
  let pumping = false;
  try {
    for (let attempt = 0;; attempt++) {
      const reused = session.engine !== null;
      const outcome = await deliver(exchange, first);
      if (outcome === "again") continue;
      if (outcome === "failed") return await concludeFailure(exchange);
      const engine = session.engine;
      if (engine === null) return await concludeFailure(exchange);
      if (!body.done && pump === null) {
        pumping = true;
        pump = pumpBody(exchange, engine).finally(() => pumping = false);
      }
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
      return keep && body.done && !pumping;
    }
  } finally {
    client.onEnd = null;
    (cancelGrace as (() => void) | null)?.();
    if (pumping || (pump !== null && !body.done)) {
      // The engine has answered without reading the whole body: neither
      // connection can be used on, and the pump is ended with them.
      body.done = true;
      closeEngine(session);
      await linger(session);
      closeSource(client);
    }
    if (pump !== null) await pump;
  }
}

/**
 * Whether what was allowed is allowed still, now that its body is there: its
 * client may have held that back for long. Else the connection is closed.
 */
async function isTimely(exchange: Exchange): Promise<boolean> {
  const { session, plan } = exchange;
  const { access } = session.context;
  if (session.found?.generation === access.generation) return true;
  if (await isStillAllowed(session, plan) === true) return true;
  session.cause = "revoked";
  conclude(exchange, "client closed", "");
  return false;
}

/** Judges what the request claims; null where it may be sent. */
async function judge(
  exchange: Exchange,
  content: Uint8Array,
): Promise<Refusal | null> {
  const { session, plan } = exchange;
  const { client, dryRun } = session.found!.planner;
  const refusal = await judgeRequest(
    session.context.access,
    client.name,
    plan,
    content,
  );
  if (refusal === null || !dryRun) return refusal;
  if (refusal.status === 403) exchange.wouldRefuse ||= refusal.message;
  return null;
}

/** Refuses a request after its body was read; returns whether the connection goes on. */
async function refuseClaim(
  exchange: Exchange,
  { status, message }: Refusal,
): Promise<boolean> {
  const { session, plan, body } = exchange;
  const keep = body.done && plan.head.keepAlive;
  // A missing image is nothing that the policy refuses.
  conclude(exchange, status === 404 ? "complete" : "refused", message, status);
  const bytes = answer(status, message, !keep, plan.head.method === "HEAD");
  return await reply(session, bytes) && keep;
}

/** Ends a stream as its client did: its own side first, the rest after a grace time. */
function cancel(session: Session): () => void {
  session.engine?.conn.closeWrite().catch(() => {});
  return after(CANCEL_GRACE_MS, () => closeEngine(session));
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
  return concat([plan.bytes, client.buffer.subarray(from, from + size)]);
}

/**
 * Reads the whole body of a request that opens a tunnel, or that is judged by
 * it. It is sent in one piece with its length: an unread chunk end could become
 * standard input (docs/engine-api/streams.md, "Upgrades").
 *
 * @returns null where it is too long, malformed or cut: the client was told.
 */
async function gatherBody(
  exchange: Exchange,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const { session, plan, body } = exchange;
  if (plan.head.expectContinue && !await reply(session, CONTINUE)) return null;
  const content = await collect(session, body, MAX_GATHERED_BYTES);
  if (content === null) {
    if (body.error !== null) malformedBody(exchange);
    else if (body.size > MAX_GATHERED_BYTES) {
      const message =
        `sockwarden: the body of ${plan.decision.operation?.name} is larger than ${MAX_GATHERED_BYTES} bytes`;
      conclude(exchange, "client body malformed", message, 413);
      await reply(session, answer(413, message, true, false));
    } else conclude(exchange, "client closed", "");
    return null;
  }
  return content;
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
      exchange.reason = dialled.reason;
      if (dialled.denied) session.context.denied();
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
    // A stream that its client has cancelled is not begun anew.
    if (reused && !(session.client.ended && exchange.plan.streams)) {
      return "again";
    }
    exchange.fault = "engine closed";
    return "failed";
  }
}

/** Carries the rest of a request's body to the engine. */
async function pumpBody(exchange: Exchange, engine: Source): Promise<void> {
  const { session, body } = exchange;
  const { client } = session;
  allowBulk(client);
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

/**
 * Sends a request to the engine, over the kept connection or a new one, and
 * gets the head of its answer.
 *
 * @module
 */

import { dial, isFailure } from "../engine/dial.ts";
import { after } from "../host.ts";
import { hasBytes, openSource } from "../wire/source.ts";
import { writeAll } from "../wire/write.ts";
import { closeEngine } from "./connection.ts";
import { fail, isPlain } from "./exchange.ts";
import { readAnswerHead } from "./answer_head.ts";
import { startUpload } from "./upload.ts";
import type { AnswerHead, Exchange, Session } from "./state.ts";

/** Milliseconds that the engine gets to end a cancelled stream by itself. */
export const CANCEL_GRACE_MS = 500;

/**
 * Watches the client while its request is on its way: one that is gone closes
 * the engine's side, and one that ends its side of a stream cancels it.
 */
export function watchClient(exchange: Exchange): void {
  const { session, plan } = exchange;
  const { client } = session;
  client.onEnd = () => {
    if (client.failure !== null) closeEngine(session);
    else if (plan.streams) exchange.endGrace = cancel(session);
  };
  if (client.ended) client.onEnd();
}

/** Ends the watch. */
export function unwatchClient({ session, endGrace }: Exchange): void {
  session.client.onEnd = null;
  endGrace?.();
}

/** Ends a stream as its client did: its own side first, the rest after a grace time. */
function cancel(session: Session): () => void {
  session.engine?.conn.closeWrite().catch(() => {});
  return after(CANCEL_GRACE_MS, () => closeEngine(session));
}

/** A request that the engine has already. */
export interface Sent {
  /** Whether another one was answered before on the engine connection. */
  readonly reused: boolean;
}

/**
 * Sends what was made ready and reads the head of its answer. A request is sent
 * again only where the kept engine connection had been closed, and either
 * nothing of it was written, or it is a GET or HEAD without a body and no byte
 * of an answer came.
 *
 * @param sent Where it was sent already, on `session.engine`; else null.
 * @returns The answer's head, of `session.engine`; null where it failed:
 * `exchange.fault` tells why, if it is more than that one side closed.
 */
export async function forward(
  exchange: Exchange,
  sent: Sent | null = null,
): Promise<AnswerHead | null> {
  const { session, body, first } = exchange;
  if (session.engine === null && isPlain(exchange)) {
    const { pool } = session.context;
    session.engine = pool.take(session.identified!.planner.client.name);
  }
  for (let attempt = 0;; attempt++) {
    const isSent = sent !== null && attempt === 0;
    const reused = isSent ? sent.reused : session.engine !== null;
    const outcome = isSent ? "sent" : await deliver(exchange, first);
    if (outcome === "again") continue;
    const { engine } = session;
    if (outcome === "failed" || engine === null) return null;
    if (!body.done) exchange.upload ??= startUpload(exchange, engine);
    const answer = await readAnswerHead(exchange, engine);
    if (answer === "bad") return null;
    if (answer !== "none") return answer;
    closeEngine(session);
    if (!reused || attempt > 0 || !isRepeatable(exchange)) return null;
  }
}

/** Whether a request may be sent again although the engine may have got it (RFC 9110 section 9.2.2). */
function isRepeatable(exchange: Exchange): boolean {
  return isPlain(exchange) && !exchange.session.client.ended;
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
  if (session.engine?.ended) closeEngine(session);
  const reused = session.engine !== null;
  if (!reused && !await connect(exchange)) return "failed";
  const engine = session.engine!;
  session.spare = false;
  if (hasBytes(engine)) {
    // Bytes that no request asked for: a second answer to the previous request.
    fail(exchange, "engine.bad_answer");
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
    // A stream that its client has cancelled is not started again.
    if (reused && !(session.client.ended && exchange.plan.streams)) {
      return "again";
    }
    fail(exchange, "engine.closed");
    return "failed";
  }
}

/** Opens the session's engine connection; returns whether there is one. */
async function connect(exchange: Exchange): Promise<boolean> {
  const { session } = exchange;
  const { engine, pool } = session.context;
  let dialled = await dial(engine);
  // Descriptors are short: those that wait for nobody in particular are given up.
  if (isFailure(dialled) && dialled.status === 503 && pool.clear() > 0) {
    dialled = await dial(engine);
  }
  if (isFailure(dialled)) {
    const { reason, status, denied } = dialled;
    fail(exchange, "engine.unreachable", reason, status);
    if (denied) session.context.denied();
    return false;
  }
  if (session.client.failure !== null || session.client.closed) {
    dialled.close();
    fail(exchange, "client.closed");
    return false;
  }
  session.engine = openSource(dialled, false);
  return true;
}

/**
 * Answers requests that do not go to the engine: refused, malformed, and those
 * for sockwarden itself.
 *
 * @module
 */

import { openBody } from "../wire/body.ts";
import { answer } from "../wire/reply.ts";
import { writeAll } from "../wire/write.ts";
import { closeSession, collect, enter, reply } from "./connection.ts";
import type { OwnPlan, Plan, RejectPlan, SendPlan } from "./plan.ts";
import { record } from "./record.ts";
import type { Session } from "./state.ts";

/** Bytes of a refused request's body that are read to keep the connection. */
const MAX_DISCARDED_BYTES = 64 * 1024;

/** Answers as the plan says; returns whether the connection goes on. */
export async function answerOurselves(
  session: Session,
  plan: Exclude<Plan, SendPlan>,
): Promise<boolean> {
  switch (plan.kind) {
    case "reject":
      return await reject(session, plan);
    case "drop": {
      const { code, reason, excerpt } = plan;
      const message = `${reason} (${excerpt})`;
      record(session, code, message);
      return false;
    }
    case "refuse": {
      const { refusal, head, bytes } = plan;
      const { code, message, status } = refusal;
      record(session, code, message, status, plan);
      return await answerRequest(session, head, bytes);
    }
    case "health":
      return await answerHealth(session, plan);
    case "self":
      return await reply(session, answer(200, "self", false, false));
  }
}

/** Answers a head that cannot be served, and ends the connection. */
async function reject(
  session: Session,
  { status, code, reason, excerpt, asked }: RejectPlan,
): Promise<false> {
  const message = `${reason} (${excerpt})`;
  record(session, code, message, status, asked);
  await reply(session, answer(status, `sockwarden: ${reason}`, true, false));
  return false;
}

/** Answers a head that did not come in time, and closes. */
export function expireHead(session: Session): void {
  const seconds = session.context.limits.headTimeout / 1000;
  const message =
    `sockwarden: the request head did not arrive within ${seconds} s`;
  enter(session, "closing");
  record(session, "http.head_timeout", message, 408);
  const close = () => closeSession(session);
  writeAll(session.client.conn, answer(408, message, true, false))
    .then(close, close);
}

async function answerHealth(
  session: Session,
  { head }: OwnPlan,
): Promise<boolean> {
  const reason = session.local
    ? await session.context.health()
    : "only clients on this host may ask for the health check";
  const status = !session.local ? 403 : reason === null ? 200 : 503;
  const bytes = answer(status, reason ?? "healthy", !head.keepAlive, false);
  return await answerRequest(session, head, bytes);
}

/** Answers without the engine, and reads the rest of the request where it is small. */
async function answerRequest(
  session: Session,
  { framing, keepAlive, expectContinue }: SendPlan["head"],
  bytes: Uint8Array,
): Promise<boolean> {
  if (framing.kind === "none") return await reply(session, bytes) && keepAlive;
  // A client that waits for 100 may or may not send its body now.
  const readable = !expectContinue && keepAlive &&
    (framing.kind === "chunked" ||
      framing.kind === "length" && framing.length <= MAX_DISCARDED_BYTES);
  if (!await reply(session, bytes) || !readable) return false;
  const body = openBody(framing);
  return await collect(session, body, MAX_DISCARDED_BYTES, false) !== null;
}

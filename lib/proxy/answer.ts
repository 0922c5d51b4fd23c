/**
 * Answers requests that do not go to the engine: refused, malformed, and those
 * for sockwarden itself.
 *
 * @module
 */

import type { RequestHead } from "../http1/request.ts";
import { openBody } from "../wire/body.ts";
import { answer } from "../wire/reply.ts";
import { writeAll } from "../wire/write.ts";
import { closeSession, collect, enter, reply } from "./connection.ts";
import {
  type OwnPlan,
  type Plan,
  readsOn,
  type RefusePlan,
  type RejectPlan,
  type SendPlan,
} from "./plan.ts";
import { record } from "./record.ts";
import { idLine } from "./request_id.ts";
import type { Session } from "./state.ts";

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
      record(session, { code, message, id: idOf(session) });
      return false;
    }
    case "refuse": {
      const ends = session.stopping || !readsOn(plan.head);
      return await answerRequest(
        session,
        plan.head,
        refused(session, plan, ends),
      );
    }
    case "health":
      return await answerHealth(session, plan);
    case "self":
      return await answerOwn(session, plan, 200, "self");
  }
}

/**
 * Records that a request is refused.
 *
 * @param ends Whether the connection ends with the answer.
 * @returns The answer.
 */
export function refused(
  session: Session,
  plan: RefusePlan,
  ends: boolean,
): Uint8Array {
  const { refusal, head, bytes } = plan;
  const { code, message, status, fields = "" } = refusal;
  const id = idOf(session);
  record(session, { code, message, status, request: plan, id });
  const isHead = head.method === "HEAD";
  return session.stopping || id !== ""
    ? answer(status, message, ends, isHead, fields + idLine(id))
    : bytes;
}

/** Answers a head that cannot be served, and ends the connection. */
async function reject(
  session: Session,
  { status, code, reason, excerpt, asked }: RejectPlan,
): Promise<false> {
  const message = `${reason} (${excerpt})`;
  const id = idOf(session);
  record(session, { code, message, status, request: asked, id });
  await reply(
    session,
    answer(status, `sockwarden: ${reason}`, true, false, idLine(id)),
  );
  return false;
}

/** Answers a head that did not come in time, and closes. */
export function expireHead(session: Session): void {
  const seconds = session.context.limits.headTimeout / 1000;
  const message =
    `sockwarden: the request head did not arrive within ${seconds} s`;
  enter(session, "closing");
  const id = idOf(session);
  record(session, { code: "http.head_timeout", message, status: 408, id });
  const close = () => closeSession(session);
  writeAll(session.client.conn, answer(408, message, true, false, idLine(id)))
    .then(close, close);
}

/** An id for a request that gets our own answer; empty without an audit. */
export function idOf({ context: { auditor } }: Session): string {
  return auditor?.newId() ?? "";
}

async function answerHealth(
  session: Session,
  plan: OwnPlan,
): Promise<boolean> {
  const reason = session.local
    ? await session.context.health()
    : "only clients on this host may ask for the health check";
  const status = !session.local ? 403 : reason === null ? 200 : 503;
  return await answerOwn(session, plan, status, reason ?? "healthy");
}

function answerOwn(
  session: Session,
  { head }: OwnPlan,
  status: number,
  message: string,
): Promise<boolean> {
  const ends = session.stopping || !readsOn(head);
  return answerRequest(session, head, answer(status, message, ends, false));
}

/** Answers without the engine, and reads the rest of the request where it is small. */
async function answerRequest(
  session: Session,
  head: RequestHead,
  bytes: Uint8Array,
): Promise<boolean> {
  if (!await reply(session, bytes) || !readsOn(head)) return false;
  const body = openBody(head.framing);
  return body.done || await collect(session, body, Infinity, false) !== null;
}

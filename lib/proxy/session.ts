/**
 * Serves one client connection: its requests one after the other, each decided
 * on and sent or refused, until one side goes.
 *
 * @module
 */

import { formatAddress } from "../net/address.ts";
import { pause } from "../host.ts";
import { checkHeadStart } from "../http1/head_start.ts";
import { type HttpError, tooLarge } from "../http1/request.ts";
import type { Ending } from "../observe/record.ts";
import { isAnother } from "./access.ts";
import { answer } from "../wire/reply.ts";
import { openBody } from "../wire/body.ts";
import {
  headAtHand,
  type NoHead,
  readHead as readWholeHead,
} from "../wire/head.ts";
import {
  closeSession,
  collect,
  enter,
  linger,
  nameOf,
  reply,
  type Session,
} from "./connection.ts";
import {
  type BadPlan,
  excerptOf,
  isReserved,
  type Plan,
  planFor,
  type RefusePlan,
  type SendPlan,
} from "./plan.ts";
import { send } from "./forward.ts";
import { rest, take } from "../wire/source.ts";
import { writeAll } from "../wire/write.ts";

/** Bytes of a refused request's body that are read to keep the connection. */
const MAX_DISCARDED_BYTES = 64 * 1024;
/** Requests at hand that are served before others get a turn. */
const MAX_REQUESTS_IN_A_ROW = 32;

/** Serves a session until one side has gone; never rejects. */
export async function runSession(session: Session): Promise<void> {
  try {
    for (;;) {
      const text = await readHead(session);
      if (text === null) break;
      enter(session, "busy");
      const plan = typeof text === "string"
        ? session.found?.generation === session.context.access.generation
          ? planFor(session.found.planner, text)
          : await planAnew(session, text)
        : text;
      const keep = await perform(session, plan);
      if (!keep || session.stopping) break;
      rest(session.client);
      enter(session, "idle");
    }
    await linger(session);
  } catch (error) {
    // Only a bug gets here: both sides are closed, and it is told.
    report(session, "engine answered wrongly", `internal error: ${error}`);
  } finally {
    closeSession(session);
  }
}

/** The plan where it must first be found out who the client is. */
async function planAnew(session: Session, text: string): Promise<Plan> {
  const { access, engine } = session.context;
  // Asked by ourselves while the engine may be down, or be ourselves.
  if (isReserved(text)) return planFor(access.reserved(), text);
  const begun = session.finding;
  session.finding = null;
  let found = await (begun ?? access.find(session.peer));
  // It may have been asked for long ago.
  if ("reason" in found && begun !== null) {
    found = await access.find(session.peer);
  }
  if ("generation" in found && found.generation !== access.generation) {
    // What was found first is whose connection it is.
    session.found ??= found;
    found = await access.find(session.peer);
  }
  if ("reason" in found) {
    return {
      kind: "unknown",
      status: 502,
      reason: `who this client is cannot be asked of the engine at ${
        formatAddress(engine)
      }: ${found.reason}`,
      excerpt: excerptOf(text),
    };
  }
  if (session.found !== null && isAnother(session.found, found)) {
    return { kind: "another", excerpt: excerptOf(text) };
  }
  session.found = found;
  return planFor(found.planner, text);
}

/** Answers a head that did not come in time, and closes. */
export function expireHead(session: Session): void {
  if (session.phase !== "head") return;
  const seconds = session.context.limits.headTimeout / 1000;
  const message =
    `sockwarden: the request head did not arrive within ${seconds} s`;
  enter(session, "closing");
  report(session, "malformed", message, 408);
  const close = () => closeSession(session);
  writeAll(session.client.conn, answer(408, message, true, false))
    .then(close, close);
}

/** The next head; null when the client has gone; a plan where it cannot be one. */
async function readHead(session: Session): Promise<string | Plan | null> {
  const { client } = session;
  const { limits } = session.context;
  if (take(client)) {
    // Requests that are at hand already must not keep others waiting.
    if (++session.atHand > MAX_REQUESTS_IN_A_ROW) {
      session.atHand = 0;
      await pause(0);
    }
  } else {
    session.atHand = 0;
    do {
      if (client.ended) return null;
      await client.pending;
    } while (!take(client));
  }
  if (session.phase === "idle") enter(session, "head");
  const text = headAtHand(client) ??
    await readWholeHead(
      client,
      limits.headBytes,
      (text, from) => wrongStart(session, text, from),
    );
  // The time for the head ran out meanwhile, and 408 was answered.
  if (session.phase === "closing") return null;
  if (typeof text === "string") return text;
  switch (text.kind) {
    case "ended":
    case "cut":
      return null;
    case "too long":
      return badPlan(tooLarge("head", "bytes", limits.headBytes), text.text);
    default:
      return text;
  }
}

/** What is wrong already with a head that is not complete; the part before `from` was looked at. */
function wrongStart(
  session: Session,
  text: string,
  from: number,
): BadPlan | NoHead | null {
  if (session.phase === "closing") return { kind: "cut", text };
  const error = checkHeadStart(text, from, session.context.limits);
  return error === null ? null : badPlan(error, text);
}

/** The plan for a head that is answered with an error. */
function badPlan({ status, reason }: HttpError, text: string): BadPlan {
  return { kind: "bad", status, reason, excerpt: excerptOf(text) };
}

/** Does what the plan says; returns whether the connection goes on. */
async function perform(session: Session, plan: Plan): Promise<boolean> {
  switch (plan.kind) {
    case "bad":
    case "unknown": {
      const { status, reason, excerpt } = plan;
      const ending = plan.kind === "bad" ? "malformed" : "client unknown";
      report(session, ending, `${reason} (${excerpt})`, status);
      await reply(
        session,
        answer(status, `sockwarden: ${reason}`, true, false),
      );
      return false;
    }
    case "another": {
      report(
        session,
        "revoked",
        `the address is another's now: the connection is closed (${plan.excerpt})`,
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
    case "self":
      return await reply(session, answer(200, "self", false, false));
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
      framing.kind === "length" && framing.length <= MAX_DISCARDED_BYTES);
  if (!await reply(session, bytes) || !readable) return false;
  const body = openBody(framing);
  return await collect(session, body, MAX_DISCARDED_BYTES) !== null;
}

/** Records a request that never went on its way. */
function report(
  session: Session,
  ending: Ending,
  detail: string,
  status = 0,
  plan: RefusePlan | null = null,
): void {
  session.context.observe({
    client: session.address,
    name: nameOf(session),
    container: session.found?.container?.name ?? "",
    operation: plan?.decision.operation?.name ?? "-",
    method: plan?.head.method ?? "-",
    path: plan?.decision.path ?? "-",
    status,
    engineMs: null,
    bytesIn: 0,
    bytesOut: 0,
    ending,
    detail,
    dryRun: false,
  });
}

/**
 * Serves one client connection: its requests one after the other, each decided
 * on and sent or refused, until one side goes.
 *
 * @module
 */

import { formatAddress } from "../net/address.ts";
import { decodeLatin1, pause } from "../host.ts";
import type { Ending } from "../observe/record.ts";
import { isAnother } from "../identity/identify.ts";
import { answer } from "../wire/reply.ts";
import { openBody } from "../wire/body.ts";
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
/** Bytes that are first searched for the end of a head. */
const HEAD_GUESS_BYTES = 1024;
/** Requests at hand that are served before others get a turn. */
const MAX_REQUESTS_IN_A_ROW = 32;

/** What no head holds: control bytes, bytes outside ASCII, an LF without its CR. */
// deno-lint-ignore no-control-regex -- control bytes are what it is about
const UNFIT = /[^\r]\n|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xff]/;

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
  let held = "";
  let window = HEAD_GUESS_BYTES;
  for (;;) {
    if (take(client)) {
      // Requests that are at hand already must not keep others waiting.
      if (held === "" && ++session.atHand > MAX_REQUESTS_IN_A_ROW) {
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
    if (session.phase === "closing") return null;
    if (session.phase === "idle") enter(session, "head");
    const { start } = client;
    const end = Math.min(client.end, start + window);
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
    window *= 2;
    const wrong = wrongStart(session, held, before);
    if (wrong !== null) return wrong;
  }
}

/** What is wrong already with a head that is not complete; the part before `from` was looked at. */
function wrongStart(
  session: Session,
  held: string,
  from: number,
): Plan | null {
  const { headBytes, requestLineBytes } = session.context.limits;
  const line = from > requestLineBytes ? 0 : held.indexOf("\r\n");
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
  // With the byte before, so that a line end across two pieces is seen whole.
  const piece = from === 0 ? held : held.slice(from - 1);
  if (/^[\r\n]/.test(held) || UNFIT.test(piece)) {
    return bad(
      400,
      "the head holds a control byte, a byte outside ASCII, or a line that does not end with CR LF",
    );
  }
  return null;
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

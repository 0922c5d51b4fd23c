/**
 * Serves one client connection: the way of each of its requests, in order.
 *
 *     read head → who → which operation → decide → gate → forward → transform → relay → record
 *
 * @module
 */

import { rest } from "../wire/source.ts";
import { answerOurselves } from "./answer.ts";
import { release } from "./budget.ts";
import { closeSession, enter, linger } from "./connection.ts";
import {
  conclude,
  concludeFailure,
  openExchange,
  refuseExchange,
} from "./exchange.ts";
import { forward, unwatchClient, watchClient } from "./forward.ts";
import { prepare } from "./gather.ts";
import { planFor, type SendPlan } from "./plan.ts";
import { passGate } from "./recheck.ts";
import { record } from "./record.ts";
import { relay } from "./relay.ts";
import { readHead } from "./request_head.ts";
import { endUpload, isComplete } from "./upload.ts";
import { isIdentified, planAnew } from "./who.ts";
import type { Session } from "./state.ts";

/** Serves a session until one side has gone; never rejects. */
export async function runSession(session: Session): Promise<void> {
  try {
    for (;;) {
      const text = await readHead(session);
      if (text === null) break;
      enter(session, "busy");
      const plan = typeof text !== "string"
        ? text
        : isIdentified(session)
        ? planFor(session.identified.planner, text)
        : await planAnew(session, text);
      const keep = plan.kind === "send"
        ? await serve(session, plan)
        : await answerOurselves(session, plan);
      if (!keep || session.stopping) break;
      release(session);
      rest(session.client);
      enter(session, "idle");
    }
    await linger(session);
  } catch (error) {
    // Only a bug gets here: both sides are closed, and it is recorded.
    record(session, "request.internal_error", `internal error: ${error}`);
  } finally {
    release(session);
    closeSession(session);
  }
}

/** Takes a request through the gate to the engine, and its answer back; returns whether the connection goes on. */
async function serve(session: Session, plan: SendPlan): Promise<boolean> {
  const exchange = openExchange(session, plan);
  try {
    // The usual request has neither body nor conditions: nothing waits for it.
    if (exchange.body.done && plan.reads === null) {
      exchange.passedFor = session.identified;
    } else {
      if (!exchange.body.done && !await prepare(exchange)) return false;
      const passage = await passGate(exchange);
      if (passage.kind === "refused") {
        return await refuseExchange(exchange, passage.refusal);
      }
      if (passage.kind !== "passed") {
        const unknown = passage.kind === "unknown";
        conclude(exchange, unknown ? "identity.unknown" : "policy.revoked");
        return false;
      }
      exchange.wouldRefuse = passage.wouldRefuse;
      exchange.passedFor = passage.found;
    }
    watchClient(exchange);
    const answer = await forward(exchange);
    if (answer === null) return await concludeFailure(exchange);
    const keep = await relay(exchange, answer);
    return keep && isComplete(exchange);
  } finally {
    session.exchange = null;
    unwatchClient(exchange);
    if (exchange.upload !== null) await endUpload(exchange, exchange.upload);
  }
}

/**
 * Serves one client connection: the way of each of its requests, in order.
 *
 *     read head → who → which operation → decide → gate → forward → transform → relay → record
 *
 * @module
 */

import { monotonic } from "../host.ts";
import { rest } from "../wire/source.ts";
import { answerOurselves } from "./answer.ts";
import { release } from "./budget.ts";
import { audit } from "./audit.ts";
import { closeSession, enter, leaveEngine, linger } from "./connection.ts";
import { conclude, concludeFailure, openExchange } from "./exchange.ts";
import { forward, type Sent, unwatchClient, watchClient } from "./forward.ts";
import { countsOf, leaveLimits, withinLimits } from "./limiting.ts";
import { enterGate } from "./passage.ts";
import type { SendPlan } from "./plan.ts";
import { record } from "./record.ts";
import { relay } from "./relay.ts";
import { readHead } from "./request_head.ts";
import { endUpload } from "./upload.ts";
import { planAnew, planAtOnce } from "./who.ts";
import type { Exchange, Session } from "./state.ts";

/**
 * Serves a session until one side has gone; never rejects.
 *
 * @param sent How the engine has got the request that is under way already, the
 * session's exchange; null where there is none.
 */
export async function runSession(
  session: Session,
  sent: Sent | null = null,
): Promise<void> {
  try {
    if (sent !== null) {
      const exchange = session.exchange!;
      const goesOn = await toItsEnd(exchange, () => carry(exchange, sent));
      if (!goesOn || session.stopping) return await end(session);
      rest(session.client);
      enter(session, "idle");
    }
    for (;;) {
      const text = await readHead(session);
      if (text === null) break;
      enter(session, "busy");
      const asked = typeof text !== "string"
        ? text
        : planAtOnce(session, text) ?? await planAnew(session, text);
      const counts = countsOf(session);
      const limited = counts === null
        ? asked
        : withinLimits(session, counts, asked);
      const plan = limited instanceof Promise ? await limited : limited;
      const keep = plan.kind === "send"
        ? await serve(session, plan)
        : await answerOurselves(session, plan);
      if (!keep || session.stopping) break;
      release(session);
      rest(session.client);
      enter(session, "idle");
    }
    await end(session);
  } catch (error) {
    // Only a bug gets here: both sides are closed, and it is recorded.
    const message = `internal error: ${error}`;
    record(session, { code: "request.internal_error", message });
  } finally {
    release(session);
    closeSession(session);
  }
}

async function end(session: Session): Promise<void> {
  leaveEngine(session);
  await linger(session);
}

/** Takes a request through the gate to the engine, and its answer back; returns whether the connection goes on. */
function serve(session: Session, plan: SendPlan): Promise<boolean> {
  const exchange = openExchange(session, plan);
  return toItsEnd(exchange, async () => {
    const entering = enterGate(exchange);
    const end = entering === null ? null : await entering;
    if (end !== null) return end;
    const auditing = session.context.auditor === null ? null : audit(exchange);
    const stopped = auditing === null ? null : await auditing;
    if (stopped !== null) return stopped;
    exchange.passedAt = monotonic();
    return await carry(exchange, null);
  });
}

/** Takes a request that has passed the gate to the engine, and its answer back. */
async function carry(exchange: Exchange, sent: Sent | null): Promise<boolean> {
  watchClient(exchange);
  const answer = await forward(exchange, sent);
  if (answer === null) return await concludeFailure(exchange);
  return await relay(exchange, answer);
}

/** Serves an exchange, and ends it whatever happens. */
async function toItsEnd(
  exchange: Exchange,
  run: () => Promise<boolean>,
): Promise<boolean> {
  const { session } = exchange;
  try {
    return await run();
  } catch (error) {
    // Only a bug gets here: both sides are closed, and it is recorded.
    const message = `internal error: ${error}`;
    conclude(exchange, "request.internal_error", message);
    closeSession(session);
    return false;
  } finally {
    session.exchange = null;
    leaveLimits(exchange);
    unwatchClient(exchange);
    if (exchange.upload !== null) await endUpload(exchange, exchange.upload);
  }
}

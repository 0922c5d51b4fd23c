/**
 * What is sent of a request that is carried, and of its answer's head: with our
 * id where there is an audit.
 *
 * @module
 */

import { type CarriedAnswer, withId } from "./carried_answer.ts";
import { openExchange } from "./exchange.ts";
import { isKnown } from "./passage.ts";
import type { SendPlan } from "./plan.ts";
import { setId } from "./request_id.ts";
import type { Exchange, Session } from "./state.ts";

/**
 * Begins the exchange of a request whose plan may be carried.
 *
 * @returns null where what it names must be looked up, to record it.
 */
export function openCarriedExchange(
  session: Session,
  plan: SendPlan,
): Exchange | null {
  const exchange = openExchange(session, plan);
  if (plan.reads !== null && !isKnown(exchange)) {
    takeBack(exchange);
    return null;
  }
  exchange.passedFor = session.identified;
  if (exchange.id !== "") setId(exchange);
  return exchange;
}

/** Forgets an exchange of which nothing was sent: the request begins anew. */
export function takeBack({ session }: Exchange): void {
  session.exchange = null;
}

/**
 * Gives the audit the line of a request that is on its way. It changes nothing
 * at the engine (a GET or HEAD), so its line need not be there before.
 */
export function auditCarried(exchange: Exchange): void {
  const { auditor } = exchange.session.context;
  if (auditor === null) return;
  exchange.audited = true;
  // Only an audit that never waits is carried with.
  void auditor.decided(exchange);
}

/**
 * The head of an answer as the client gets it; null for the engine's bytes.
 *
 * @param text The engine's, exactly.
 * @param ends Whether the client's connection ends with it.
 * @returns Valid until the next answer with the same head.
 */
export function headFor(
  { id }: Exchange,
  answer: CarriedAnswer,
  text: string,
  ends: boolean,
): Uint8Array<ArrayBuffer> | null {
  if (id !== "") return withId(answer, text, ends, id);
  return ends ? answer.last : answer.plain;
}

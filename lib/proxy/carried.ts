/**
 * Serves clients whose bytes the runtime carries: it reads them and writes
 * them, and what becomes of each request is decided here, by the same plans as
 * everywhere. Only the plainest requests are served so: those that are let
 * through or refused without a question and without a look at a body or an
 * answer. Every other one, and everything that goes another way than usual,
 * goes on as an ordinary session (`session.ts`), in whatever state it is.
 *
 * So there are two ways for the same request, and they must not differ:
 * `tests/e2e/carrier_test.ts` sends the same bytes through both.
 *
 * @module
 */

import {
  after,
  type Carrier,
  encodeLatin1,
  monotonic,
  openCarrier,
  OUTCOME,
  TOLD,
} from "../host.ts";
import { isAnother } from "../identity/identify.ts";
import { peerAt } from "../identity/peer.ts";
import type { OpenListener } from "../listen/listener.ts";
import type { ReasonCode } from "../observe/reasons.ts";
import { openSource } from "../wire/source.ts";
import { ACCEPT_RETRY_MS, type Door, turnAway } from "./accept.ts";
import { idOf, refused } from "./answer.ts";
import {
  bodyLengthOf,
  type CarriedAnswer,
  carriedAnswer,
} from "./carried_answer.ts";
import { isCarriable } from "./carried_plan.ts";
import { enter, openCarried } from "./connection.ts";
import {
  auditCarried,
  headFor,
  openCarriedExchange,
  takeBack,
} from "./carried_exchange.ts";
import { conclude, keepsClient } from "./exchange.ts";
import { CANCEL_GRACE_MS, type Sent } from "./forward.ts";
import { countsOf } from "./limiting.ts";
import { keepByHead } from "./kept_heads.ts";
import type { Plan, RefusePlan } from "./plan.ts";
import { record } from "./record.ts";
import { runSession } from "./session.ts";
import type { Carrying, Session, SessionContext } from "./state.ts";
import { planAtOnce } from "./who.ts";

/** What the functions here share. */
interface Hands {
  readonly context: SessionContext;
  /** Every connection that is open, carried or not. */
  readonly sessions: Set<Session>;
  readonly door: Door;
  readonly carrier: Carrier;
  /** By the carrier's numbers. */
  readonly listeners: Map<number, OpenListener>;
  readonly live: Map<number, Session>;
  /** The number of each client of the policy, by its name: an engine connection serves one. */
  readonly keys: Map<string | null, number>;
  readonly answerFor: (text: string) => CarriedAnswer | null;
}

/**
 * Begins to carry.
 *
 * @param sessions Every connection that is open; kept up to date.
 * @returns null where the runtime has no carrier or cannot reach this engine,
 * and where a request may have to wait for its line in the audit.
 */
export function createCarrying(
  context: SessionContext,
  sessions: Set<Session>,
  door: Door,
): Carrying | null {
  const { engine, auditor, pool } = context;
  if (engine.kind !== "unix" || engine.path.includes("\0")) return null;
  if (auditor?.waits === true) return null;
  const carrier = openCarrier(
    (kind, id, one, two, three) => told(hands, kind, id, [one, two, three]),
    engine.path,
  );
  if (carrier === null) return null;
  pool.join(carrier);
  const hands: Hands = {
    context,
    sessions,
    door,
    carrier,
    listeners: new Map(),
    live: new Map(),
    keys: new Map(),
    answerFor: keepByHead(carriedAnswer),
  };
  return {
    acceptFrom(from) {
      if (from.configured.kind === "tls") return false;
      const number = carrier.listen(from.listener);
      if (number >= 0) hands.listeners.set(number, from);
      return number >= 0;
    },
    close: (session) => close(hands, session),
    sent: ({ carried }) => carrier.sent(carried),
  };
}

/** What is told with a kind: {@link TOLD} says what. */
type Details = readonly [one: unknown, two: unknown, three: unknown];

/** Gets what happens; never throws. */
function told(hands: Hands, kind: number, id: number, details: Details): void {
  const session = hands.live.get(id);
  try {
    if (kind === TOLD.accepted) accepted(hands, id, details);
    else if (kind === TOLD.short) short(hands, id, details);
    else if (session !== undefined) moved(hands, session, kind, details);
  } catch (error) {
    // Only a bug gets here: both sides are closed, and it is recorded.
    hands.carrier.discard(id);
    if (session !== undefined) broken(hands, session, error);
  }
}

function moved(
  hands: Hands,
  session: Session,
  kind: number,
  [one, two]: Details,
): void {
  switch (kind) {
    case TOLD.request:
      return asked(hands, session, one as string);
    case TOLD.answer:
      return answered(hands, session, one as string);
    case TOLD.odd:
      return adopt(hands, session, null);
    case TOLD.carried:
      return carried(hands, session, one as number, two as number);
    case TOLD.replied:
      return replied(session, one as boolean);
    case TOLD.gone:
      return forget(hands, session);
    case TOLD.ended:
      return cancelled(hands, session);
  }
}

function accepted(
  hands: Hands,
  id: number,
  [remote, local, number]: Details,
): void {
  const { context, sessions, door, carrier, listeners, live } = hands;
  const from = listeners.get(number as number);
  if (from === undefined) return carrier.discard(id);
  const peer = peerAt(remote as string, local as string, from.configured);
  const refusal = door.refusalOf(peer.facts);
  if (refusal !== null) {
    carrier.reply(id, turnAway(context, peer, refusal), true);
    return carrier.discard(id);
  }
  const session = openCarried(context, id, peer, carrier);
  live.set(id, session);
  sessions.add(session);
  if (session.identified !== null) return;
  carrier.hold(id);
  void identify(hands, session);
}

/** Finds out whose a connection is, which is not read before that. */
async function identify(hands: Hands, session: Session): Promise<void> {
  const { carrier, live } = hands;
  const { carried, peer, context: { access } } = session;
  const found = await access.find(peer).catch((error) => ({
    reason: `internal error: ${error}`,
  }));
  // It may have been closed meanwhile.
  if (live.get(carried) !== session) return;
  // What cannot be told now is looked up again with the first request.
  if ("reason" in found) return adopt(hands, session, null);
  session.identified = found;
  carrier.read(carried);
}

/** A listener could not accept. */
function short(hands: Hands, number: number, [reason, isShort]: Details): void {
  const { door, carrier, listeners } = hands;
  const from = listeners.get(number);
  if (from === undefined) return;
  door.missed(reason as string, isShort as boolean);
  after(ACCEPT_RETRY_MS, () => carrier.listen(from.listener));
}

/** One whole head has come. */
function asked(hands: Hands, session: Session, text: string): void {
  const plan = text.length > session.context.limits.headBytes
    ? null
    : planNow(session, text);
  if (
    plan === null || session.stopping || !isCarriable(plan) ||
    countsOf(session) !== null
  ) {
    return adopt(hands, session, encodeLatin1(text));
  }
  enter(session, "busy");
  if (plan.kind === "refuse") return refuse(hands, session, plan);
  const exchange = openCarriedExchange(session, plan);
  if (exchange !== null) {
    exchange.passedAt = monotonic();
    const key = keyOf(hands, session);
    if (hands.carrier.exchange(session.carried, exchange.first, key)) {
      return auditCarried(exchange);
    }
    takeBack(exchange);
  }
  enter(session, "idle");
  adopt(hands, session, encodeLatin1(text));
}

/** The plan, for the client as it is identified now; null where something must be asked for it. */
function planNow(session: Session, text: string): Plan | null {
  const { identified, peer, context: { access } } = session;
  if (identified?.generation !== access.generation) {
    const found = access.findAtOnce(peer);
    if (
      found === null || identified !== null && isAnother(identified, found)
    ) return null;
    session.identified = found;
  }
  return planAtOnce(session, text);
}

function keyOf({ keys }: Hands, { identified }: Session): number {
  const { name } = identified!.planner.client;
  let key = keys.get(name);
  // Only names of the policy get here.
  if (key === undefined) keys.set(name, key = keys.size);
  return key;
}

function refuse(
  { carrier }: Hands,
  session: Session,
  plan: RefusePlan,
): void {
  const ends = !plan.head.keepAlive;
  const bytes = refused(session, plan, ends);
  enter(session, "replying");
  if (carrier.reply(session.carried, bytes, ends)) replied(session, ends);
}

/** Our own answer was written. */
function replied(session: Session, ends: boolean): void {
  if (ends) return enter(session, "closing");
  enter(session, "busy");
  enter(session, "idle");
}

/** The head of the engine's answer has come. */
function answered(hands: Hands, session: Session, text: string): void {
  const { carrier, context: { pool } } = hands;
  const exchange = session.exchange!;
  const answer = hands.answerFor(text);
  if (answer === null) return adopt(hands, session, null);
  const { head } = answer;
  const { plan } = exchange;
  const ends = !keepsClient(exchange);
  const bytes = carrier.relay(
    session.carried,
    headFor(exchange, answer, text, ends),
    bodyLengthOf(answer, plan.head.method),
    ends,
    head.keepAlive,
    plan.streams,
    pool.room(),
  );
  if (bytes === NOT_DONE) return adopt(hands, session, null);
  exchange.engineMs = monotonic() - exchange.started;
  exchange.status = head.status;
  exchange.answering = true;
  if (bytes !== BEGUN) {
    carried(hands, session, ends ? OUTCOME.last : OUTCOME.whole, bytes);
  }
}

/** What {@link Carrier.relay} returns in place of a number of bytes. */
const BEGUN = -1;
const NOT_DONE = -2;
const REASON_OF: Readonly<Record<number, ReasonCode>> = {
  [OUTCOME.whole]: "request.completed",
  [OUTCOME.last]: "request.completed",
  [OUTCOME.surplus]: "engine.bad_answer",
  [OUTCOME.clientGone]: "client.closed",
  [OUTCOME.engineGone]: "engine.closed",
  [OUTCOME.malformed]: "engine.bad_answer",
};

/** An answer was carried, or could not be. */
function carried(
  hands: Hands,
  session: Session,
  outcome: number,
  bytes: number,
): void {
  const exchange = session.exchange!;
  const { endGrace } = exchange;
  exchange.bytesOut = bytes;
  const isCancelled = endGrace !== null && outcome === OUTCOME.engineGone;
  conclude(exchange, isCancelled ? "client.closed" : REASON_OF[outcome]!);
  endGrace?.();
  if (outcome === OUTCOME.whole) {
    if (session.stopping) close(hands, session);
    else enter(session, "idle");
  } else if (outcome === OUTCOME.last || outcome === OUTCOME.surplus) {
    enter(session, "closing");
  } else forget(hands, session);
}

/** The client of a stream has ended its side: the engine gets a moment to end it. */
function cancelled(hands: Hands, session: Session): void {
  const { exchange } = session;
  if (exchange === null || exchange.endGrace !== null) return;
  hands.carrier.endEngine(session.carried);
  exchange.endGrace = after(CANCEL_GRACE_MS, () => {
    if (session.exchange === exchange) close(hands, session);
  });
}

/**
 * Lets a session go on as an ordinary one.
 *
 * @param bytes The request that it begins with; null where the carrier has what was read.
 */
function adopt(
  { carrier, live, sessions }: Hands,
  session: Session,
  bytes: Uint8Array<ArrayBuffer> | null,
): void {
  const { exchange } = session;
  const taken = carrier.adopt(session.carried);
  live.delete(session.carried);
  if (taken === null) {
    carrier.discard(session.carried);
    if (exchange !== null) conclude(exchange, "client.closed");
    sessions.delete(session);
    return;
  }
  const { client, clientBytes, engine, engineBytes, reused } = taken;
  session.carried = 0;
  session.client = openSource(client, true, bytes ?? clientBytes);
  if (engine !== null) session.engine = openSource(engine, false, engineBytes);
  if (session.identified === null) {
    session.identifying = session.context.access.find(session.peer);
  }
  const sent: Sent | null = exchange === null ? null : { reused };
  runSession(session, sent).then(() => sessions.delete(session));
}

/** Closes both sides at once, and records what was under way. */
function close(hands: Hands, session: Session): void {
  const { carrier, live } = hands;
  if (live.get(session.carried) !== session) return;
  const { exchange } = session;
  if (exchange !== null) exchange.bytesOut = carrier.sent(session.carried);
  carrier.discard(session.carried);
  forget(hands, session);
  if (exchange === null) return;
  exchange.endGrace?.();
  conclude(exchange, "client.closed");
}

function broken(hands: Hands, session: Session, error: unknown): void {
  const message = `internal error: ${error}`;
  const { exchange } = session;
  if (exchange === null) {
    const id = idOf(session);
    record(session, { code: "request.internal_error", message, id });
  } else {
    exchange.endGrace?.();
    conclude(exchange, "request.internal_error", message);
  }
  forget(hands, session);
}

/** A connection is closed. */
function forget({ live, sessions }: Hands, session: Session): void {
  live.delete(session.carried);
  sessions.delete(session);
}

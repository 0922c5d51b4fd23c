/**
 * One request on its way and what is known of it, up to the one record that it
 * leaves.
 *
 * @module
 */

import { formatAddress } from "../net/address.ts";
import type { Ending } from "../observe/record.ts";
import { answer } from "../wire/reply.ts";
import type { Body } from "../wire/body.ts";
import { closeEngine, nameOf, reply, type Session } from "./connection.ts";
import type { SendPlan } from "./plan.ts";
import { closeSource } from "../wire/source.ts";

/** What each line of the log begins with whose request a dry run let through. */
const DRY_RUN = "dry run, let through: ";

/** One request that is on its way, and what is counted of it. */
export interface Exchange {
  readonly session: Session;
  readonly plan: SendPlan;
  readonly body: Body;
  started: number;
  engineMs: number | null;
  status: number;
  bytesOut: number;
  /** The client has got a part of the final answer. */
  answering: boolean;
  /** Why it would be refused, were this no dry run; else empty. */
  wouldRefuse: string;
  /** Why it failed, as seen first, and the reason to tell. */
  fault: Ending | null;
  reason: string;
}

/** The status that tells of an ending, where it is not 502. */
const STATUS: Partial<Record<Ending, number>> = {
  "client body malformed": 400,
};

/** Ends an exchange that failed: tells the client where it has no answer yet. */
export async function concludeFailure(exchange: Exchange): Promise<boolean> {
  const { session, plan } = exchange;
  const ending = exchange.fault ?? "engine closed";
  closeEngine(session);
  if (ending === "client closed" || exchange.answering) {
    conclude(exchange, ending, "");
    // A cut answer must not look like a whole one.
    if (exchange.answering) closeSource(session.client);
    return false;
  }
  const status = ending === "engine unreachable"
    ? exchange.status
    : STATUS[ending] ?? 502;
  const reason = exchange.reason || reasonOf(ending, exchange);
  conclude(exchange, ending, reason, status);
  const keep = exchange.body.kind === "none" && plan.head.keepAlive &&
    ending === "engine unreachable";
  const sent = await reply(
    session,
    answer(
      status,
      `sockwarden: ${reason}`,
      !keep,
      plan.head.method === "HEAD",
    ),
  );
  return sent && keep;
}

function reasonOf(ending: Ending, { session, plan, body }: Exchange): string {
  const engine = `the engine at ${formatAddress(session.context.engine)}`;
  switch (ending) {
    case "client body malformed":
      return body.error ?? "the body is malformed";
    case "engine closed":
      return `${engine} closed the connection before it answered; ${plan.head.method} was not sent again`;
    default:
      return `${engine} did not answer in HTTP/1.1 as it should`;
  }
}

/** Hands the record of an exchange to whoever observes. */
export function conclude(
  exchange: Exchange,
  ending: Ending,
  detail: string,
  status = exchange.status,
): void {
  const { session, plan } = exchange;
  const { wouldRefuse } = exchange;
  session.context.observe({
    client: session.address,
    name: nameOf(session),
    container: session.found?.container?.name ?? "",
    operation: plan.decision.operation?.name ?? "-",
    method: plan.head.method,
    path: plan.decision.path,
    status,
    engineMs: exchange.engineMs,
    bytesIn: exchange.body.size,
    bytesOut: exchange.bytesOut,
    ending: ending === "complete" || ending === "refused"
      ? ending
      : session.stopping
      ? "stopped"
      : session.cause ?? ending,
    detail: wouldRefuse === "" ? detail : `${DRY_RUN}${wouldRefuse}`,
    dryRun: wouldRefuse !== "",
  });
}

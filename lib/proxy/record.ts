/**
 * Builds the one record that each request leaves.
 *
 * @module
 */

import { monotonic } from "../host.ts";
import { type ReasonCode, REASONS } from "../observe/reasons.ts";
import type { SocketPeer } from "../identity/peer.ts";
import type { RequestRecord } from "../observe/record.ts";
import type { Decided } from "./recorder.ts";
import type { Exchange, Session } from "./state.ts";

/**
 * Hands the record of a request that has ended to the observer.
 *
 * @param message The code in a sentence; empty where there is nothing to add.
 * @param status The status that the client got; 0 where it got none.
 * @param request null where the head could not be read.
 * @param exchange What was counted; null for a request that never went to the engine.
 */
export function record(
  session: Session,
  code: ReasonCode,
  message: string,
  status = 0,
  request: Decided | null = null,
  exchange: Exchange | null = null,
): void {
  const { identified, context } = session;
  const decision = request?.decision;
  const wouldRefuse = exchange?.wouldRefuse ?? null;
  const held = exchange?.held ?? null;
  const remedy = exchange?.remedy ?? wouldRefuse?.remedy;
  const made: RequestRecord = {
    remote: session.address,
    client: clientName(session),
    container: identified?.container?.name ?? "",
    operation: decision?.operation?.name ?? "-",
    method: request?.head.method ?? "-",
    path: decision?.path ?? "-",
    status,
    engineMs: exchange?.engineMs ?? null,
    ownMs: ownMs(session, exchange),
    bytesIn: exchange?.body.size ?? 0,
    bytesOut: exchange?.bytesOut ?? 0,
    code: exchange === null ? code : causeOf(session, code),
    rule: decision?.by ?? "",
    message: wouldRefuse?.message ?? message,
    wouldRefuse: wouldRefuse?.code ?? null,
    ...(remedy === undefined ? {} : { remedy }),
    ...(held === null ? {} : {
      object: held.match.parameters[0],
      scope: held.by.join(" and ") || undefined,
    }),
  };
  context.observe(made);
  context.recorder?.add(made, request, exchange?.looked ?? null);
}

/** The client's name in the policy file, `default` for one that is not in it; empty without clients. */
export function clientName({ identified }: Session): string {
  return identified === null ||
      identified.planner.policy.identities.length === 0
    ? ""
    : identified.planner.client.name ?? "default";
}

/** The record of a connection that was turned away before it was served. */
export function recordOfRefused(
  { address }: SocketPeer,
  code: ReasonCode,
): RequestRecord {
  return {
    remote: address,
    client: "",
    container: "",
    operation: "-",
    method: "-",
    path: "-",
    status: 503,
    engineMs: null,
    ownMs: 0,
    bytesIn: 0,
    bytesOut: 0,
    code,
    rule: "",
    message: "",
    wouldRefuse: null,
  };
}

/** How long it was with us before it was sent or answered. */
function ownMs({ since }: Session, exchange: Exchange | null): number {
  if (exchange === null) return monotonic() - since;
  return (exchange.passedAt ?? monotonic()) - exchange.started;
}

/** If sockwarden cut the exchange, that is the reason, whatever the exchange saw. */
function causeOf(session: Session, code: ReasonCode): ReasonCode {
  const { ending } = REASONS[code];
  if (ending === "complete" || ending === "refused") return code;
  return session.stopping ? "request.stopped" : session.cause ?? code;
}

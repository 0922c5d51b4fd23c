/**
 * Builds the one record that each request leaves.
 *
 * @module
 */

import { monotonic } from "../host.ts";
import { type ReasonCode, REASONS } from "../observe/reasons.ts";
import type { SocketPeer } from "../identity/peer.ts";
import type { RequestRecord } from "../observe/record.ts";
import { policyHash } from "../policy/hash.ts";
import type { Decided } from "./recorder.ts";
import type { Exchange, Session } from "./state.ts";

/** How a request has ended. */
export interface End {
  readonly code: ReasonCode;
  /** The code in a sentence; empty where there is nothing to add. */
  readonly message: string;
  /** The status that the client got; 0, or left out, where it got none. */
  readonly status?: number;
  /** null, or left out, where the head could not be read. */
  readonly request?: Decided | null | undefined;
  /** What was counted; null, or left out, for a request that never went to the engine. */
  readonly exchange?: Exchange | null;
  /** Its id; empty, or left out, without one. */
  readonly id?: string;
  /** What a guard has found. */
  readonly findings?: readonly string[] | undefined;
}

/** Hands the record of a request that has ended to the observers. */
export function record(session: Session, end: End): void {
  const { code, message, status = 0, request = null, exchange = null } = end;
  const { identified, context } = session;
  const decision = request?.decision;
  const wouldRefuse = exchange?.wouldRefuse ?? null;
  const held = exchange?.held ?? null;
  const findings = wouldRefuse?.findings ?? end.findings;
  const remedies = exchange?.remedies ?? wouldRefuse?.remedies ??
    (decision?.outcome === "refused" ? decision.remedies : undefined);
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
    message: wouldRefuse?.note ?? wouldRefuse?.message ?? message,
    wouldRefuse: wouldRefuse?.code ?? null,
    ...(remedies === undefined ? {} : { remedies }),
    object: held?.match.parameters[0],
    scope: held?.by.join(" and ") || undefined,
    findings,
    requestId: end.id || undefined,
    policyHash: end.id ? hashOf(session) : undefined,
    slowedMs: Math.round(exchange?.slowedMs ?? 0) || undefined,
  };
  context.observe(made);
  context.recorder?.add(made, request, exchange?.looked ?? null);
  context.auditor?.ended({
    record: made,
    session,
    listener: session.peer.listener,
    request,
    exchange,
  });
}

/** The hash of the policy under which it was decided; undefined where nothing was. */
function hashOf({ identified }: Session): string | undefined {
  return identified === null
    ? undefined
    : policyHash(identified.planner.policy);
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
  id: string,
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
    ...(id === "" ? {} : { requestId: id }),
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

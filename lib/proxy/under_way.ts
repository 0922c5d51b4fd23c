/**
 * What is under way, for those who look at the server while it serves.
 *
 * @module
 */

import { monotonic } from "../host.ts";
import { isWait } from "./endless.ts";
import { clientName } from "./record.ts";
import type { Exchange, Session } from "./state.ts";

/** What keeps a request open: an answer without a near end, a tunnel, a body on its way, or a container that runs. */
export type OpenKind = "stream" | "tunnel" | "upload" | "wait";

/** A request that is under way and has no plain answer. */
export interface OpenRequest {
  /** The same as long as it is open, and no other's; ascends with the start. */
  readonly id: number;
  readonly client: string;
  /** The name of the container that has the address; empty where none is known. */
  readonly container: string;
  readonly remote: string;
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly kind: OpenKind;
  /** Milliseconds since its head had come. */
  readonly ageMs: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** How a request that is under way is open; null where it is a plain one. */
export function kindOf(exchange: Exchange): OpenKind | null {
  const { tunnelled, plan, upload, passedAt } = exchange;
  if (tunnelled !== null) return "tunnel";
  if (isWait(exchange)) return "wait";
  // Before the gate has let it through nothing is open at the engine.
  if (passedAt === null) return null;
  if (upload?.state === "running") return "upload";
  return plan.streams && plan.decision.operation !== null ? "stream" : null;
}

/** The requests that are open, oldest first. */
export function openRequests(
  sessions: Iterable<Session>,
): OpenRequest[] {
  const now = monotonic();
  const open: OpenRequest[] = [];
  for (const { exchange } of sessions) {
    const kind = exchange === null ? null : kindOf(exchange);
    if (exchange !== null && kind !== null) {
      open.push(openRequest(exchange, kind, now));
    }
  }
  return open.sort((one, other) => one.id - other.id);
}

function openRequest(
  exchange: Exchange,
  kind: OpenKind,
  now: number,
): OpenRequest {
  const { number, session, plan, started, tunnelled, body, bytesOut } =
    exchange;
  return {
    id: number,
    client: clientName(session),
    container: session.identified?.container?.name ?? "",
    remote: session.address,
    operation: plan.decision.operation?.name ?? "-",
    method: plan.head.method,
    path: plan.decision.path,
    kind,
    ageMs: now - started,
    bytesIn: body.size + (tunnelled?.fromClient ?? 0),
    bytesOut:
      (session.carried === 0
        ? bytesOut
        : session.context.carrying!.sent(session)) +
      (tunnelled?.fromEngine ?? 0),
  };
}

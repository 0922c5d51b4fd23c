/**
 * Who audits requests (`lib/audit/`), as the proxy sees it.
 *
 * @module
 */

import type { Peer } from "../identity/peer.ts";
import type { RequestRecord } from "../observe/record.ts";
import type { Identified } from "./access.ts";
import type { HeldRequest } from "./gate.ts";
import type { SendPlan } from "./plan.ts";
import type { Decided } from "./recorder.ts";
import type { Refusal } from "./refusal.ts";

/** Who asks, as a session knows it. */
export interface Caller {
  readonly address: string;
  readonly peer: Peer;
  readonly identified: Identified | null;
}

/** A request on its way, as an exchange knows it. */
export interface Audited {
  readonly id: string;
  /** Whether the audit says that it was let through. */
  audited: boolean;
  readonly session: Caller;
  readonly plan: SendPlan;
  readonly passedFor: Identified | null;
  readonly held: HeldRequest | null;
  readonly wouldRefuse: Refusal | null;
  /** When it began, on the monotonic clock in milliseconds. */
  readonly started: number;
}

/** A request that has ended, and what is known of it. */
export interface Ended {
  readonly record: RequestRecord;
  /** Who asked; null for a connection that was turned away before it was served. */
  readonly session: Caller | null;
  /** The listener, where there is no session. */
  readonly listener: string;
  /** null where its head could not be read. */
  readonly request: Decided | null;
  /** null for a request that was refused before it went to the gate. */
  readonly exchange: Audited | null;
}

/** Writes the audit. No function throws or rejects. */
export interface Auditor {
  /** Whether {@link Auditor.decided} may give a promise. */
  readonly waits: boolean;
  /** An id for the next request: 32 hexadecimal digits. */
  readonly newId: () => string;
  /**
   * Takes a request that is about to be sent.
   *
   * @returns null where it may be sent at once; otherwise whether it may be,
   * once that is known.
   */
  readonly decided: (exchange: Audited) => Promise<boolean> | null;
  /** Takes a request that has ended, sent or refused. */
  readonly ended: (ended: Ended) => void;
}

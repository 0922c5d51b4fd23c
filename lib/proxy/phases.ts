/**
 * The phases of a client connection: which may follow which, and how long each
 * may last. A request that is on its way to the engine or back has no limit:
 * streams may be silent for days.
 *
 * @module
 */

import type { ReasonCode } from "../observe/reasons.ts";
import type { Limits } from "./limits.ts";

/** What a connection does. */
export type Phase =
  /** Waits for the next request. */
  | "idle"
  /** Reads a request head that has begun. */
  | "head"
  /** Serves a request. */
  | "busy"
  /** Reads a small body that is needed whole, or dropped. */
  | "draining"
  /** Writes sockwarden's own answer. */
  | "replying"
  /** Has written the last answer, and waits for the client's end. */
  | "closing";

/** The rules of one phase. */
export interface PhaseRow {
  /** The phases that may follow. */
  readonly next: readonly Phase[];
  /** Milliseconds that it may last. */
  readonly limitMs: (limits: Limits) => number;
  /** What becomes of a connection that exceeds it. */
  readonly overdue: "closed" | "answered";
  /** Why, for the record of a request that it cuts; null where there is none. */
  readonly cause: ReasonCode | null;
}

/** Milliseconds that a connection may take to close. */
const CLOSE_TIMEOUT_MS = 3000;

const head = ({ headTimeout }: Limits) => headTimeout;

/** Every phase. */
export const PHASES: Readonly<Record<Phase, PhaseRow>> = {
  idle: {
    // A head that is carried comes whole.
    next: ["head", "busy", "closing"],
    limitMs: ({ idleTimeout }) => idleTimeout,
    overdue: "closed",
    cause: null,
  },
  head: {
    next: ["busy", "closing"],
    limitMs: head,
    overdue: "answered",
    cause: null,
  },
  busy: {
    next: ["idle", "draining", "replying", "closing"],
    limitMs: () => Infinity,
    overdue: "closed",
    cause: null,
  },
  draining: {
    next: ["busy", "replying", "closing"],
    limitMs: head,
    overdue: "closed",
    cause: "http.body_timeout",
  },
  // A client that does not read must not hold its connection for ever.
  replying: {
    next: ["busy", "closing"],
    limitMs: head,
    overdue: "closed",
    cause: "client.not_reading",
  },
  closing: {
    next: [],
    limitMs: () => CLOSE_TIMEOUT_MS,
    overdue: "closed",
    cause: null,
  },
};

/**
 * The reason codes: why a request was refused, or how it ended. A code is
 * public and stable: programs may match on it, and its meaning never changes.
 *
 * What each code means for a reader, and what to do, is in
 * `tools/docs/reasons.ts`, from which `docs/troubleshooting.md` is made.
 *
 * @module
 */

import type { LogLevel } from "./level.ts";

/** How a request ended, in the words of the log's `end` column. */
export type Ending =
  | "complete"
  | "refused"
  | "malformed"
  | "engine unreachable"
  | "engine closed"
  | "engine answered wrongly"
  | "client closed"
  | "client body malformed"
  | "stopped"
  /** The client lost the right to it. */
  | "revoked"
  /** The connection was closed to make room for another client. */
  | "no room"
  /** The client could not be identified. */
  | "client unknown";

/** How the log shows a code. */
export interface Reason {
  readonly ending: Ending;
  readonly level: LogLevel;
}

const complete: Reason = { ending: "complete", level: "info" };
const refused: Reason = { ending: "refused", level: "warning" };
const malformed: Reason = { ending: "malformed", level: "warning" };
const badBody: Reason = { ending: "client body malformed", level: "warning" };
const error = (ending: Ending): Reason => ({ ending, level: "err" });

/** Every reason code. */
export const REASONS = {
  "request.completed": complete,
  "request.stopped": { ending: "stopped", level: "info" },
  "request.internal_error": error("engine answered wrongly"),

  "http.head_timeout": malformed,
  "http.head_too_large": malformed,
  "http.uri_too_long": malformed,
  "http.bad_request_line": malformed,
  "http.bad_version": malformed,
  "http.bad_target": malformed,
  "http.bad_field": malformed,
  "http.bad_host": malformed,
  "http.bad_connection": malformed,
  "http.bad_content_length": malformed,
  "http.bad_transfer_encoding": malformed,
  "http.bad_framing": malformed,
  "http.bad_expect": malformed,
  "http.duplicate_field": malformed,
  "http.bad_chunk": badBody,
  "http.body_too_large": badBody,
  "http.body_timeout": badBody,

  "api.version_not_served": malformed,
  "api.grpc_content_type": malformed,
  "api.form_body": malformed,
  "api.browser": refused,
  "api.no_such_name": complete,
  "api.no_such_object": complete,

  "policy.not_granted": refused,
  "policy.denied": refused,
  "policy.unknown_operation": refused,
  "policy.own_container": refused,
  "policy.identity": refused,
  "policy.unreadable_body": refused,
  "policy.not_scopable": refused,
  "policy.scope": refused,
  "policy.hidden": refused,
  "policy.guard": refused,
  "policy.out_of_scope": refused,
  "policy.revoked": { ending: "revoked", level: "warning" },

  "limit.requests": refused,
  "limit.streams": refused,
  "limit.rate": refused,

  "identity.unknown": error("client unknown"),
  "identity.changed": { ending: "revoked", level: "warning" },

  "client.closed": { ending: "client closed", level: "info" },
  "client.not_reading": { ending: "client closed", level: "warning" },
  "client.no_room": { ending: "no room", level: "warning" },
  "client.no_connection": { ending: "no room", level: "warning" },
  "client.no_memory": { ending: "no room", level: "warning" },
  "client.evicted": { ending: "no room", level: "warning" },

  "audit.full": { ending: "refused", level: "err" },

  "engine.own_unknown": { ending: "refused", level: "err" },
  "engine.scope_unknown": { ending: "refused", level: "err" },
  "engine.guard_unknown": { ending: "refused", level: "err" },
  "engine.unreachable": error("engine unreachable"),
  "engine.closed": error("engine closed"),
  "engine.bad_answer": error("engine answered wrongly"),
  "engine.unreadable_answer": error("engine answered wrongly"),
} as const satisfies Readonly<Record<string, Reason>>;

/** One of the codes. */
export type ReasonCode = keyof typeof REASONS;

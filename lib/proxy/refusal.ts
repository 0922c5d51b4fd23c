/**
 * Why a request is not sent, and what the client is told.
 *
 * @module
 */

import type { ReasonCode } from "../observe/reasons.ts";
import type { GuardRemedy } from "../observe/record.ts";
import type { Rights } from "../policy/compile.ts";
import { type Decision, whom } from "../policy/decide.ts";
import type { PassingJudge } from "./guard_gate.ts";

/** Why a request is not sent. */
export interface Refusal {
  readonly status: number;
  readonly code: ReasonCode;
  /** What the client is told. */
  readonly message: string;
  /** Whether the policy refuses it: a dry run lets only that through. */
  readonly byPolicy: boolean;
  /**
   * Whether it was made because the engine did not answer, so that a later
   * judgement may differ.
   */
  readonly unsure?: boolean;
  /** What would make the guard allow it that refused it. */
  readonly remedy?: GuardRemedy;
  /** What the log says in place of the message, which the client alone gets. */
  readonly note?: string;
  /** Fields of the answer, each a line with its line end. */
  readonly fields?: string;
  /** What a guard has found, one text each. */
  readonly findings?: readonly string[] | undefined;
}

/** Refuses a request, with the clause that says why. */
export type Refuse = (
  code: ReasonCode,
  why: string,
  findings?: readonly string[],
) => Refusal;

/** How a request is refused, with the words that the client gets. */
export function refusalsOf(
  { method, decision: { operation, path } }: {
    readonly method: string;
    readonly decision: Decision;
  },
  rights: Rights,
): Refuse {
  return (code, why, findings) => ({
    status: 403,
    code,
    byPolicy: true,
    findings,
    message: `sockwarden: ${
      operation?.name ?? "the request"
    } (${method} ${path}) is not allowed${whom(rights)}: ${why}`,
  });
}

/** A body that is judged as it passes. */
export interface Passing {
  readonly judge: PassingJudge;
  /** What the client is told where it is refused. */
  readonly refuse: (why: string, findings?: readonly string[]) => Refusal;
  /** Whether it is let through all the same. */
  readonly dryRun: boolean;
}

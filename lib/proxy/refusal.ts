/**
 * Why a request is not sent, and what the client is told.
 *
 * @module
 */

import type { ReasonCode } from "../observe/reasons.ts";
import type { RemedyText } from "../observe/record.ts";
import type { Rights } from "../policy/compile.ts";
import { type Decision, whom } from "../policy/decide.ts";
import type { PassingJudge, RefusalDetails } from "./guard_gate.ts";

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
  /** What would allow it, where what judged it knows that. */
  readonly remedies?: readonly RemedyText[] | undefined;
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
  more?: RefusalDetails,
) => Refusal;

/** How a request is refused, with the words that the client gets. */
export function refusalsOf(
  { method, decision: { operation, path } }: {
    readonly method: string;
    readonly decision: Decision;
  },
  rights: Rights,
): Refuse {
  const start = `sockwarden: ${
    operation?.name ?? "the request"
  } (${method} ${path}) is not allowed${whom(rights)}: `;
  return (code, why, { findings, remedies, note } = {}) => ({
    status: 403,
    code,
    byPolicy: true,
    findings,
    remedies,
    message: start + why,
    ...(note === undefined ? {} : { note: start + note }),
  });
}

/** A body that is judged as it passes. */
export interface Passing {
  readonly judge: PassingJudge;
  /** What the client is told where it is refused. */
  readonly refuse: (why: string, more?: RefusalDetails) => Refusal;
  /** Whether it is let through all the same. */
  readonly dryRun: boolean;
}

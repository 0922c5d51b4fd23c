/**
 * What a request came to, in one of four words.
 *
 * @module
 */

import { type Ending, type ReasonCode, REASONS } from "../observe/reasons.ts";
import type { RequestRecord } from "../observe/record.ts";
import type { DecisionWord } from "./api.ts";

/** By how it ended. A client that goes away has been served as far as it wanted. */
const BY_ENDING: Readonly<Record<Ending, DecisionWord>> = {
  "complete": "allowed",
  "refused": "refused",
  "malformed": "refused",
  "client body malformed": "refused",
  "engine unreachable": "failed",
  "engine closed": "failed",
  "engine answered wrongly": "failed",
  "client closed": "allowed",
  "stopped": "allowed",
  "revoked": "refused",
  "no room": "failed",
  "client unknown": "failed",
};

/** The word of each code, made once. */
export const BY_CODE = Object.fromEntries(
  Object.entries(REASONS).map((
    [code, { ending }],
  ) => [code, BY_ENDING[ending]]),
) as Readonly<Record<ReasonCode, DecisionWord>>;

/** What a request came to: one that only a dry run let through would be refused. */
export function outcomeOf(
  { code, wouldRefuse }: Pick<RequestRecord, "code" | "wouldRefuse">,
): DecisionWord {
  return wouldRefuse === null ? BY_CODE[code] : "would_refuse";
}

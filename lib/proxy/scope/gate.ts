/**
 * The scope at the gate: what a request comes to once it is held, as the gate
 * sends or refuses it.
 *
 * @module
 */

import { noSuchObject, retarget } from "../../docker/absent.ts";
import type { Match } from "../../docker/match.ts";
import type { ReasonCode } from "../../observe/reasons.ts";
import type { RemedyText } from "../../observe/record.ts";
import type { Condition } from "../../policy/conditions.ts";
import { judgeOwnPath } from "../../policy/own_claims.ts";
import type { AnswerHold } from "./answer_hold.ts";
import type { HeldCase, NotHeld } from "./held.ts";
import { holdToScope } from "./judge.ts";

/** What is sent in place of a request that is in scope. */
export interface InScope {
  readonly match: Extract<Match, { kind: "operation" }>;
  /** The body; null where it is sent as it came. */
  readonly body: Uint8Array<ArrayBuffer> | null;
  /** What the answer must be filtered for. */
  readonly answer: readonly AnswerHold[];
  /** Which keys decided that its objects are in scope. */
  readonly by: readonly string[];
}

/** Why a request is not sent. */
export interface OutOfScope {
  readonly status: 403 | 404 | 409 | 502;
  readonly code: ReasonCode;
  /** At 404 and 409 what the client is told, else why. */
  readonly why: string;
  /** What the log alone says; null for the same. */
  readonly note: string | null;
  /** What would allow it. */
  readonly remedies?: readonly RemedyText[] | undefined;
}

/**
 * Holds a request to the scope of its client.
 *
 * @param of Without the scope, which is the one of its rights.
 */
export async function judgeScope(
  of: Omit<HeldCase, "scope">,
  method: string,
  { holds }: Extract<Condition, { kind: "scope" }>,
  body: Uint8Array,
): Promise<InScope | OutOfScope> {
  const { match, rights, sources: { policy } } = of;
  const { scope } = rights;
  // A condition without a scope is a bug: it must not pass for one that holds.
  if (scope === null) return refused("policy.scope", "its scope is not known");
  const held = await holdToScope({ ...of, scope }, holds, body);
  if ("kind" in held) return notHeld(held, match.operation.name);
  const { parameters, query, answer, by } = held;
  const sent = retarget(method, match, parameters, query);
  if (sent === null) {
    return refused("policy.scope", "it cannot be sent under the object's id");
  }
  const own = judgeOwnPath(policy.own, rights, sent);
  if (own !== null) return refused("policy.own_container", own);
  return {
    match: sent,
    body: held.body === body ? null : new Uint8Array(held.body),
    answer,
    by,
  };
}

function refused(code: ReasonCode, why: string): OutOfScope {
  return { status: 403, code, why, note: null };
}

function notHeld(held: NotHeld, operation: string): OutOfScope {
  switch (held.kind) {
    case "absent": {
      const why = noSuchObject(held.object, held.name, operation);
      return held.hidden === null
        ? { status: 404, code: "api.no_such_object", why, note: null }
        : {
          status: 404,
          code: "policy.out_of_scope",
          why,
          note: held.hidden,
          remedies: held.remedies,
        };
    }
    case "unsure": {
      const why = held.reason;
      return { status: 502, code: "engine.scope_unknown", why, note: null };
    }
    case "taken": {
      const { why, hidden: note } = held;
      return { status: 409, code: "policy.out_of_scope", why, note };
    }
    case "refused":
      return {
        ...refused("policy.scope", held.why),
        remedies: held.remedies,
      };
  }
}

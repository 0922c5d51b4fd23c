/**
 * Why nothing that could be copied allows a refused request, in one sentence.
 * Pure.
 *
 * @module
 */

import { OPERATION_BY_NAME } from "../docker/operations.ts";
import type { ReasonCode } from "../observe/reasons.ts";
import { type Policy, rightsOf } from "./compile.ts";
import type { RefusedRequest } from "./remedies.ts";
import { remedyFor } from "./remedy.ts";

const LIMITED =
  "it is granted, and its client has met a limit: let it ask less, or raise the limit that the reason names";
const NOT_SAID =
  "no rule is in its way: the engine did not say what must be known";

/** By code; what a head that cannot be read is refused for has its sentence below. */
const WHY: Partial<Readonly<Record<ReasonCode, string>>> = {
  "http.head_timeout": "--head-timeout gives heads more time",
  "http.head_too_large":
    "--max-head-bytes and --max-headers allow larger heads, for every client",
  "http.uri_too_long":
    "--max-request-line allows longer request lines, for every client",
  "http.body_too_large": "a body that must be read whole has a fixed bound",
  "http.body_timeout":
    "--head-timeout gives bodies that are read whole more time",
  "api.browser":
    "of pages in a browser only attaching by WebSocket can be allowed, by the page's origin",
  "policy.unknown_operation":
    "no rule can name it: a rule has a method in capitals and a plain path",
  "policy.not_scopable":
    "it cannot be held to the client's scope: grant what the reason names in its place, or grant it to a client without a scope",
  "policy.scope":
    "the request must change as the reason says: no line of the policy allows it inside the scope",
  "policy.out_of_scope":
    "the client's scope would have to cover the object, by a name, a label or a project that it has",
  "policy.hidden":
    "send it as the reason says, or hide less from this client: no rule allows it alone",
  "policy.guard":
    "what would allow it was told to the client alone, as it may hold a secret, or cannot be written in whole",
  "policy.own_container": "the policy in force now allows it",
  "policy.identity":
    "it would give a container what identifies another client, which no setting allows: choose another name, label or address",
  "policy.unreadable_body":
    "what can be read in more than one way cannot be judged: send it as Docker's API reference has it",
  "policy.revoked":
    "it was allowed when it began, and the policy has changed since",
  "identity.changed": "its address belongs to another container now",
  "limit.requests": LIMITED,
  "limit.streams": LIMITED,
  "limit.rate": LIMITED,
  "engine.own_unknown": NOT_SAID,
  "engine.scope_unknown": NOT_SAID,
  "engine.guard_unknown": NOT_SAID,
};

/** What is malformed: no rule is asked. */
const MALFORMED =
  "no setting allows what can be read in two ways, or what no Docker client sends";

/** Why nothing can be copied that allows a request. */
export function whyNoRemedy(policy: Policy, request: RefusedRequest): string {
  const { code, client, operation: name } = request;
  if (code !== "policy.not_granted" && code !== "policy.denied") {
    return WHY[code] ?? MALFORMED;
  }
  const operation = OPERATION_BY_NAME.get(name);
  const rights = rightsOf(policy, client);
  // A path rule denies it.
  if (operation === undefined) return "the rule that denies it has to go";
  return rights.verdicts.get(name)?.allowed === true
    ? "the policy in force now allows it"
    : `remove ${
      remedyFor(rights.grants, operation).remove.join(" and ")
    }: nothing else is in its way`;
}

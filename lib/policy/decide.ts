/**
 * Decides whether a request may go to the engine. No other module decides that.
 *
 * @module
 */

import { type Match, matchOperation } from "../docker/match.ts";
import type { Operation } from "../docker/operations.ts";
import { NO_BODY } from "../http1/framing.ts";
import type { RequestHead } from "../http1/request.ts";
import type { ReasonCode } from "../observe/reasons.ts";
import { type Policy, type Rights, rightsOf } from "./compile.ts";
import { type Condition, conditionsOf, UNCONDITIONAL } from "./conditions.ts";
import { remedyFor, remedyText, selfRemedy } from "./remedy.ts";
import { coversPath, parseRule } from "./rules.ts";
import { mayTouchOwn, touchesOwn } from "./self_protection.ts";

/** Who asks. */
export interface Client {
  /** The name in the policy file; null for a client that is not in it. */
  readonly name: string | null;
}

/**
 * The outcome for one request: refused, allowed, or allowed under conditions
 * that the gate judges.
 */
export type Decision = Allowed | Refused;

/** What every decision says. */
interface Decided {
  /** What the request-target is: the operation with its parameters and query, or why there is none. */
  readonly match: Match;
  /** The operation; null for a path rule, an unknown route or a malformed target. */
  readonly operation: Operation | null;
  /** The setting that decided; empty where none did. */
  readonly by: string;
  /** The path without its query, for messages and logs. */
  readonly path: string;
}

/** The request may go to the engine if its conditions hold. */
export interface Allowed extends Decided {
  readonly outcome: "allowed" | "conditional";
  /** In the order in which they are judged; empty where it is simply allowed. */
  readonly conditions: readonly Condition[];
}

/** The request may not go to the engine. */
export interface Refused extends Decided {
  readonly outcome: "refused";
  readonly code: ReasonCode;
  /** Status of the refusal: 403, 400 for a request that no client sends, or 502 where a fact is missing. */
  readonly status: 400 | 403 | 502;
  /** Whether the policy refuses it, so that another policy could allow it. */
  readonly byPolicy: boolean;
  /** What the client is told. */
  readonly message: string;
}

/** The parts of a request head on which a decision rests. */
export type RequestFacts = Pick<
  RequestHead,
  | "method"
  | "target"
  | "framing"
  | "contentType"
  | "origin"
  | "browser"
>;

/** A request of that method and target without anything else that a decision rests on. */
export function plainRequest(method: string, target: string): RequestFacts {
  return {
    method,
    target,
    framing: NO_BODY,
    contentType: null,
    origin: null,
    browser: false,
  };
}

const FORM = /^\s*(?:application\/x-www-form-urlencoded|multipart\/)/;
const FORM_METHODS: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/**
 * Decides on one request. Pure: the same arguments give the same decision.
 *
 * @param policy What is granted.
 * @param client Who asks.
 * @param request The head, as it will be sent on.
 */
export function decide(
  policy: Policy,
  client: Client,
  request: RequestFacts,
): Decision {
  const { method, target } = request;
  const match = matchOperation(method, target);
  const mark = target.indexOf("?");
  const asked: Asked = {
    match,
    operation: match.kind === "operation" ? match.operation : null,
    path: mark < 0 ? target : target.slice(0, mark),
    method,
    rights: rightsOf(policy, client.name),
  };
  if (match.kind === "malformed") {
    return refuse(asked, 400, match.code, match.reason);
  }
  return refuseUnfit(asked, request) ??
    (match.kind === "operation"
      ? decideOperation(policy, asked, match)
      : decidePath(asked, match.target.path));
}

/** One request while it is decided on. */
interface Asked extends Omit<Decided, "by"> {
  readonly method: string;
  readonly rights: Rights;
}

/** Refuses requests that no policy can allow; null for all others. */
function refuseUnfit(asked: Asked, request: RequestFacts): Refused | null {
  const { contentType, framing, method } = request;
  // docs/engine-api/routing.md, "Rules" 6: it is routed before its path is looked at.
  if (contentType !== null && contentType.includes("application/grpc")) {
    return refuse(
      asked,
      400,
      "api.grpc_content_type",
      "a gRPC content type is refused: engines route it before they look at the path",
    );
  }
  // docs/engine-api/routing.md, "Rules" 4: a form in the body wins over the query.
  if (
    contentType !== null && framing.kind !== "none" &&
    FORM_METHODS.has(method) && FORM.test(contentType)
  ) {
    return refuse(
      asked,
      400,
      "api.form_body",
      "a form body is refused: engines read it in place of the query; send application/json",
    );
  }
  if (fromBrowser(request) && !originAllowed(asked, request)) {
    return refuse(
      asked,
      403,
      "api.browser",
      "requests from a browser (Origin, Sec-Fetch-Site, Referer) are refused; only attaching by WebSocket can be allowed, with --allow-origin",
    );
  }
  return null;
}

function decideOperation(
  policy: Policy,
  asked: Asked,
  match: Extract<Match, { kind: "operation" }>,
): Decision {
  const { operation } = match;
  const { rights, method, path } = asked;
  const verdict = rights.verdicts.get(operation.name);
  const called = `${operation.name} (${method} ${path})`;
  if (!verdict?.allowed) {
    const by = verdict?.by ?? "";
    return refuseByPolicy(
      asked,
      by === "" ? "policy.not_granted" : "policy.denied",
      by,
      `${called} is not allowed${whom(rights)}; ${
        remedyText(remedyFor(rights.grants, operation), rights)
      }`,
    );
  }
  if (
    policy.own !== null && touchesOwn(policy.own, match) &&
    !rights.allowSelf.has(operation.name)
  ) {
    return refuseByPolicy(
      asked,
      "policy.own_container",
      "",
      `${called} is not allowed${whom(rights)} on sockwarden's own container; ${
        selfRemedy(rights, operation)
      }`,
    );
  }
  const conditions = conditionsOf(policy, rights, operation);
  if (conditions === "unreadable") {
    return refuseByPolicy(
      asked,
      "policy.unreadable_body",
      "",
      `${called} is refused: it could create a container that passes for a client of ${policy.rest.source}, and sockwarden cannot read its body; use the Docker API's own calls, or identify clients by listen`,
    );
  }
  // Who gets this finds our own container and asks again.
  if (
    policy.ownSought &&
    (mayTouchOwn(operation.name) && !rights.allowSelf.has(operation.name) ||
      conditions.some(({ kind }) => kind === "own-container"))
  ) {
    return refuse(
      asked,
      502,
      "engine.own_unknown",
      `${called} may touch sockwarden's own container, which is not known yet`,
    );
  }
  return allow(asked, verdict.by, conditions);
}

/** Names the client in a refusal, if there is a policy file. */
export function whom(rights: Pick<Rights, "client" | "source">): string {
  if (rights.client !== null) return ` to client '${rights.client}'`;
  return rights.source === ""
    ? ""
    : ` to this client, which matches no client of ${rights.source}`;
}

function decidePath(asked: Asked, unversioned: string): Decision {
  const { rights, method, path } = asked;
  const covers = (rule: Rights["denyPaths"][number]) =>
    coversPath(rule, method, unversioned);
  const denied = rights.denyPaths.find(covers);
  const allowed = rights.allowPaths.find(covers);
  if (denied === undefined && allowed !== undefined) {
    return allow(
      asked,
      `${allowed.setting} '${allowed.text}'`,
      UNCONDITIONAL,
    );
  }
  const add = rights.client === null
    ? `--allow '${method} ${unversioned}'`
    : `'${method} ${unversioned}' in allow of client '${rights.client}' (${rights.source})`;
  const remedy = denied !== undefined
    ? `to allow it remove ${denied.setting} '${denied.text}'${
      allowed === undefined ? ` and use ${add}` : ""
    }`
    : "problem" in parseRule(`${method} ${unversioned}`, "--allow")
    ? "no rule can allow it, because a rule has a method in capitals and a path of names in letters, digits and _ ~ . -"
    : `if it is newer than this release, ${add} allows it`;
  return refuseByPolicy(
    asked,
    denied === undefined ? "policy.unknown_operation" : "policy.denied",
    denied === undefined ? "" : `${denied.setting} '${denied.text}'`,
    `no operation of the Docker API matches ${method} ${path}; ${remedy}`,
  );
}

function fromBrowser(request: RequestFacts): boolean {
  return request.origin !== null || request.browser;
}

function originAllowed(
  { operation, rights }: Asked,
  { origin }: RequestFacts,
): boolean {
  return operation?.upgrade === "websocket" && origin !== null &&
    rights.origins.has(origin);
}

function allow(
  { match, operation, path }: Asked,
  by: string,
  conditions: readonly Condition[],
): Allowed {
  return {
    outcome: conditions.length === 0 ? "allowed" : "conditional",
    conditions,
    match,
    operation,
    by,
    path,
  };
}

function refuseByPolicy(
  asked: Asked,
  code: ReasonCode,
  by: string,
  message: string,
): Refused {
  return { ...refuse(asked, 403, code, message), byPolicy: true, by };
}

function refuse(
  { match, operation, path }: Asked,
  status: Refused["status"],
  code: ReasonCode,
  message: string,
): Refused {
  return {
    outcome: "refused",
    code,
    status,
    byPolicy: false,
    match,
    operation,
    by: "",
    message: `sockwarden: ${message}`,
    path,
  };
}

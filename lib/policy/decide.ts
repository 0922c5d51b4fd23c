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
import type { RemedyText } from "../observe/record.ts";
import { type Policy, type Rights, rightsOf } from "./compile.ts";
import { type Condition, conditionsOf, UNCONDITIONAL } from "./conditions.ts";
import { originRemedies } from "./remedies.ts";
import { pathRemedy, remedyOf, selfRemedy } from "./remedy.ts";
import { coversPath } from "./rules.ts";
import { type Hold, insteadOf } from "./scope_table.ts";
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
  /** Status of the refusal: 403, 400 for a request that no client sends, 404 for a name that no object can have, 502 where a fact is missing. */
  readonly status: 400 | 403 | 404 | 502;
  /**
   * Of a request that no client sends, why, as the parser says it: the
   * connection ends. Else null.
   */
  readonly malformed: string | null;
  /** Whether the policy refuses it, so that another policy could allow it. */
  readonly byPolicy: boolean;
  /** What the client is told. */
  readonly message: string;
  /** What would allow it, where the policy alone does not tell. */
  readonly remedies?: readonly RemedyText[];
}

/** The parts of a request head on which a decision rests. */
export type RequestFacts = Pick<
  RequestHead,
  | "method"
  | "target"
  | "framing"
  | "contentType"
  | "host"
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
    host: "",
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
    const message = browserRefused(asked, request);
    const { operation, rights } = asked;
    return {
      ...refuse(asked, 403, "api.browser", message),
      remedies: operation?.upgrade === "websocket"
        ? originRemedies(rights, request.origin)
        : [],
    };
  }
  return null;
}

function decideOperation(
  policy: Policy,
  asked: Asked,
  match: Extract<Match, { kind: "operation" }>,
): Decision {
  const { operation, absent } = match;
  const { rights, method, path } = asked;
  const verdict = rights.verdicts.get(operation.name);
  const called = `${operation.name} (${method} ${path})`;
  if (rights.leftOut.has(operation.name)) return refuseLeftOut(asked, called);
  const unhidable = rights.hiding.leftOut.get(operation.name);
  if (unhidable !== undefined) {
    const why = `${called} is not allowed${whom(rights)}: ${unhidable.why}`;
    return refuseByPolicy(asked, "policy.hidden", unhidable.by, why);
  }
  if (!verdict?.allowed) return refuseUngranted(asked, operation, called);
  const scoped = rights.held.get(operation.name);
  // In the engine's words, since programs look for a name that way.
  if (absent !== null) return refuse(asked, 404, "api.no_such_name", absent);
  if (
    // Under a scope the gate does, once it knows that the object is not hidden.
    !isHeldByPath(scoped) &&
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

/** Refuses an operation that a wildcard, a preset or a switch grants beside a scope it cannot be held to. */
function refuseLeftOut(asked: Asked, called: string): Refused {
  const { rights, operation } = asked;
  const { name } = operation!;
  return refuseByPolicy(
    asked,
    "policy.not_scopable",
    rights.leftOut.get(name)!,
    `${called} is not allowed${
      whom(rights)
    }: it cannot be held to the client's scope; ${insteadOf(name)}`,
  );
}

/** Refuses an operation that is not granted, with what would grant it. */
function refuseUngranted(
  asked: Asked,
  operation: Operation,
  called: string,
): Refused {
  const { rights } = asked;
  const by = rights.verdicts.get(operation.name)?.by ?? "";
  return refuseByPolicy(
    asked,
    by === "" ? "policy.not_granted" : "policy.denied",
    by,
    `${called} is ${isLookUp(operation) ? NOT_SUPPORTED : ""}not allowed${
      whom(rights)
    }; ${remedyOf(rights, operation)}`,
  );
}

/**
 * With these words in a message `docker inspect NAME` goes on to the next kind
 * of object, as after 404; else a typing error reads as a missing grant of the
 * last kind that it asks for.
 */
const NOT_SUPPORTED = "not supported by this policy: it is ";

/** Whether an operation reads one object by its name. */
function isLookUp({ name, routes }: Operation): boolean {
  return name.endsWith(".inspect") &&
    routes.every(({ path }) => path.includes("{"));
}

/** Whether the object in the path is held to the client's scope. */
function isHeldByPath(holds: readonly Hold[] | undefined): boolean {
  return holds?.some(({ way }) => way === "path") === true;
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
  const remedy = pathRemedy(rights, method, unversioned, denied, allowed);
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
  { host, origin, browser }: RequestFacts,
): boolean {
  return operation?.upgrade === "websocket" && origin !== null &&
    (rights.origins.has(origin) || !browser && isOwnOrigin(origin, host));
}

/** A host that no page can be rebound to: an IP address, or a name without a dot. */
const NOT_REBOUND =
  /^(?:[0-9a-z_-]+|[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/;

/**
 * Whether an Origin is that of the request's own Host, which libraries send for
 * a WebSocket: we serve no page, and a rebound name has a dot.
 */
function isOwnOrigin(origin: string, host: string): boolean {
  const own = host.toLowerCase();
  return NOT_REBOUND.test(own) &&
    [`http://${own}`, `https://${own}`].includes(origin.toLowerCase());
}

/** Names the origin of a page, and the setting that lets it attach. */
function browserRefused(
  { rights: { client, source } }: Asked,
  { origin }: RequestFacts,
): string {
  const from = origin === null
    ? "Sec-Fetch-Site, Referer or Accept-Language"
    : `Origin: ${origin.slice(0, 200)}`;
  const setting = source === ""
    ? "--allow-origin"
    : `allow-origin of ${
      client === null ? "default" : `client '${client}'`
    } (${source})`;
  return `a request from a browser (${from}) is refused; only attaching by WebSocket can be allowed, with ${setting}`;
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
    malformed: status === 400 ? message : null,
    byPolicy: false,
    match,
    operation,
    by: "",
    message: status === 404 ? message : `sockwarden: ${message}`,
    path,
  };
}

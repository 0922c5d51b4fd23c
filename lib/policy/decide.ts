/**
 * The one place where it is decided whether a request goes to the engine.
 *
 * @module
 */

import { type Match, matchOperation } from "../docker/match.ts";
import type { Operation } from "../docker/operations.ts";
import type { RequestHead } from "../http1/request.ts";
import type { Policy } from "./compile.ts";
import { remedyFor, remedyText } from "./remedy.ts";
import { coversPath, parseRule } from "./rules.ts";

/** Who asks. */
export interface Client {
  /** The address as logged: `172.18.0.3`, `::1`, or `unix:/run/x.sock`. */
  readonly address: string;
}

/** The outcome for one request. */
export interface Decision {
  readonly allowed: boolean;
  /** Status of the refusal: 403, or 400 for what no client sends; 0 when allowed. */
  readonly status: number;
  /** The operation; null for a path rule, an unknown route or a malformed target. */
  readonly operation: Operation | null;
  /** The setting responsible; empty where none is. */
  readonly by: string;
  /** What the client is told; empty when allowed. */
  readonly message: string;
  /** The path without its query, for messages and logs. */
  readonly path: string;
}

/** The parts of a request head that a decision rests on. */
export type RequestFacts = Pick<
  RequestHead,
  | "method"
  | "target"
  | "framing"
  | "contentType"
  | "origin"
  | "browser"
>;

const FORM = /^\s*(?:application\/x-www-form-urlencoded|multipart\/)/;
const FORM_METHODS: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/**
 * Decides on one request. Pure: the same arguments give the same decision.
 *
 * @param policy What is granted.
 * @param _client Who asks; every client has the same rights so far.
 * @param request The head, as it will be sent on.
 */
export function decide(
  policy: Policy,
  _client: Client,
  request: RequestFacts,
): Decision {
  const { method, target, contentType } = request;
  const match = matchOperation(method, target);
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  if (match.kind === "malformed") {
    return refuse(400, null, "", match.reason, path);
  }
  const operation = match.kind === "operation" ? match.operation : null;
  // routing.md, rule 6: such a request is routed before its path is looked at.
  if (contentType !== null && contentType.includes("application/grpc")) {
    return refuse(
      400,
      operation,
      "",
      "a gRPC content type is refused: engines route it before they look at the path",
      path,
    );
  }
  // routing.md, rule 4: a form in the body wins over the query.
  if (
    contentType !== null && request.framing.kind !== "none" &&
    FORM_METHODS.has(method) && FORM.test(contentType)
  ) {
    return refuse(
      400,
      operation,
      "",
      "a form body is refused: engines read it in place of the query; send application/json",
      path,
    );
  }
  if (fromBrowser(request) && !originAllowed(policy, match, request)) {
    return refuse(
      403,
      operation,
      "",
      "requests from a browser (Origin, Sec-Fetch-Site, Referer) are refused; only attaching by WebSocket can be allowed, with --allow-origin",
      path,
    );
  }
  return match.kind === "operation"
    ? decideOperation(policy, match.operation, method, path)
    : decidePath(policy, method, path, match.target.path);
}

function decideOperation(
  policy: Policy,
  operation: Operation,
  method: string,
  path: string,
): Decision {
  const verdict = policy.verdicts.get(operation.name);
  if (verdict?.allowed) return allow(operation, verdict.by, path);
  const remedy = remedyText(remedyFor(policy.grants, operation));
  return refuse(
    403,
    operation,
    verdict?.by ?? "",
    `${operation.name} (${method} ${path}) is not allowed; ${remedy}`,
    path,
  );
}

function decidePath(
  policy: Policy,
  method: string,
  path: string,
  unversioned: string,
): Decision {
  const covers = (rule: Policy["denyPaths"][number]) =>
    coversPath(rule, method, unversioned);
  const denied = policy.denyPaths.find(covers);
  const allowed = policy.allowPaths.find(covers);
  if (denied === undefined && allowed !== undefined) {
    return allow(null, `${allowed.setting} '${allowed.text}'`, path);
  }
  const remedy = denied !== undefined
    ? `to allow it remove ${denied.setting} '${denied.text}'${
      allowed === undefined ? ` and use --allow '${method} ${unversioned}'` : ""
    }`
    : "problem" in parseRule(`${method} ${unversioned}`, "--allow")
    ? "no rule can allow it as it is spelled"
    : `if it is newer than this release, --allow '${method} ${unversioned}' allows it`;
  return refuse(
    403,
    null,
    denied === undefined ? "" : `${denied.setting} '${denied.text}'`,
    `${method} ${path} is no operation of the Docker API that sockwarden knows; ${remedy}`,
    path,
  );
}

function fromBrowser(request: RequestFacts): boolean {
  return request.origin !== null || request.browser;
}

function originAllowed(
  policy: Policy,
  match: Match,
  request: RequestFacts,
): boolean {
  return match.kind === "operation" &&
    match.operation.upgrade === "websocket" && request.origin !== null &&
    policy.origins.has(request.origin);
}

function allow(
  operation: Operation | null,
  by: string,
  path: string,
): Decision {
  return { allowed: true, status: 0, operation, by, message: "", path };
}

function refuse(
  status: number,
  operation: Operation | null,
  by: string,
  message: string,
  path: string,
): Decision {
  return {
    allowed: false,
    status,
    operation,
    by,
    message: `sockwarden: ${message}`,
    path,
  };
}

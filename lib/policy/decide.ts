/**
 * The one place where it is decided whether a request goes to the engine.
 *
 * @module
 */

import { type Match, matchOperation } from "../docker/match.ts";
import type { Operation } from "../docker/operations.ts";
import type { RequestHead } from "../http1/request.ts";
import { claimKind } from "./claim.ts";
import { type Policy, type Rights, rightsOf } from "./compile.ts";
import { touchesOwn } from "./self_protection.ts";
import { remedyFor, remedyText, selfRemedy } from "./remedy.ts";
import { coversPath, parseRule } from "./rules.ts";

/** Who asks. */
export interface Client {
  /** The name in the policy file; null for whoever is none of its clients. */
  readonly name: string | null;
}

/** The outcome for one request. */
export interface Decision {
  readonly allowed: boolean;
  /** Status of the refusal: 403, or 400 for what no client sends; 0 when allowed. */
  readonly status: number;
  /** Whether it is the policy that refuses, so that another policy could allow it. */
  readonly byPolicy: boolean;
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
 * @param client Who asks.
 * @param request The head, as it will be sent on.
 */
export function decide(
  policy: Policy,
  client: Client,
  request: RequestFacts,
): Decision {
  const { method, target, contentType } = request;
  const match = matchOperation(method, target);
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  if (match.kind === "malformed") {
    return refuse(400, null, "", match.reason, path);
  }
  const rights = rightsOf(policy, client.name);
  const operation = match.kind === "operation" ? match.operation : null;
  // docs/engine-api/routing.md, "Rules" 6: such a request is routed before its path is looked at.
  if (contentType !== null && contentType.includes("application/grpc")) {
    return refuse(
      400,
      operation,
      "",
      "a gRPC content type is refused: engines route it before they look at the path",
      path,
    );
  }
  // docs/engine-api/routing.md, "Rules" 4: a form in the body wins over the query.
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
  if (fromBrowser(request) && !originAllowed(rights, match, request)) {
    return refuse(
      403,
      operation,
      "",
      "requests from a browser (Origin, Sec-Fetch-Site, Referer) are refused; only attaching by WebSocket can be allowed, with --allow-origin",
      path,
    );
  }
  return match.kind === "operation"
    ? decideOperation(policy, rights, match, method, path)
    : decidePath(rights, method, path, match.target.path);
}

function decideOperation(
  policy: Policy,
  rights: Rights,
  match: Extract<Match, { kind: "operation" }>,
  method: string,
  path: string,
): Decision {
  const { operation } = match;
  const verdict = rights.verdicts.get(operation.name);
  if (!verdict?.allowed) {
    return refuseByPolicy(
      operation,
      verdict?.by ?? "",
      `${operation.name} (${method} ${path}) is not allowed${whom(rights)}; ${
        remedyText(remedyFor(rights.grants, operation), rights)
      }`,
      path,
    );
  }
  if (
    policy.own !== null && touchesOwn(policy.own, match) &&
    !rights.allowSelf.has(operation.name)
  ) {
    return refuseByPolicy(
      operation,
      "",
      `${operation.name} (${method} ${path}) is not allowed${
        whom(rights)
      } on sockwarden's own container; ${selfRemedy(rights, operation)}`,
      path,
    );
  }
  if (claimKind(policy, operation) === "unreadable") {
    return refuseByPolicy(
      operation,
      "",
      `${operation.name} (${method} ${path}) is refused: it could make a container that passes for a client of ${policy.rest.source}, and its body is not understood; use the Docker API's own calls, or identify clients by listen`,
      path,
    );
  }
  return allow(operation, verdict.by, path);
}

/** Whom a refusal speaks of, where the policy file has clients. */
export function whom(rights: Rights): string {
  if (rights.client !== null) return ` to client '${rights.client}'`;
  return rights.source === ""
    ? ""
    : ` to this client, which is none of those in ${rights.source}`;
}

function decidePath(
  rights: Rights,
  method: string,
  path: string,
  unversioned: string,
): Decision {
  const covers = (rule: Rights["denyPaths"][number]) =>
    coversPath(rule, method, unversioned);
  const denied = rights.denyPaths.find(covers);
  const allowed = rights.allowPaths.find(covers);
  if (denied === undefined && allowed !== undefined) {
    return allow(null, `${allowed.setting} '${allowed.text}'`, path);
  }
  const add = rights.client === null
    ? `--allow '${method} ${unversioned}'`
    : `'${method} ${unversioned}' in allow of client '${rights.client}' (${rights.source})`;
  const remedy = denied !== undefined
    ? `to allow it remove ${denied.setting} '${denied.text}'${
      allowed === undefined ? ` and use ${add}` : ""
    }`
    : "problem" in parseRule(`${method} ${unversioned}`, "--allow")
    ? "no rule can allow it as it is spelled"
    : `if it is newer than this release, ${add} allows it`;
  return refuseByPolicy(
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
  rights: Rights,
  match: Match,
  request: RequestFacts,
): boolean {
  return match.kind === "operation" &&
    match.operation.upgrade === "websocket" && request.origin !== null &&
    rights.origins.has(request.origin);
}

function allow(
  operation: Operation | null,
  by: string,
  path: string,
): Decision {
  return {
    allowed: true,
    status: 0,
    byPolicy: false,
    operation,
    by,
    message: "",
    path,
  };
}

function refuseByPolicy(
  operation: Operation | null,
  by: string,
  message: string,
  path: string,
): Decision {
  return {
    ...refuse(403, operation, by, message, path),
    byPolicy: true,
  };
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
    byPolicy: false,
    operation,
    by,
    message: `sockwarden: ${message}`,
    path,
  };
}

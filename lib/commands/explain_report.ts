/**
 * What `explain` says of a request, as data: its text and its JSON are made of
 * this.
 *
 * @module
 */

import type { Config } from "../config/config.ts";
import { RESERVED_NAME } from "../config/policy_format.ts";
import { parseTarget } from "../docker/match.ts";
import type { AccessClass, Operation } from "../docker/operations.ts";
import type { ReasonCode } from "../observe/reasons.ts";
import { type Policy, type Rights, rightsOf } from "../policy/compile.ts";
import { describeCondition } from "../policy/conditions.ts";
import type { Decision } from "../policy/decide.ts";
import { admit } from "../proxy/gate.ts";
import { describeIdentity } from "./differences.ts";
import { pathEnd } from "./ends.ts";
import type { GuardVerdict } from "./explain_guard.ts";
import type { ScopeVerdict } from "./explain_scope.ts";
import { untilOrNull } from "./grants.ts";
import { limitLines } from "./limit_lines.ts";
import { nearestRoute } from "./nearest_route.ts";

/** What `explain` is called with. */
export interface Call {
  /** The client's name in the policy file; null for the requests of all others. */
  readonly client: string | null;
  readonly method: string;
  readonly target: string;
}

/** What `explain` says. */
export interface ExplainReport {
  readonly format: "explain/1";
  /** Null where there is no policy file with clients. */
  readonly client: {
    readonly name: string;
    /** How it is identified, in words. */
    readonly identity: string;
    readonly where: string;
  } | null;
  readonly request: { readonly method: string; readonly target: string };
  /** Null for a path that is no known operation. */
  readonly operation: {
    readonly name: string;
    readonly access: AccessClass;
    readonly transport: string;
  } | null;
  /** Whether it is allowed, by its scope and its guard too, as far as they are known. */
  readonly allowed: boolean;
  /** What the policy decides before scope and guard are judged. */
  readonly decision: Decision["outcome"];
  /** The setting that decided; empty where none did. */
  readonly by: string;
  /** When the grant ends; null if it never does, or nothing is granted. */
  readonly until: string | null;
  /** The refusal; null where the policy does not refuse. */
  readonly refusal: {
    readonly status: number;
    readonly code: ReasonCode;
    readonly message: string;
    /** What was probably meant; null where nothing is near. */
    readonly nearest: string | null;
  } | null;
  /** What would refuse it; null where it is refused. */
  readonly change: string | null;
  /** In words, one sentence each. */
  readonly conditions: readonly string[];
  /** Whether a dry run forwards it all the same. */
  readonly forwarded_by_dry_run: boolean;
  readonly scope: ScopeVerdict;
  readonly guard: GuardVerdict;
  /** How much the client may ask for, in words: what is beyond is answered 429, or slowed. */
  readonly limits: readonly string[];
}

/** Gathers what `explain` says. */
export function explainReport(
  config: Config,
  policy: Policy,
  { client, method, target }: Call,
  decision: Decision,
  verdicts: { readonly scope: ScopeVerdict; readonly guard: GuardVerdict },
): ExplainReport {
  const { operation, outcome, by } = decision;
  const { conditions, wouldRefuse } = admit(decision, config.dryRun);
  const { scope, guard } = verdicts;
  return {
    format: "explain/1",
    client: clientOf(policy, client),
    request: { method, target },
    operation: operation === null ? null : {
      name: operation.name,
      access: operation.access,
      transport: operation.transport,
    },
    allowed: outcome !== "refused" && !scope.outside && !guard.refused,
    decision: outcome,
    by,
    until: untilOrNull(endOf(decision, rightsOf(policy, client))),
    refusal: decision.outcome !== "refused" ? null : {
      status: decision.status,
      code: decision.code,
      message: decision.message,
      nearest: nearestOf(method, target, decision),
    },
    change: outcome === "refused"
      ? null
      : howToRefuse(policy, client, operation),
    conditions: conditions.map(describeCondition),
    forwarded_by_dry_run: wouldRefuse !== null,
    scope,
    guard,
    limits: limitLines(rightsOf(policy, client)),
  };
}

/** When the grant that decided ends. */
function endOf({ by, operation }: Decision, rights: Rights) {
  if (by === "") return undefined;
  return operation === null
    ? pathEnd(rights, by)
    : rights.verdicts.get(operation.name)?.until;
}

/** What was probably meant, where nothing is known of a request. */
function nearestOf(
  method: string,
  target: string,
  { operation }: Decision,
): string | null {
  if (operation !== null) return null;
  const parsed = parseTarget(target.startsWith("/") ? target : `/${target}`);
  return "reason" in parsed ? null : nearestRoute(method, parsed.path);
}

/** The change of settings that would refuse a request that is allowed. */
function howToRefuse(
  policy: Policy,
  client: string | null,
  operation: Operation | null,
): string {
  if (operation === null) return "to refuse it, remove that rule";
  const { source } = rightsOf(policy, client);
  const { name } = operation;
  return `to refuse it, remove that setting, or ${
    client !== null
      ? `add ${name} to deny of client '${client}' (${source})`
      : source === ""
      ? `use --deny ${name}`
      : `add ${name} to deny of default (${source})`
  }`;
}

function clientOf(
  policy: Policy,
  client: string | null,
): ExplainReport["client"] {
  if (policy.clients.size === 0) return null;
  return client === null
    ? {
      name: RESERVED_NAME,
      identity: `matches no client of ${policy.rest.source}`,
      where: "",
    }
    : {
      name: client,
      identity: describeIdentity(policy, client),
      where: rightsOf(policy, client).source,
    };
}

/**
 * The guard at the gate: asks the engine what a request's judgement needs, and
 * says what the client is told.
 *
 * @module
 */

import type { Match } from "../docker/match.ts";
import { judgeGuard, needsOf, readGuarded } from "../guard/judge/guard.ts";
import type {
  Described,
  GuardedRequest,
  GuardFacts,
} from "../guard/judge/request.ts";
import { remediesOf } from "../guard/remedies.ts";
import type { Finding, GuardRules } from "../guard/rules.ts";
import type { ObjectQueries } from "../identity/object_queries.ts";
import type { ReasonCode } from "../observe/reasons.ts";
import type { Rights } from "../policy/compile.ts";

/** What the guard came to. */
export type Guarded =
  | { readonly kind: "kept"; readonly warning: string | null }
  | {
    readonly kind: "refused";
    readonly code: ReasonCode;
    readonly why: string;
    /** Whether the engine did not say what must be known. */
    readonly unsure: boolean;
  };

/** A request as it is sent. */
export interface Asked {
  readonly match: Extract<Match, { kind: "operation" }>;
  /** The whole body; empty where none is read. */
  readonly body: Uint8Array;
}

/** Judges a request by a guard. */
export async function judgeByGuard(
  objects: Pick<ObjectQueries, "describe">,
  rights: Rights,
  rules: GuardRules,
  { match, body }: Asked,
): Promise<Guarded> {
  const { operation, parameters, target: { query, version } } = match;
  const request = readGuarded(
    operation.name,
    parameters,
    query,
    version,
    body,
  );
  if ("problem" in request) {
    return refused("policy.unreadable_body", request.problem);
  }
  const facts = await guardFacts(objects, request);
  if ("problem" in facts) {
    const { problem, unsure } = facts;
    return { ...refused("policy.guard", problem), unsure };
  }
  const { refused: found, warned } = judgeGuard(rules, request, facts);
  if (found.length > 0) {
    return refused("policy.guard", describeFindings(rights, rules, found));
  }
  const warning = warned.length === 0
    ? null
    : describeFindings(rights, rules, warned);
  return { kind: "kept", warning };
}

function refused(
  code: ReasonCode,
  why: string,
): Extract<Guarded, { kind: "refused" }> {
  return { kind: "refused", code, why, unsure: false };
}

/**
 * All findings in words, with what would allow them.
 *
 * @example `it does not keep to the guard 'standard': HostConfig.Privileged
 * gives it all rights of the host's root; to allow it add to the guard of client
 * 'ci' (policy.yaml:3:5): privileged: allow`
 */
export function describeFindings(
  rights: Rights,
  rules: GuardRules,
  findings: readonly Finding[],
): string {
  const { level, setting } = rules;
  const said = findings.map(({ path, what }) =>
    path === "" ? what : `${path} ${what}`
  );
  const where = rights.client === null
    ? `the guard (${setting})`
    : `the guard of client '${rights.client}' (${setting})`;
  return `it does not keep to the guard '${level}': ${
    said.join("; ")
  }; to allow it add to ${where}: ${remediesOf(rules, findings).join(", ")}`;
}

const KINDS = ["containers", "volumes", "networks", "execs"] as const;

/** What is known names more, a few times: an exec its container, that its volumes. */
const MAX_ROUNDS = 8;

const TOO_DEEP =
  "what it acts on joins containers that join others, too many to look up";

/** Asks for all that a request's judgement needs; or why that is not known. */
export async function guardFacts(
  objects: Pick<ObjectQueries, "describe">,
  request: GuardedRequest,
): Promise<
  GuardFacts | { readonly problem: string; readonly unsure: boolean }
> {
  const facts = {
    containers: new Map<string, Described>(),
    volumes: new Map<string, Described>(),
    networks: new Map<string, Described>(),
    execs: new Map<string, Described>(),
  };
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const needs = needsOf(request, facts);
    if ("problem" in needs) return { problem: needs.problem, unsure: false };
    const news = KINDS.flatMap((kind) =>
      [...needs[kind]].filter((name) => !facts[kind].has(name))
        .map((name) => [kind, name] as const)
    );
    if (news.length === 0) return facts;
    for (const [kind, name] of news) {
      const found = await objects.describe(kind, name);
      if (found !== null && "reason" in found) {
        return {
          problem:
            `sockwarden cannot tell what '${name}' of the ${kind} is: ${found.reason}`,
          unsure: true,
        };
      }
      facts[kind].set(name, found?.description ?? null);
    }
  }
  // What was not asked for would pass for what is not there.
  return { problem: TOO_DEEP, unsure: false };
}

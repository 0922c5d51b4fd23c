/**
 * What another policy would do with recorded calls, by the one decision. Pure.
 *
 * @module
 */

import { BY_QUERY } from "../docker/by_query.ts";
import { matchOperation } from "../docker/match.ts";
import { OPERATION_BY_NAME } from "../docker/operations.ts";
import { type Policy, rightsOf } from "../policy/compile.ts";
import { decide, plainRequest } from "../policy/decide.ts";
import { replayGuard } from "./replay_guard.ts";
import { replayScope } from "./replay_scope.ts";
import type { Kind, Tally } from "./tally.ts";
import {
  ALLOWED,
  gravest,
  refused,
  undecided,
  type Verdict,
} from "./verdict.ts";

/** Calls of one kind, and what would become of them. */
export interface Replay {
  readonly call: Kind;
  readonly verdict: Verdict;
}

/** Judges all calls that no malformed request made. */
export function replay(policy: Policy, { kinds, runs }: Tally): Replay[] {
  const logs = new Set(
    runs.filter(({ start }) => start?.log === true).map(({ run }) => run),
  );
  const isLog = (call: Kind) => call.runs.some((run) => logs.has(run));
  const calls = kinds.filter(({ outcome }) => outcome !== "malformed");
  const kept = new Set<string>();
  const doubted = new Set<string>();
  for (const call of calls) {
    const { operation, outcome } = call;
    if (operation !== "container.create" || outcome !== "served") continue;
    const { kind } = replayCall(policy, call, isLog(call), kept);
    (kind === "allowed" ? kept : doubted).add(containerOf(call));
  }
  // A container whose creations are all allowed keeps to the guard later.
  for (const one of doubted) kept.delete(one);
  return calls.map((call) => ({
    call,
    verdict: replayCall(policy, call, isLog(call), kept),
  }));
}

/** The container that a call names, of one client. */
function containerOf({ client, object }: Kind): string {
  return `${client} ${object?.name ?? ""}`;
}

/** The client of a policy that a recorded call is one of; null for all others. */
export function clientOf(
  policy: Policy,
  call: Pick<Kind, "client">,
): string | null {
  return policy.clients.has(call.client) ? call.client : null;
}

function replayCall(
  policy: Policy,
  call: Kind,
  isLog: boolean,
  kept: ReadonlySet<string>,
): Verdict {
  const { operation } = call;
  if (operation !== "-" && !OPERATION_BY_NAME.has(operation)) {
    return undecided(`this version does not know ${operation}`);
  }
  const target = targetOf(call);
  if (target === null) return undecided("the path that was recorded is cut");
  const client = clientOf(policy, call);
  const decision = decide(
    policy,
    { name: client },
    plainRequest(target.method, target.target),
  );
  if (decision.outcome === "refused") {
    return refused(decision.by, decision.code);
  }
  const { scope } = rightsOf(policy, client);
  return gravest(decision.conditions.map((condition): Verdict => {
    switch (condition.kind) {
      case "scope":
        return replayScope(scope!, condition.holds, { call, isLog });
      case "guard":
        return replayGuard(
          condition.rules,
          call,
          (call.object?.name ?? "") !== "" && kept.has(containerOf(call)),
        );
      case "identity":
        return undecided(
          `whether ${operation} makes what passes for another client is not recorded`,
        );
      // What was served did not touch it; what is hidden is still answered.
      case "own-container":
      case "hide":
        return ALLOWED;
    }
  }));
}

/** The version in the path by which the routes of podman's releases are told apart. */
const PODMAN = { "": "", "<4": "/v3.0.0", ">=4": "/v4.0.0" } as const;

/** The request on which the decision rests; null where it cannot be made again. */
function targetOf(
  { operation, method, path, query }: Kind,
): { readonly method: string; readonly target: string } | null {
  const words = query.filter((name) => !name.startsWith("filters."))
    .map((name) => {
      const [key = "", value = "1"] = name.split("=", 2);
      return `${encoded(key)}=${encoded(value)}`;
    });
  const told = BY_QUERY.find(({ first }) => first === operation)?.parameter;
  if (told !== undefined && !query.includes(told)) words.push(`${told}=1`);
  const asked = words.length === 0 ? "" : `?${words.join("&")}`;
  const targets = [
    { method, target: path + asked },
    // The decision does not depend on the name in the path.
    ...(OPERATION_BY_NAME.get(operation)?.routes ?? []).map((route) => ({
      method: route.method,
      target: `${PODMAN[route.podman ?? ""]}${
        route.path.replace(/\{[a-z]+\}/g, "x")
      }${asked}`,
    })),
  ];
  return targets.find(({ method, target }) => {
    const match = matchOperation(method, target);
    return match.kind === "operation"
      ? match.operation.name === operation && match.absent === null
      : match.kind === "unknown" && operation === "-";
  }) ?? null;
}

/** A text in a query, without halves of characters. */
function encoded(text: string): string {
  return encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, ""));
}

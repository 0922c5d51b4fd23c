/**
 * When each part of a client's rights was last used, from recordings. Pure.
 *
 * @module
 */

import { parseTarget } from "../docker/match.ts";
import { guardWay } from "../guard/judge/rows.ts";
import { isJudged } from "../policy/guarded.ts";
import type { Policy, Rights } from "../policy/compile.ts";
import { coversPath, type PathRule } from "../policy/rules.ts";
import type { ScopeKind } from "../policy/scope.ts";
import { HOLDS } from "../policy/scope_table.ts";
import { type Need, readNeed } from "./needs.ts";
import { clientOf } from "./replay.ts";
import { type Found, joinedBy } from "./scope_values.ts";
import { compare, type Kind, type Tally } from "./tally.ts";

/** What a client was seen to use: calls that reached the engine, whatever it answered. */
export interface Usage {
  readonly calls: readonly Kind[];
  /** The runs that were read from logs, which name no labels and no bodies. */
  readonly logs: ReadonlySet<string>;
}

/** What the clients with these rights used. */
export function usageOf(
  policy: Policy,
  rights: Rights,
  { kinds, runs }: Tally,
): Usage {
  return {
    calls: kinds.filter((call) =>
      (call.outcome === "served" || call.outcome === "failed") &&
      clientOf(policy, call) === rights.client
    ),
    logs: new Set(
      runs.filter(({ start }) => start?.log === true).map(({ run }) => run),
    ),
  };
}

/** The last time of some calls; empty for none. */
export function lastOf(calls: readonly Kind[]): string {
  return calls.reduce(
    (last, call) => compare(call.last, last) > 0 ? call.last : last,
    "",
  );
}

/** When each operation was last used. */
export function lastByOperation({ calls }: Usage): Map<string, string> {
  const last = new Map<string, string>();
  for (const call of calls) {
    const known = last.get(call.operation) ?? "";
    if (call.last > known) last.set(call.operation, call.last);
  }
  return last;
}

/** When a rule for a path was last used. */
export function lastOfPath({ calls }: Usage, rule: PathRule): string {
  return lastOf(calls.filter(({ operation, method, path }) => {
    if (operation !== "-") return false;
    const target = parseTarget(path);
    return !("reason" in target) && coversPath(rule, method, target.path);
  }));
}

/** Objects of a kind that were reached, and whether there are some of which too little is known. */
export interface Reached {
  readonly found: readonly Found[];
  readonly unknown: boolean;
}

/** The objects of a kind that calls named; of what failed there may be none. */
export function reachedBy({ calls }: Usage, kind: ScopeKind): Reached {
  const found: Found[] = [];
  let unknown = false;
  for (const call of calls.filter(({ outcome }) => outcome === "served")) {
    for (const hold of HOLDS.get(call.operation) ?? []) {
      if (hold.kind !== kind) continue;
      if (["path", "exec", "create", "query"].includes(hold.way)) {
        const { object } = call;
        if (object?.kind === kind.slice(0, -1)) found.push({ call, object });
        else unknown = true;
      } else if (hold.way === "body" || hold.way === "rejoin") {
        const { joined, unknown: reasons } = joinedBy(kind, call);
        found.push(...joined);
        if (reasons.length > 0 && hold.way === "body") unknown = true;
      }
    }
  }
  return { found, unknown };
}

/** What judged calls needed of a guard, and whether some were not recorded. */
export interface Needed {
  readonly needs: readonly (Need & { readonly last: string })[];
  readonly unknown: boolean;
}

/** What calls needed of a guard. */
export function neededBy({ calls }: Usage): Needed {
  const needs: (Need & { last: string })[] = [];
  let unknown = false;
  for (const { operation, body, last } of calls) {
    if (!isJudged(operation)) continue;
    // A log has nothing of what is judged by its target alone.
    if (body === null && guardWay(operation).kind === "target") continue;
    if (body === null || body.unread !== undefined) {
      unknown = true;
      continue;
    }
    for (const text of body.needs ?? []) {
      const need = readNeed(text);
      if (need === null) unknown = true;
      else needs.push({ ...need, last });
    }
  }
  return { needs, unknown };
}

/**
 * The scope of a client in readable lines.
 *
 * @module
 */

import type { Rights } from "../policy/compile.ts";
import { describeScope, isClosed, SCOPE_KINDS } from "../policy/scope.ts";
import { insteadOf } from "../policy/scope_table.ts";

/** What the scope covers, which kinds it closes, and which operations it leaves out; empty without a scope. */
export function scopeLines({ scope, leftOut }: Rights): string[] {
  if (scope === null) return [];
  const closed = SCOPE_KINDS.filter((kind) => isClosed(scope, kind));
  return [
    ...describeScope(scope).map((text) => `scope on ${text}`),
    ...closed.map((kind) =>
      `no scope on ${kind}: calls that join them to what has one are refused, and their events are left out; its other operations stay as granted ('${kind}: any' opens it)`
    ),
    ...[...leftOut].map(([name, by]) =>
      `${by}: ${name} is left out, since it cannot be held to the scope: ${
        insteadOf(name)
      }`
    ),
  ];
}

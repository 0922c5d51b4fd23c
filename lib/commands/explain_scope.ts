/**
 * What a client's scope says of the object that a request names, for `explain`:
 * from the engine where it is reached, judged as the gate judges it.
 *
 * @module
 */

import { inspectContainer } from "../identity/engine_queries.ts";
import { createObjectQueries } from "../identity/object_queries.ts";
import type { EngineAddress } from "../net/address.ts";
import { type Policy, rightsOf } from "../policy/compile.ts";
import type { Decision } from "../policy/decide.ts";
import { describeScope, type ScopeKind } from "../policy/scope.ts";
import { type Hold, isShut } from "../policy/scope_table.ts";
import {
  closedKind,
  type Held,
  type HeldCase,
  isNotHeld,
  type NotHeld,
  startHeld,
} from "../proxy/scope/held.ts";
import { holdExec, holdPath } from "../proxy/scope/paths.ts";

/** What the scope says. */
export interface ScopeVerdict {
  /** In words, one line for each object. */
  readonly lines: readonly string[];
  /** Whether the request is refused, or answered as if the object were not there. */
  readonly outside: boolean;
}

const NOTHING: ScopeVerdict = { lines: [], outside: false };

/** Asks the engine about the object that a request names in its path, and judges it; nothing for a client without a scope, or a request that names none. */
export async function scopeVerdict(
  engine: EngineAddress,
  policy: Policy,
  client: string | null,
  { outcome, match, operation }: Decision,
): Promise<ScopeVerdict> {
  const rights = rightsOf(policy, client);
  const { scope } = rights;
  if (
    scope === null || operation === null || match.kind !== "operation" ||
    outcome === "refused"
  ) return NOTHING;
  const container = (reference: string) => inspectContainer(engine, reference);
  const of: HeldCase = {
    sources: {
      policy,
      // What a path names needs neither of these.
      index: { container, hostNetwork: () => Promise.resolve([]) },
      hosts: { addresses: new Map() },
      objects: createObjectQueries(engine, { container }),
      sockets: [],
    },
    rights,
    scope,
    match,
    isSent: false,
  };
  for (const hold of rights.held.get(operation.name) ?? []) {
    const { way, kind } = hold;
    if (kind === "images" || way !== "path" && way !== "exec") continue;
    if (isShut(scope, hold)) return closed(of, hold);
    const held = startHeld(match, new Uint8Array(0));
    const found = await (way === "path" ? holdPath : holdExec)(of, hold, held);
    return wordsOf(
      found,
      kind,
      match.parameters[0] ?? "",
      describeScope(scope),
    );
  }
  return NOTHING;
}

function closed(of: HeldCase, hold: Hold): ScopeVerdict {
  const refused = closedKind(of, hold);
  return refused.kind === "refused"
    ? { lines: [`refused (403): ${refused.why}`], outside: true }
    : NOTHING;
}

function wordsOf(
  found: Held | NotHeld,
  kind: ScopeKind,
  name: string,
  scope: readonly string[],
): ScopeVerdict {
  if (!isNotHeld(found)) {
    const id = found.parameters[0]!;
    const full = id === name ? "" : `, and is sent under its id ${id}`;
    const by = found.by.join(" and ");
    return { lines: [`'${name}' is inside by ${by}${full}`], outside: false };
  }
  switch (found.kind) {
    case "absent":
      return found.hidden === null
        ? {
          lines: [`the engine has no '${name}': the client gets 404`],
          outside: false,
        }
        : {
          lines: [`${found.hidden}; the client gets 404, as if it were absent`],
          outside: true,
        };
    case "unsure":
      return {
        lines: [
          `it depends on the name and the labels of '${name}' (${
            scope.filter((line) => line.startsWith(kind)).join("; ")
          }), which only the engine knows: ${found.reason}`,
        ],
        outside: false,
      };
    case "taken":
      return { lines: [`refused (409): ${found.hidden}`], outside: true };
    case "refused":
      return { lines: [`refused (403): ${found.why}`], outside: true };
  }
}

/**
 * A request under the ids of what was judged: between the look-up and the use a
 * name can be given to another object.
 *
 * @module
 */

import { shown } from "../json.ts";
import { withParameter } from "../rewrite.ts";
import { textOf } from "./judging.ts";
import type { Described, GuardedRequest, GuardFacts } from "./request.ts";
import { EXEC_STARTS } from "./rows.ts";
import { targetsOf } from "./targets.ts";

/** What a request names in its path and query. */
export type Named = Pick<GuardedRequest, "parameters" | "query">;

const FULL_ID = /^[0-9a-f]{64}$/;
/** A swarm's has 25 characters. */
const NETWORK_ID = /^(?:[0-9a-f]{64}|[0-9a-z]{25})$/;

/**
 * The path and the query of a request with the full ids of the objects that
 * were judged in place of their names. A volume has no id, and what is named in
 * a body stays as it is.
 *
 * @param facts What the engine says of the names. What it does not have keeps
 * its name.
 * @returns A clause where an object is described without a full id.
 */
export function underIds(
  request: GuardedRequest,
  facts: GuardFacts,
): Named | { readonly problem: string } {
  const { operation, parameters, query } = request;
  const [name = "", ...rest] = parameters;
  if (EXEC_STARTS.has(operation)) {
    const id = idOf(name, facts.execs.get(name), "ID", FULL_ID);
    return id === null ? hasNone(name) : { parameters: [id, ...rest], query };
  }
  if (operation === "network.connect") {
    const id = idOf(name, facts.networks.get(name), "Id", NETWORK_ID);
    return id === null ? hasNone(name) : { parameters: [id, ...rest], query };
  }
  const targets = targetsOf(request);
  const [target] = targets;
  if (target === undefined) return { parameters, query };
  const id = idOf(target, facts.containers.get(target), "Id", FULL_ID);
  // Of more than one each engine takes another one.
  if (id === null || targets.length > 1) return hasNone(target);
  return operation === "container.commit"
    ? { parameters, query: withParameter(query, "container", id) }
    : { parameters: [id, ...rest], query };
}

/** The full id of an object; the name where it is not there, null where it has none. */
function idOf(
  name: string,
  described: Described | undefined,
  field: "Id" | "ID",
  form: RegExp,
): string | null {
  if (described === null || described === undefined) return name;
  const id = textOf(described[field]);
  return form.test(id) ? id : null;
}

function hasNone(name: string): { readonly problem: string } {
  return {
    problem: `it cannot be sent under the one full id of '${shown(name)}'`,
  };
}

/**
 * Holds requests that create objects, rename them, join them to others, or end
 * those that nothing uses.
 *
 * @module
 */

import { type Holder, refuseHold } from "./held.ts";
import { findInScope } from "./look_up.ts";

/** Holds the objects that the query names. */
export const holdQuery: Holder = refuseHold;

/** Holds the objects that the query or the body joins. */
export const holdBody: Holder = refuseHold;

/** Holds a creation: the new object is in scope, and in no other client's. */
export const holdCreation: Holder = refuseHold;

/** Holds a new name. */
export const holdRename: Holder = refuseHold;

/**
 * Holds what a container joined when it was created: the engine looks up what
 * its namespaces name when it starts.
 */
export const holdRejoin: Holder = async (of, _, held) => {
  const [id = ""] = held.parameters;
  const container = await of.sources.index.container(id);
  if (container === null) {
    return { kind: "absent", object: "containers", name: id, hidden: null };
  }
  if ("reason" in container) {
    const reason =
      `sockwarden cannot tell what '${id}' joins: ${container.reason}`;
    return { kind: "unsure", reason };
  }
  for (const reference of container.joined) {
    const found = await findInScope(of, "containers", reference);
    if ("kind" in found) return found;
  }
  return held;
};

/** Holds a prune: the scope's filter is added. */
export const holdPrune: Holder = refuseHold;

/**
 * Holds requests that create objects, rename them, join them to others, or end
 * those that nothing uses.
 *
 * @module
 */

import { type Holder, refuseHold } from "./held.ts";

/** Holds the objects that the query names. */
export const holdQuery: Holder = refuseHold;

/** Holds the objects that the query or the body joins. */
export const holdBody: Holder = refuseHold;

/** Holds a creation: the new object is in scope, and in no other client's. */
export const holdCreation: Holder = refuseHold;

/** Holds a new name. */
export const holdRename: Holder = refuseHold;

/** Holds what an object joined when it was created. */
export const holdRejoin: Holder = refuseHold;

/** Holds a prune: the scope's filter is added. */
export const holdPrune: Holder = refuseHold;

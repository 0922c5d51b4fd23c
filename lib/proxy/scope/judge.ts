/**
 * Holds a request to the scope of its client, way by way in the order of the
 * table's row.
 *
 * @module
 */

import { formatBody } from "../../guard/rewrite.ts";
import type { HoldWay } from "../../policy/scope_rows.ts";
import { type Hold, isShut } from "../../policy/scope_table.ts";
import { holdAnswer, holdEvents, holdList } from "./answers.ts";
import {
  closedKind,
  type Held,
  type HeldCase,
  type Holder,
  isNotHeld,
  type NotHeld,
  refuseHold,
  startHeld,
} from "./held.ts";
import { holdCreation } from "./create_object.ts";
import { holdBody } from "./join_body.ts";
import { holdPrune, holdQuery, holdRejoin, holdRename } from "./joins.ts";
import { holdExec, holdForce, holdPath } from "./paths.ts";

/** How each way is judged. */
const HOLDERS: Readonly<Record<HoldWay, Holder>> = {
  "path": holdPath,
  "exec": holdExec,
  "query": holdQuery,
  "body": holdBody,
  "create": holdCreation,
  "rename": holdRename,
  "rejoin": holdRejoin,
  "list": holdList,
  "events": holdEvents,
  "answer": holdAnswer,
  "prune": holdPrune,
  "force": holdForce,
  // Such an operation is granted to no client with a scope.
  "never": refuseHold,
};

/**
 * Holds a request to the scope of its client.
 *
 * @param holds What of the operation's row counts for the scope; at least one.
 * @param body The whole body; empty where it is not read.
 * @returns What is sent in its place, or why it is not.
 */
export async function holdToScope(
  of: HeldCase,
  holds: readonly Hold[],
  body: Uint8Array,
): Promise<Held | NotHeld> {
  let held = startHeld(of.match, body);
  for (const hold of holds) {
    if (isShut(of.scope, hold)) return closedKind(of, hold);
    const next = await HOLDERS[hold.way](of, hold, held);
    if (isNotHeld(next)) return next;
    held = next;
  }
  // What the engine has already is not rewritten.
  return held.document === null || of.isSent
    ? held
    : { ...held, body: formatBody(held.document) };
}

/**
 * Holds the objects that a body joins.
 *
 * @module
 */

import { type Anonymous, type Reference } from "../../guard/joined.ts";
import { readJoined } from "../../guard/references.ts";
import { formatBody, parseRewritable } from "../../guard/rewrite.ts";
import { isClosed, type ObjectScope } from "../../policy/scope.ts";
import { additionFor } from "../../policy/scope_new.ts";
import {
  closedKind,
  type HeldCase,
  type Holder,
  type NotHeld,
  refuseHold,
} from "./held.ts";
import { findImage } from "./images.ts";
import { findJoined } from "./look_up.ts";

/** Objects of one kind that one body may name: each costs a question to the engine. */
const MAX_REFERENCES = 64;

/** Holds the objects that the body joins: names become full ids. */
export const holdBody: Holder = async (of, hold, held) => {
  const parsed = parseRewritable(held.body);
  if ("problem" in parsed) return refused(parsed.problem);
  const body = parsed.value;
  const joined = readJoined(of.match.operation.name, body);
  if (joined === null) return refuseHold(of, hold, held);
  if ("problem" in joined) return refused(joined.problem);
  const named = joined.references.filter(({ kind }) => kind === hold.kind);
  if (isClosed(of.scope, hold.kind)) {
    // A volume without a name is new, and no one's.
    return named.length === 0 ? held : closedKind(of, hold);
  }
  if (named.length > MAX_REFERENCES) {
    return refused(
      `it names more than ${MAX_REFERENCES} ${hold.kind}; name fewer`,
    );
  }
  const by = [...held.by];
  for (const reference of named) {
    const failed = await holdReference(of, reference, held.parameters, by);
    if (failed !== null) return failed;
  }
  if (hold.kind === "volumes") {
    const failed = labelAnonymous(of, joined.anonymous);
    if (failed !== null) return failed;
  }
  // What the engine has is not rewritten.
  return of.isSent ? { ...held, by } : { ...held, by, body: formatBody(body) };
};

/** Judges one reference, and writes its full id; null where it is in scope. */
async function holdReference(
  of: HeldCase,
  { kind, name, write }: Reference,
  [path = ""]: readonly string[],
  by: string[],
): Promise<NotHeld | null> {
  if (kind === "images") return await findImage(of, name, "use");
  const found = await findJoined(of, kind, name);
  if ("kind" in found) return found;
  const { id } = found.facts;
  by.push(found.by);
  if (write !== null && !write(id)) {
    return refused(
      `it names ${kind.slice(0, -1)} '${name}' twice; name it once`,
    );
  }
  // Docker takes the id in the body for the network, whatever the path names.
  return kind === "networks" && of.match.operation.name === "network.connect" &&
      id !== path
    ? refused(`the path and NetworkID in the body name two networks`)
    : null;
}

/** Gives the volumes that the engine makes by itself the labels of the scope; null where it has done so. */
function labelAnonymous(
  { scope }: HeldCase,
  anonymous: readonly Anonymous[],
): NotHeld | null {
  for (const { labels, label } of anonymous) {
    const own = scope.volumes as ObjectScope;
    const added = additionFor("volumes", own, { name: "", labels });
    if ("problem" in added) {
      return refused(
        `the engine would make a volume by itself; create one first, and name it (${added.problem})`,
      );
    }
    if (!label(added.labels)) {
      return refused(
        "the engine would make a volume without labels; send HostConfig without VolumeDriver, or create one first, and name it",
      );
    }
  }
  return null;
}

function refused(why: string): NotHeld {
  return { kind: "refused", why };
}

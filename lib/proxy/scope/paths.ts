/**
 * Holds requests whose path names an object. The engine is asked once which
 * object that is, and the request is sent under its full id, so that a rename
 * in between changes nothing.
 *
 * @module
 */

import { readQuery } from "../../guard/query.ts";
import {
  type Held,
  type Holder,
  isNotHeld,
  type NotHeld,
  refuseHold,
} from "./held.ts";
import { holdImage } from "./images.ts";
import { findInScope } from "./look_up.ts";

/**
 * Parameters by which an engine reaches other objects than the one that the path
 * names: podman compares it with another one; Docker deletes a platform's part
 * of an image under all its names.
 */
const BEYOND: ReadonlyMap<string, "parent" | "platforms"> = new Map([
  ["container.changes", "parent"],
  ["libpod.container.changes", "parent"],
  ["libpod.image.changes", "parent"],
  ["image.delete", "platforms"],
]);

/** Parameters with which podman deletes the containers that use an object, too. */
const FORCES: ReadonlyMap<string, "depend" | "force"> = new Map([
  ["libpod.container.delete", "depend"],
  ["network.delete", "force"],
  ["libpod.network.delete", "force"],
  ["libpod.volume.delete", "force"],
  ["libpod.image.delete", "force"],
]);
/** How podman reads that such a one is not set. */
const OFF = /^(?:|0|f|false)$/i;

/** Holds a deletion: podman must not delete the containers that use the object. */
export const holdForce: Holder = (of, hold, held) => {
  const parameter = FORCES.get(of.match.operation.name);
  return parameter === undefined
    ? refuseHold(of, hold, held)
    : without(parameter, OFF, held);
};

/** Holds a parameter to a value that does nothing. */
function without(
  parameter: "depend" | "force" | "parent" | "platforms",
  off: RegExp,
  held: Held,
): Held | NotHeld {
  const read = readQuery(held.query, [parameter]);
  if ("problem" in read) {
    return { kind: "refused", why: read.problem as string };
  }
  const { values } = read as { values: Record<string, string> };
  return off.test(values[parameter]!) ? held : {
    kind: "refused",
    why:
      `'${parameter}' in the query reaches other objects, which cannot be held to the client's scope; leave it out`,
  };
}

/** Holds the object that the path names. */
export const holdPath: Holder = async (of, hold, held) => {
  const parameter = BEYOND.get(of.match.operation.name);
  if (parameter !== undefined) {
    const beyond = without(parameter, /^$/, held);
    if (isNotHeld(beyond)) return beyond;
  }
  if (hold.kind === "images") return await holdImage(of, hold, held);
  const [reference = "", ...rest] = held.parameters;
  const found = await findInScope(of, hold.kind, reference);
  if ("kind" in found) return found;
  return {
    ...held,
    parameters: [found.facts.id, ...rest],
    by: [...held.by, found.by],
  };
};

/** Holds an exec by the container that it runs in. */
export const holdExec: Holder = async (of, _, held) => {
  const [name = "", ...rest] = held.parameters;
  const exec = await of.sources.objects.exec(name);
  const asked = { object: "exec", name } as const;
  if (exec === null) return { kind: "absent", ...asked, hidden: null };
  if ("reason" in exec) {
    const reason =
      `sockwarden cannot tell whose exec '${name}' is: ${exec.reason}`;
    return { kind: "unsure", reason };
  }
  const found = await findInScope(of, "containers", exec.container, asked);
  if ("kind" in found) return found;
  return {
    ...held,
    parameters: [exec.id, ...rest],
    by: [...held.by, found.by],
  };
};

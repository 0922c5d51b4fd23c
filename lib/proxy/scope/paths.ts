/**
 * Holds requests whose path names an object. The engine is asked once which
 * object that is, and the request is sent under its full id, so that a rename
 * in between changes nothing.
 *
 * @module
 */

import { readQuery } from "../../guard/query.ts";
import type { HeldCase, Holder } from "./held.ts";
import { holdImage } from "./images.ts";
import { findInScope } from "./look_up.ts";

/**
 * Parameters by which an engine reaches other objects than the one that the path
 * names: podman deletes the containers that use it, or compares it with another
 * one; Docker deletes a platform's part of an image under all its names.
 */
const BEYOND: ReadonlyMap<
  string,
  "depend" | "force" | "parent" | "platforms"
> = new Map([
  ["container.changes", "parent"],
  ["libpod.container.changes", "parent"],
  ["libpod.image.changes", "parent"],
  ["libpod.container.delete", "depend"],
  ["network.delete", "force"],
  ["libpod.network.delete", "force"],
  ["libpod.volume.delete", "force"],
  ["libpod.image.delete", "force"],
  ["image.delete", "platforms"],
]);
/** Those that are on or off, and delete containers. */
const SWITCHES: ReadonlySet<string> = new Set(["depend", "force"]);
/** How podman reads that a parameter is not set. */
const OFF = /^(?:0|f|false)$/i;

/** Why a request reaches beyond the object that its path names; null where it does not. */
function reachesBeyond({ match, scope }: HeldCase, query: string) {
  const parameter = BEYOND.get(match.operation.name);
  if (parameter === undefined) return null;
  const isSwitch = SWITCHES.has(parameter);
  if (isSwitch && scope.containers === "any") return null;
  const read = readQuery(query, [parameter]);
  if ("problem" in read) return read.problem;
  const value = read.values[parameter];
  return value === "" || isSwitch && OFF.test(value)
    ? null
    : `'${parameter}' in the query reaches other objects, which cannot be held to the client's scope; leave it out`;
}

/** Holds the object that the path names. */
export const holdPath: Holder = async (of, hold, held) => {
  const beyond = reachesBeyond(of, held.query);
  if (beyond !== null) return { kind: "refused", why: beyond };
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

/**
 * Holds requests whose path names an object. The engine is asked once which
 * object that is, and the request is sent under its full id, so that a rename
 * in between changes nothing.
 *
 * @module
 */

import type { Holder } from "./held.ts";
import { holdImage } from "./images.ts";
import { findInScope } from "./look_up.ts";

/** Holds the object that the path names. */
export const holdPath: Holder = async (of, hold, held) => {
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

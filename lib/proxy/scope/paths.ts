/**
 * Holds requests whose path names an object. The engine is asked once which
 * object that is, and the request is sent under its full id, so that a rename
 * in between changes nothing.
 *
 * @module
 */

import type { ObjectKind } from "../../docker/absent.ts";
import type { LookedUpKind } from "../../identity/object_queries.ts";
import type { ObjectFacts, ObjectScope } from "../../policy/scope.ts";
import { judgeObject } from "../../policy/scope.ts";
import type { HeldCase, Holder, NotHeld } from "./held.ts";
import { holdImage } from "./images.ts";

/** An object that is in scope, and the key that decided. */
export interface Inside {
  readonly facts: ObjectFacts;
  readonly by: string;
}

/**
 * Looks an object up, and judges it by the client's scope.
 *
 * @param kind A kind that has a scope.
 * @param asked What the client is told is not there, where that is another
 * object: an exec whose container is outside.
 */
export async function findInScope(
  { sources, scope }: HeldCase,
  kind: LookedUpKind,
  reference: string,
  asked: { readonly object: ObjectKind; readonly name: string } = {
    object: kind,
    name: reference,
  },
): Promise<Inside | NotHeld> {
  const facts = await sources.objects.find(kind, reference);
  if (facts === null) return { kind: "absent", ...asked, hidden: null };
  if ("reason" in facts) {
    const reason =
      `sockwarden cannot tell which of the ${kind} '${reference}' is: ${facts.reason}`;
    return { kind: "unsure", reason };
  }
  const { inside, by } = judgeObject(kind, scope[kind] as ObjectScope, facts);
  if (inside) return { facts, by };
  const hidden = `${
    kind.slice(0, -1)
  } '${facts.name}' is outside the scope: ${by}`;
  return { kind: "absent", ...asked, hidden };
}

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

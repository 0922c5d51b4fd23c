/**
 * Looks up an object that a request names, and judges it by the client's scope.
 *
 * @module
 */

import type { ObjectKind } from "../../docker/absent.ts";
import type { LookedUpKind } from "../../identity/object_queries.ts";
import {
  judgeObject,
  type ObjectFacts,
  type ObjectScope,
} from "../../policy/scope.ts";
import type { HeldCase, NotHeld } from "./held.ts";

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

/**
 * Judges objects that an answer mentions by their ids.
 *
 * @module
 */

import {
  judgeObject,
  type ObjectFacts,
  type ObjectScope,
  type Scope,
} from "../../policy/scope.ts";
import type { ObjectQueries } from "../../identity/object_queries.ts";
import type { KnownKind, KnownObjects } from "../../policy/known_objects.ts";
import type { EngineAddress } from "../../net/address.ts";

/** What objects are judged by. */
export interface AnswerSources {
  readonly known: KnownObjects;
  readonly objects: Pick<ObjectQueries, "find">;
  readonly engine: EngineAddress;
}

/** The facts of an object: as known, else as the engine says; null where there is none; or that it does not say. */
export async function factsById(
  { known, objects }: AnswerSources,
  kind: KnownKind,
  id: string,
): Promise<ObjectFacts | null | { readonly problem: string }> {
  const facts = known.known(kind, id);
  if (facts !== null) return facts;
  const found = await objects.find(kind, id);
  if (found === null) return null;
  if ("reason" in found) {
    return {
      problem: `mentions ${kind} that cannot be told apart: ${found.reason}`,
    };
  }
  // The id may be the start of another one, or a name by now.
  return found.id === id ? found : null;
}

/** Whether a container that an answer mentions is in scope; what cannot be told is not. */
export async function showsContainer(
  sources: AnswerSources,
  scope: Scope,
  id: string,
): Promise<boolean> {
  const { containers } = scope;
  if (containers === "any") return true;
  if (containers === null) return false;
  const facts = await factsById(sources, "containers", id);
  if (facts === null || "problem" in facts) return false;
  return judgeObject("containers", containers as ObjectScope, facts).inside;
}

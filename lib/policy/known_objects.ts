/**
 * What is known of the objects that scopes cover, without a question to the
 * engine: for streams, which must judge objects that are gone already.
 *
 * @module
 */

import type { ObjectFacts, ScopeKind } from "./scope.ts";

/** Kinds of object that are known by their id. */
export type KnownKind = Exclude<ScopeKind, "images">;

/** The objects as they are known. */
export interface KnownObjects {
  /**
   * An object by its full id, a volume by its name; one that was just removed
   * as it was last known.
   *
   * It has only the labels that a scope of the policy names. An event that has a
   * name of its own is nearer to its time than the name here.
   *
   * @returns null where that is not certain: then the engine must be asked.
   */
  readonly known: (kind: KnownKind, id: string) => ObjectFacts | null;
  /**
   * Calls a listener whenever an object that was known has another name or other
   * labels, or is gone.
   *
   * @returns Ends that.
   */
  readonly changed: (
    listener: (kind: KnownKind, id: string) => void,
  ) => () => void;
}

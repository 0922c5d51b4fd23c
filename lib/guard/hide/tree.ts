/**
 * Paths to fields as one tree, so that a JSON text is walked once for all of
 * them. Pure.
 *
 * @module
 */

import { fold } from "../../docker/fold.ts";
import type { FieldPath } from "./words.ts";

/** What Go takes for an s and a k beside the ASCII letters, as UTF-8 of one code unit a byte. */
const FOLDED = [["\u00c5\u00bf", "s"], ["\u00e2\u0084\u00aa", "k"]] as const;
const NOT_ASCII = /[\u0080-\uffff]/;

/**
 * A key as clients in Go compare it with a field.
 *
 * @param key One code unit a byte, or decoded.
 */
export function foldKey(key: string): string {
  if (!NOT_ASCII.test(key)) return key.toLowerCase();
  for (const [bytes, letter] of FOLDED) key = key.replaceAll(bytes, letter);
  return fold(key);
}

/** A place in a JSON value to which paths lead, or through which they go. */
export interface Branch<Leaf> {
  /** How a message names it. */
  readonly path: string;
  readonly keys: Map<string, Branch<Leaf>>;
  /** Below every key that is not in {@link keys}; null where no path goes there. */
  any: Branch<Leaf> | null;
  /** Below every entry of a list; null where no path goes there. */
  items: Branch<Leaf> | null;
  /** What a path that ends here stands for; null where none does. */
  leaf: Leaf | null;
}

/** A tree without paths. */
export function emptyTree<Leaf>(path = ""): Branch<Leaf> {
  return { path, keys: new Map(), any: null, items: null, leaf: null };
}

/** Adds a path, whose keys are taken as they are written; what its leaf was before is given to `merge`. */
export function addPath<Leaf>(
  tree: Branch<Leaf>,
  path: FieldPath,
  merge: (before: Leaf | null) => Leaf,
): void {
  let branch = tree;
  for (const step of path) branch = stepInto(branch, step);
  branch.leaf = merge(branch.leaf);
}

function stepInto<Leaf>(branch: Branch<Leaf>, step: string): Branch<Leaf> {
  const path = step === "[]" || branch.path === ""
    ? branch.path + step
    : `${branch.path}.${step}`;
  if (step === "[]") return branch.items ??= emptyTree(path);
  if (step === "*") return branch.any ??= emptyTree(path);
  const known = branch.keys.get(step) ?? emptyTree(path);
  branch.keys.set(step, known);
  return known;
}

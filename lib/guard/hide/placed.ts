/**
 * Edits JSON texts in place where the runtime finds the values: nothing else of
 * the text is read by the program. Pure.
 *
 * @module
 */

import { parseJson, placesIn } from "../../host.ts";
import { writeOver } from "./exact.ts";
import type { EditedValue } from "./parsed.ts";
import type { Branch } from "./tree.ts";

/** A tree as the runtime takes it (`placesIn()`). */
export interface Lines<Leaf> {
  /** The paths of its leaves, one a line. */
  readonly paths: string;
  /** What each line leads to. */
  readonly leaves: readonly { readonly leaf: Leaf; readonly path: string }[];
}

/** Writes the paths of a tree, whose keys have no dots. */
export function linesOf<Leaf>(tree: Branch<Leaf>): Lines<Leaf> {
  const leaves: { leaf: Leaf; path: string }[] = [];
  const lines: string[] = [];
  const write = (branch: Branch<Leaf>, steps: readonly string[]) => {
    if (branch.leaf !== null) {
      leaves.push({ leaf: branch.leaf, path: branch.path });
      lines.push(steps.join("."));
      return;
    }
    for (const [key, inner] of branch.keys) write(inner, [...steps, key]);
    if (branch.any !== null) write(branch.any, [...steps, "*"]);
    if (branch.items !== null) write(branch.items, [...steps, "[]"]);
  };
  write(tree, []);
  return { paths: lines.join("\n"), leaves };
}

/**
 * Edits the values to which paths lead, as `rewriteExactly()` does.
 *
 * @returns null where the text must be looked at piece by piece: it may be read
 * in different ways, or cannot be judged.
 */
export function editPlaced<Leaf>(
  text: string,
  { paths, leaves }: Lines<Leaf>,
  edit: (value: unknown, leaf: Leaf, path: string) => EditedValue,
): string | null {
  const found = placesIn(text, paths);
  if (found === null) return null;
  const parts: string[] = [];
  let done = 0;
  for (let i = 0; i < found.length; i += 3) {
    const { leaf, path } = leaves[found[i]!]!;
    const start = found[i + 1]!;
    const end = found[i + 2]!;
    const raw = text.slice(start, end);
    const before: unknown = parseJson(raw);
    const edited = edit(before, leaf, path);
    if (edited === null) continue;
    if ("problem" in edited) return null;
    parts.push(text.slice(done, start), writeOver(raw, before, edited.value));
    done = end;
  }
  return parts.join("") + text.slice(done);
}

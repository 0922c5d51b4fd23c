/**
 * Walks JSON texts along a tree of paths, and leaves what no path leads to as
 * it was written: numbers, escapes and the order of keys. Pure.
 *
 * Every text here is JSON: it was parsed before. Whether it has one code unit a
 * byte or a character does not matter, since keys of paths are in ASCII: see
 * `foldKey()`.
 *
 * @module
 */

import { parseJson } from "../../host.ts";
import { type Branch, foldKey } from "./tree.ts";

/** A clause that follows the name of the text, and says why it cannot be judged. */
export interface Problem {
  readonly problem: string;
}

const SPACE = /\s*/y;
const STRING = /"[^"\\]*(?:\\[^][^"\\]*)*"/y;
const LITERAL = /[^\s,\]}]+/y;
const KEY = /\s*("[^"\\]*(?:\\[^][^"\\]*)*")\s*:\s*/y;
const AFTER = /\s*([,}\]])/y;
const TOKEN = /"[^"\\]*(?:\\[^][^"\\]*)*"|[{}[\]]/g;

/** Where a value begins, at or after a place. */
export function startOf(text: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.test(text);
  return SPACE.lastIndex;
}

/** Where the value that begins at a place ends. */
function endOf(text: string, at: number): number {
  const first = text[at];
  if (first !== "{" && first !== "[") {
    const pattern = first === '"' ? STRING : LITERAL;
    pattern.lastIndex = at;
    pattern.test(text);
    return pattern.lastIndex;
  }
  TOKEN.lastIndex = at;
  let depth = 0;
  do {
    TOKEN.test(text);
    const last = text[TOKEN.lastIndex - 1];
    if (last === "{" || last === "[") depth++;
    else if (last !== '"') depth--;
  } while (depth > 0);
  return TOKEN.lastIndex;
}

/** What a walk gives in place of an end where it has a problem. */
const STOP = NaN;

/** What comes after a member or entry: where the object or list ends, null where it goes on at `next`. */
function after(
  text: string,
  at: number,
): { next: number; closed: number | null } {
  AFTER.lastIndex = at;
  const [, mark] = AFTER.exec(text)!;
  const next = AFTER.lastIndex;
  return { next, closed: mark === "," ? null : next };
}

/**
 * Goes through the members of an object.
 *
 * @param member Gets a key as it is written, where its value begins, and gives
 * where that ends, or {@link STOP}.
 * @returns Where the object ends, or {@link STOP}.
 */
function eachMember(
  text: string,
  at: number,
  member: (key: string, start: number) => number,
): number {
  const first = startOf(text, at + 1);
  if (text[first] === "}") return first + 1;
  for (let from = first;;) {
    KEY.lastIndex = from;
    const [, key] = KEY.exec(text)!;
    const end = member(key!, KEY.lastIndex);
    if (isNaN(end)) return STOP;
    const { next, closed } = after(text, end);
    if (closed !== null) return closed;
    from = next;
  }
}

/** Goes through the entries of a list, as {@link eachMember} does. */
function eachEntry(
  text: string,
  at: number,
  entry: (start: number) => number,
): number {
  let from = startOf(text, at + 1);
  if (text[from] === "]") return from + 1;
  for (;;) {
    const end = entry(startOf(text, from));
    if (isNaN(end)) return STOP;
    const { next, closed } = after(text, end);
    if (closed !== null) return closed;
    from = next;
  }
}

/** The entries of a list as they are written; null for what is no list. */
export function entriesOf(text: string): string[] | null {
  if (text[0] !== "[") return null;
  const entries: string[] = [];
  eachEntry(text, 0, (start) => {
    const end = endOf(text, start);
    entries.push(text.slice(start, end));
    return end;
  });
  return entries;
}

/** Where the value of each member of an object begins and ends, in turn. */
export function memberPlaces(text: string): number[] {
  const places: number[] = [];
  eachMember(text, startOf(text, 0), (_, start) => {
    const end = endOf(text, start);
    places.push(start, end);
    return end;
  });
  return places;
}

/** The branch below a key; null where no path goes there. */
function below<Leaf>(
  branch: Branch<Leaf>,
  key: string,
  fold: (key: string) => string,
): Branch<Leaf> | null {
  const name: string = key.includes("\\") ? parseJson(key) : key.slice(1, -1);
  return branch.keys.get(fold(name)) ?? branch.any;
}

/** A text while it is walked. */
interface Walk<Leaf> {
  readonly text: string;
  readonly edit: (raw: string, leaf: Leaf, path: string) => Edited;
  readonly parts: string[];
  done: number;
  problem: string | null;
}

/** What stands in place of a value; null where it stays. */
export type Edited = string | null | Problem;

/**
 * Edits the values to which paths lead.
 *
 * @param text The JSON text of one value.
 * @param tree Its keys are in lower case: a field counts in every spelling that
 * clients in Go take for it.
 * @param edit Gets each value as it is written.
 * @returns The text with what `edit` gave; or its problem, or that a value of
 * another type stands where a path goes on.
 */
export function editPaths<Leaf>(
  text: string,
  tree: Branch<Leaf>,
  edit: (raw: string, leaf: Leaf, path: string) => Edited,
): string | Problem {
  const walk = { text, edit, parts: [], done: 0, problem: null };
  editValue(walk as Walk<Leaf>, startOf(text, 0), tree);
  if (walk.problem !== null) return { problem: walk.problem };
  return walk.parts.join("") + text.slice(walk.done);
}

/** Edits one value; where it ends, or {@link STOP}. */
function editValue<Leaf>(
  walk: Walk<Leaf>,
  at: number,
  branch: Branch<Leaf>,
): number {
  const { text } = walk;
  if (branch.leaf !== null) {
    const end = endOf(text, at);
    const edited = walk.edit(text.slice(at, end), branch.leaf, branch.path);
    if (edited === null) return end;
    if (typeof edited !== "string") return stop(walk, edited.problem);
    walk.parts.push(text.slice(walk.done, at), edited);
    walk.done = end;
    return end;
  }
  if (text[at] === "{" && branch.items === null) {
    return eachMember(text, at, (key, start) => {
      const inner = below(branch, key, foldKey);
      return inner === null
        ? endOf(text, start)
        : editValue(walk, start, inner);
    });
  }
  if (text[at] === "[" && branch.items !== null) {
    return eachEntry(
      text,
      at,
      (start) => editValue(walk, start, branch.items!),
    );
  }
  return text[at] === "n"
    ? endOf(text, at)
    : stop(walk, wrongType(branch.path));
}

function stop(walk: { problem: string | null }, problem: string): number {
  walk.problem = problem;
  return STOP;
}

/** The clause for a value of another type. */
export function wrongType(path: string): string {
  return `has a value of another type at ${path === "" ? "its root" : path}`;
}

/**
 * Keeps the values to which paths lead, with the objects and lists around them,
 * and removes all others.
 *
 * @param text The JSON text of one value.
 * @param tree Its keys are as the engine writes them.
 * @returns As {@link editPaths}.
 */
export function keepPaths(text: string, tree: Branch<true>): string | Problem {
  const walk = { text, problem: null as string | null };
  const kept: string[] = [];
  keepValue(walk, startOf(text, 0), tree, kept);
  return walk.problem === null ? kept.join("") : { problem: walk.problem };
}

/** Keeps of one value, as {@link editValue} edits; what is kept is added to `kept`. */
function keepValue(
  walk: { readonly text: string; problem: string | null },
  at: number,
  branch: Branch<true>,
  kept: string[],
): number {
  const { text } = walk;
  if (branch.leaf !== null || text[at] === "n") {
    const end = endOf(text, at);
    kept.push(text.slice(at, end));
    return end;
  }
  let between = "";
  if (text[at] === "{" && branch.items === null) {
    kept.push("{");
    const end = eachMember(text, at, (key, start) => {
      const inner = below(branch, key, (name) => name);
      if (inner === null) return endOf(text, start);
      kept.push(`${between}${key}:`);
      between = ",";
      return keepValue(walk, start, inner, kept);
    });
    kept.push("}");
    return end;
  }
  if (text[at] === "[" && branch.items !== null) {
    kept.push("[");
    const end = eachEntry(text, at, (start) => {
      kept.push(between);
      between = ",";
      return keepValue(walk, start, branch.items!, kept);
    });
    kept.push("]");
    return end;
  }
  return stop(walk, wrongType(branch.path));
}

/**
 * From the text of a YAML, JSON or JSONC file to its value, with the place of
 * every key and value.
 *
 * @module
 */

import { escapeControl } from "../observe/control.ts";
import { replaceComments } from "./jsonc.ts";
import {
  mark,
  MARK_CHARACTERS,
  type Marked,
  offsetOf,
  unmark,
} from "./marks.ts";
import { parseMarked, parseYaml, type Problem } from "./yaml.ts";

/** A value of a document. A value behind an alias has the place of its anchor. */
export type Node = Scalar | Sequence | Mapping;

/** A value that contains no others. */
export interface Scalar {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  /** Where it begins, in UTF-16 units; for a missing value, where its key begins. */
  readonly offset: number;
}

/** A list. */
export interface Sequence {
  readonly kind: "sequence";
  readonly items: readonly Node[];
  /** Where its first item begins; for an empty list, where its key begins. */
  readonly offset: number;
}

/** Keys with their values; `<<` is resolved. */
export interface Mapping {
  readonly kind: "mapping";
  /** In the order of the file, no key twice. */
  readonly entries: readonly Entry[];
  /** Where its first key begins; for an empty mapping, where its own key begins. */
  readonly offset: number;
}

/** A key with its value. */
export interface Entry {
  readonly key: string;
  readonly keyOffset: number;
  readonly value: Node;
}

/** A file that was read. */
export interface Document {
  readonly root: Node;
  /** An offset as `policy.yaml:3:5`: line and column from 1, the column in UTF-16 units. */
  readonly place: (offset: number) => string;
}

/** The longest text that is read, in UTF-16 units. */
const MAX_TEXT_CHARACTERS = 1 << 20;
/** Values in a document, counting the values behind an alias each time. */
const MAX_NODES = 10_000;
/**
 * Characters of `:`, `,` and `?` in a file: one stands before or after each key.
 * Counted before keys are put into objects, which QuickJS hashes without a seed.
 */
const MAX_SEPARATORS = 2 * MAX_NODES;
/** Levels of nesting; the root is level 1. */
const MAX_DEPTH = 64;

/** The key that takes over the entries of other mappings (YAML 1.1 merge key). */
const MERGE = "<<";
/** Keys that a JavaScript object lists first, in any order of the file. */
const INDEX = /^(?:0|[1-9][0-9]*)$/;

type Tree = Readonly<Record<string, unknown>>;

/**
 * Reads a YAML 1.2 text (core schema, with merge keys), a JSON text, or one
 * with comments and trailing commas.
 *
 * @param text The text, at most 1 MiB of UTF-16 units.
 * @param name The file's name, for messages.
 * @returns The document, or what is wrong with it, each problem as
 * `name:line:column: message`.
 */
export function readDocument(
  text: string,
  name: string,
): Document | { problems: string[] } {
  const source = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const place = placer(source, name);
  const fail = (offset: number, problem: string) => ({
    problems: [escapeControl(`${place(offset)}: ${problem}`)],
  });
  const size = sizeProblem(source);
  if (size !== null) return fail(0, size);
  const reserved = MARK_CHARACTERS.exec(source);
  if (reserved !== null) {
    return fail(
      reserved.index,
      "the characters U+E000 and U+E001 are not allowed: remove them",
    );
  }
  const uncommented = replaceComments(source);
  if ("problem" in uncommented) {
    return fail(uncommented.offset, uncommented.problem);
  }
  // The parser ignores a tab in the indentation, which would move the line to
  // another mapping.
  const tab = uncommented.json
    ? null
    : /^ *\t[ \t]*[^ \t\r\n#]/m.exec(uncommented.text);
  if (tab !== null) {
    return fail(
      tab.index + tab[0].indexOf("\t"),
      "a tab indents this line: use spaces, as YAML requires",
    );
  }
  const parsed = parseYaml(uncommented.text);
  if ("problem" in parsed) return fail(parsed.offset, parsed.problem);
  const excess = excessOf(parsed.value);
  if (excess !== null) return fail(0, excess);
  const marked = mark(uncommented.text);
  const building: Building = { marked, problems: [] };
  const root = build(
    building,
    parsed.value,
    parseMarked(marked),
    parsed.value === null ? 0 : firstOffset(marked),
  );
  return building.problems.length > 0
    ? {
      problems: building.problems.map(({ offset, problem }) =>
        escapeControl(`${place(offset)}: ${problem}`)
      ),
    }
    : { root, place };
}

// ----------------------------------------------------------------- bounds

/** How a text exceeds the bounds, before it is parsed; null if it does not. */
function sizeProblem(source: string): string | null {
  if (source.length > MAX_TEXT_CHARACTERS) {
    return `the file has ${source.length} characters: expected at most ${MAX_TEXT_CHARACTERS}`;
  }
  return source.split(/[:,?]/, MAX_SEPARATORS + 2).length > MAX_SEPARATORS + 1
    ? `the file has more than ${MAX_SEPARATORS} colons, commas and question marks: use fewer values`
    : null;
}

/** How a value exceeds the bounds; null if it does not. An alias of itself exceeds the depth. */
function excessOf(root: unknown): string | null {
  let nodes = 0;
  const visit = (value: unknown, level: number): string | null => {
    if (level > MAX_DEPTH) {
      return `the file is nested more than ${MAX_DEPTH} levels deep: a policy file needs about five`;
    }
    if (++nodes > MAX_NODES) {
      return `the file has more than ${MAX_NODES} values, counting the values behind an alias each time: use fewer`;
    }
    if (typeof value !== "object" || value === null) return null;
    for (const child of Object.values(value)) {
      const excess = visit(child, level + 1);
      if (excess !== null) return excess;
    }
    return null;
  };
  return visit(root, 1);
}

// --------------------------------------------------------------- building

interface Building {
  readonly marked: Marked;
  readonly problems: Problem[];
}

/**
 * Makes the node of a value, its place taken from the marked value where the
 * two agree.
 *
 * @param around The place of the enclosing key, for a value without a place.
 */
function build(
  building: Building,
  value: unknown,
  marked: unknown,
  around: number,
): Node {
  if (Array.isArray(value)) {
    const others = Array.isArray(marked) && marked.length === value.length
      ? marked
      : [];
    const items = value.map((item, i) =>
      build(building, item, others[i], around)
    );
    return { kind: "sequence", items, offset: items[0]?.offset ?? around };
  }
  if (typeof value === "object" && value !== null) {
    return buildMapping(building, value as Tree, marked, around);
  }
  const agrees = typeof marked === "string" &&
    (typeof value !== "string" || unmark(marked) === value);
  return {
    kind: "scalar",
    value: value as Scalar["value"],
    offset: (agrees ? offsetOf(building.marked, marked) : null) ?? around,
  };
}

function buildMapping(
  building: Building,
  value: Tree,
  marked: unknown,
  around: number,
): Mapping {
  const others: Tree =
    typeof marked === "object" && marked !== null && !Array.isArray(marked)
      ? marked as Tree
      : {};
  const pairs = pairsOf(value, others);
  if (pairs === null) {
    building.problems.push({
      offset: around,
      problem:
        "the order of these keys is not known, since one of them is a number: begin each with a letter",
    });
    return { kind: "mapping", entries: [], offset: around };
  }
  const entries = new Map<string, Entry>();
  let offset = around;
  for (const [i, [key, markedKey]] of pairs.entries()) {
    const keyOffset =
      (markedKey === null ? null : offsetOf(building.marked, markedKey)) ??
        around;
    if (i === 0) offset = keyOffset;
    const node = build(
      building,
      value[key],
      markedKey === null ? undefined : others[markedKey],
      keyOffset,
    );
    if (key !== MERGE) {
      entries.set(key, { key, keyOffset, value: node });
      continue;
    }
    for (const source of node.kind === "sequence" ? node.items : [node]) {
      if (source.kind !== "mapping") {
        building.problems.push({
          offset: source.offset,
          problem:
            "'<<' is not followed by a mapping: expected a mapping or a list of mappings",
        });
        continue;
      }
      for (const entry of source.entries) {
        if (!entries.has(entry.key)) entries.set(entry.key, entry);
      }
    }
  }
  return { kind: "mapping", entries: [...entries.values()], offset };
}

/**
 * The keys of a value with their marked forms, in the order of the file.
 *
 * @returns null if that order cannot be known.
 */
function pairsOf(
  value: Tree,
  marked: Tree,
): (readonly [string, string | null])[] | null {
  const found = new Map(Object.keys(marked).map((key) => [unmark(key), key]));
  const keys = Object.keys(value);
  const agree = found.size === keys.length &&
    keys.every((key) => found.has(key));
  const ordered = agree ? [...found.values()] : keys;
  if (keys.length > 1 && ordered.some((key) => INDEX.test(key))) return null;
  return agree ? [...found] : keys.map((key) => [key, found.get(key) ?? null]);
}

// ----------------------------------------------------------------- places

/** Where the first key or scalar of a text begins. */
function firstOffset(marked: Marked): number {
  return marked.offsets[0] ?? 0;
}

/** Makes `Document.place` for a text. */
function placer(text: string, name: string): (offset: number) => string {
  const starts = [0];
  for (const { index, 0: end } of text.matchAll(/\r\n|\r|\n/g)) {
    starts.push(index + end.length);
  }
  return (reported) => {
    // The parser adds a line's end to the last line if it has none.
    const offset = Math.min(reported, text.length);
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return `${name}:${low + 1}:${offset - starts[low]! + 1}`;
  };
}

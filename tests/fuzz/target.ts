/**
 * What is fuzzed: how cases are made, and what must hold for each.
 *
 * @module
 */

import type { Random } from "../support/random.ts";
import type { Oracles } from "./oracle.ts";

/** One kind of input. A case is its bytes: a file of `tests/corpus/NAME/` holds one. */
export interface Target {
  readonly name: string;
  /**
   * Makes a case.
   *
   * @param known Cases to begin with, of the corpus.
   */
  make(random: Random, known: readonly Uint8Array[]): Uint8Array;
  /** Makes ready to judge cases. */
  open(oracles: Oracles): Promise<Judge>;
}

/** Judges cases of one target. */
export interface Judge {
  /** What is wrong with each case; null for nothing. */
  judge(cases: readonly Uint8Array[]): Promise<(string | null)[]>;
  /** How many cases said something, in words: a run in which nothing is accepted proves nothing. */
  readonly counts: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/** Counts cases in words. */
export function createCounts(): {
  counts: Map<string, number>;
  count: (what: string) => void;
} {
  const counts = new Map<string, number>();
  const count = (what: string) =>
    void counts.set(what, (counts.get(what) ?? 0) + 1);
  return { counts, count };
}

/** Text to bytes, one byte a code unit. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (unit) => unit.charCodeAt(0));
}

/** Pieces that mean something to some reader. */
const SPECIAL: readonly string[] = [
  "\r",
  "\n",
  "\r\n",
  "\r\n\r\n",
  "\n\n",
  " ",
  "\t",
  "\0",
  "\x0b",
  "\x0c",
  "\x7f",
  "\x80",
  "\x85",
  "\xa0",
  "\xc2\xa0",
  "\xe2\x80\xa8",
  "\xff",
  ":",
  ";",
  ",",
  "/",
  "//",
  "?",
  "#",
  "%",
  "%2e",
  "%2f",
  "%00",
  "%0d%0a",
  "\\",
  '"',
  "0",
  "+",
  "-",
  "_",
  "{",
  "}",
  "[",
  "]",
  "chunked",
  "Content-Length: 5\r\n",
  "Transfer-Encoding: chunked\r\n",
];

/** Changes a few bytes: takes out, doubles, moves, or puts in what means something. */
export function mutate(random: Random, bytes: Uint8Array): Uint8Array {
  let list = bytes;
  for (let left = 1 + random.below(3); left > 0; left--) {
    const from = random.below(list.length + 1);
    const to = Math.min(list.length, from + random.below(8));
    const part = list.slice(from, to);
    const [before, after] = [list.subarray(0, from), list.subarray(to)];
    switch (random.below(5)) {
      case 0:
        list = join(before, after);
        break;
      case 1:
        list = join(before, part, part, after);
        break;
      case 2:
        list = join(before, Uint8Array.of(random.below(256)), after);
        break;
      case 3: {
        const at = random.below(list.length + 1);
        list = join(list.subarray(0, at), part, list.subarray(at));
        break;
      }
      default:
        list = join(before, bytesOf(random.pick(SPECIAL)), part, after);
    }
  }
  return list;
}

/** Bytes one behind the other. */
export function join(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

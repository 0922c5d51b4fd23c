/**
 * Where values stand in a JSON text, on a runtime whose base does not find them:
 * the same as `base/src/json.rs`. Whatever parsers could read in different ways
 * has no places; the program looks at it.
 *
 * It goes through bytes, which V8 reads several times faster than a string. A
 * function takes where it begins and gives where it ends, or {@link NO}.
 *
 * @module
 */

import { encodeLatin1, encodeUtf8 } from "./text.ts";

/** The program's bounds (`lib/guard/json.ts`). */
const MAX_DEPTH = 64;
const MAX_KEYS = 2000;

/** In place of an end: the text must be looked at more closely. */
const NO = -1;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const MINUS = 0x2d;
const ZERO = 0x30;
const LETTER_N = 0x6e;

/** The bytes of these characters as 1, all others as 0. */
function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of encodeUtf8(characters)) table[byte] = 1;
  return table;
}
/** What ends a simple escape. */
const SIMPLE = tableOf('"\\/bfnrt');
const DIGITS = tableOf("0123456789abcdefABCDEF");
/** The words by their first bytes. */
const WORDS: ReadonlyMap<number, string> = new Map([
  [0x74, "true"],
  [0x66, "false"],
  [LETTER_N, "null"],
]);
const NOT_BYTES = /[\u0100-\uffff]/;

const encoder = new TextEncoder();
/** Room for the bytes of most texts: to make it anew for each costs as much as to look at them. */
const ROOM = new Uint8Array(64 * 1024);

/** A place to which paths lead, or through which they go. */
interface Branch {
  readonly keys: Map<string, Branch>;
  any: Branch | null;
  items: Branch | null;
  /** The line of the path that ends here; null where none does. */
  leaf: number | null;
}

/** A text that is gone through. */
interface Scan {
  readonly text: string;
  readonly bytes: Uint8Array;
  /** How many of {@link HASHES} are of keys of the objects that are open. */
  open: number;
  /** How many keys there were. */
  keys: number;
  /** The number of the last key. */
  hash: number;
  readonly found: number[];
}

/** Trees by their paths; one for each client and operation whose answers are rewritten. */
const trees = new Map<string, Branch>();
const MAX_TREES = 64;

/**
 * Numbers made of keys: equal keys have equal ones. They are those of one text:
 * nothing waits while it is gone through.
 */
const HASHES = new Int32Array(MAX_KEYS);

/** Finds values, as `placesIn()` of `json.ts` says. */
export function findPlaces(
  text: string,
  paths: string,
): readonly number[] | null {
  const bytes = bytesOf(text);
  if (bytes === null) return null;
  const found: number[] = [];
  const scan = { text, bytes, open: 0, keys: 0, hash: 0, found };
  const start = spaceFrom(bytes, 0);
  if (bytes[start] !== OPEN_OBJECT) return null;
  const end = valueFrom(scan, start, treeOf(paths), 0);
  return end === NO || spaceFrom(bytes, end) < bytes.length ? null : found;
}

/** The bytes of a text of one code unit a byte, until the next call; null where it is none. */
function bytesOf(text: string): Uint8Array | null {
  if (text.length <= ROOM.length) {
    const { read, written } = encoder.encodeInto(text, ROOM);
    // ASCII alone is the same in both.
    if (written === text.length && read === written) {
      return ROOM.subarray(0, written);
    }
  }
  return NOT_BYTES.test(text) ? null : encodeLatin1(text);
}

function treeOf(paths: string): Branch {
  const known = trees.get(paths);
  if (known !== undefined) return known;
  const tree = emptyBranch();
  for (const [line, path] of paths.split("\n").entries()) {
    let branch = tree;
    for (const step of path.split(".")) branch = stepInto(branch, step);
    branch.leaf = line;
  }
  if (trees.size >= MAX_TREES) trees.clear();
  trees.set(paths, tree);
  return tree;
}

function emptyBranch(): Branch {
  return { keys: new Map(), any: null, items: null, leaf: null };
}

function stepInto(branch: Branch, step: string): Branch {
  if (step === "*") return branch.any ??= emptyBranch();
  if (step === "[]") return branch.items ??= emptyBranch();
  const known = branch.keys.get(step) ?? emptyBranch();
  branch.keys.set(step, known);
  return known;
}

function spaceFrom(bytes: Uint8Array, at: number): number {
  while (at < bytes.length) {
    const byte = bytes[at]!;
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
    at++;
  }
  return at;
}

/** Passes over a value inside of so many levels; those at which a path of the branch ends are found. */
function valueFrom(
  scan: Scan,
  at: number,
  branch: Branch | null,
  level: number,
): number {
  if (branch === null) return anyFrom(scan, at, null, level);
  if (branch.leaf !== null) {
    // What is inside is its value.
    const end = anyFrom(scan, at, null, level);
    if (end !== NO) scan.found.push(branch.leaf, at, end);
    return end;
  }
  const first = scan.bytes[at];
  const goesOn = first === OPEN_OBJECT
    ? branch.items === null
    : first === OPEN_LIST
    ? branch.items !== null
    : first === LETTER_N;
  return goesOn ? anyFrom(scan, at, branch, level) : NO;
}

function anyFrom(
  scan: Scan,
  at: number,
  branch: Branch | null,
  level: number,
): number {
  switch (scan.bytes[at]) {
    case QUOTE:
      return stringFrom(scan, at);
    case OPEN_OBJECT:
      return level < MAX_DEPTH ? objectFrom(scan, at, branch, level + 1) : NO;
    case OPEN_LIST:
      return level < MAX_DEPTH
        ? listFrom(scan, at, branch?.items ?? null, level + 1)
        : NO;
  }
  const word = WORDS.get(scan.bytes[at]!);
  if (word === undefined) return numberFrom(scan.bytes, at);
  return scan.text.startsWith(word, at) ? at + word.length : NO;
}

function objectFrom(
  scan: Scan,
  start: number,
  branch: Branch | null,
  level: number,
): number {
  const { bytes } = scan;
  const first = scan.open;
  let at = spaceFrom(bytes, start + 1);
  if (bytes[at] === CLOSE_OBJECT) return at + 1;
  for (;;) {
    const end = keyFrom(scan, at, branch !== null);
    if (end === NO || ++scan.keys > MAX_KEYS) return NO;
    HASHES[scan.open++] = scan.hash;
    const below = branch === null
      ? null
      : branch.keys.get(scan.text.slice(at + 1, end - 1).toLowerCase()) ??
        branch.any;
    at = spaceFrom(bytes, end);
    if (bytes[at] !== COLON) return NO;
    at = valueFrom(scan, spaceFrom(bytes, at + 1), below, level);
    if (at === NO) return NO;
    at = spaceFrom(bytes, at);
    if (bytes[at] === CLOSE_OBJECT) break;
    if (bytes[at] !== COMMA) return NO;
    at = spaceFrom(bytes, at + 1);
  }
  if (isTwice(scan, first)) return NO;
  scan.open = first;
  return at + 1;
}

/** Whether two keys of the innermost object may be the same. */
function isTwice({ open }: Scan, first: number): boolean {
  const sorted = HASHES.subarray(first, open).sort();
  for (let i = 1; i < sorted.length; i++) {
    if (sorted[i] === sorted[i - 1]) return true;
  }
  return false;
}

function listFrom(
  scan: Scan,
  start: number,
  items: Branch | null,
  level: number,
): number {
  const { bytes } = scan;
  let at = spaceFrom(bytes, start + 1);
  if (bytes[at] === CLOSE_LIST) return at + 1;
  for (;;) {
    at = valueFrom(scan, at, items, level);
    if (at === NO) return NO;
    at = spaceFrom(bytes, at);
    if (bytes[at] === CLOSE_LIST) return at + 1;
    if (bytes[at] !== COMMA) return NO;
    at = spaceFrom(bytes, at + 1);
  }
}

/** Passes over a key without an escape; on a path it must be in ASCII, as Go takes other characters for letters of a field. */
function keyFrom(scan: Scan, start: number, isOnPath: boolean): number {
  const { bytes } = scan;
  if (bytes[start] !== QUOTE) return NO;
  let hash = 0;
  let all = 0;
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      scan.hash = hash;
      return isOnPath && all > 0x7f ? NO : at + 1;
    }
    if (byte < 0x20 || byte === BACKSLASH) return NO;
    hash = Math.imul(hash, 31) + byte | 0;
    all |= byte;
  }
  return NO;
}

function stringFrom({ bytes }: Scan, start: number): number {
  const { length } = bytes;
  for (let at = start + 1; at < length; at++) {
    const byte = bytes[at]!;
    // Most are letters.
    if (byte > BACKSLASH || byte > QUOTE && byte < BACKSLASH) continue;
    if (byte === QUOTE) return at + 1;
    if (byte < 0x20) return NO;
    if (byte !== BACKSLASH) continue;
    at++;
    if (SIMPLE[bytes[at]!] === 1) continue;
    if (!isUnit(bytes, at)) return NO;
    at += 4;
  }
  return NO;
}

/** Whether a `u` and four digits stand there, but no half of a surrogate pair. */
function isUnit(bytes: Uint8Array, at: number): boolean {
  const [first, second] = [bytes[at + 1]!, bytes[at + 2]!];
  const isHalf = (first | 0x20) === 0x64 && second > 0x37;
  return bytes[at] === 0x75 && !isHalf && DIGITS[first] === 1 &&
    DIGITS[second] === 1 && DIGITS[bytes[at + 3]!] === 1 &&
    DIGITS[bytes[at + 4]!] === 1;
}

function numberFrom(bytes: Uint8Array, start: number): number {
  let at = bytes[start] === MINUS ? start + 1 : start;
  at = bytes[at] === ZERO ? at + 1 : digitsFrom(bytes, at);
  if (at !== NO && bytes[at] === 0x2e) at = digitsFrom(bytes, at + 1);
  if (at !== NO && (bytes[at] === 0x65 || bytes[at] === 0x45)) {
    const sign = bytes[at + 1];
    at = digitsFrom(bytes, sign === 0x2b || sign === MINUS ? at + 2 : at + 1);
  }
  return at;
}

/** Passes over one digit or more. */
function digitsFrom(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at]! >= ZERO && bytes[at]! <= 0x39) at++;
  return at > start ? at : NO;
}

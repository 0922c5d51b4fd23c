/**
 * A program that compares every way of rewriting an answer with the exact walk,
 * on whichever runtime it runs: `hidden_programs.ts ANSWERS SEED COUNT`.
 *
 * ANSWERS is `tests/guard/hide/answers.json`. It prints how many texts were
 * compared, how many of them are shown, and the first that differ.
 *
 * @module
 */

import { rewriteExactly } from "../../lib/guard/hide/exact.ts";
import { hideValue } from "../../lib/guard/hide/marks.ts";
import {
  differenceOf,
  outlineOf,
  rewriteMember,
} from "../../lib/guard/hide/one_member.ts";
import { linesOf } from "../../lib/guard/hide/placed.ts";
import { answerGuard } from "../../lib/guard/hide/rewrite.ts";
import { type HideMark, hideRows } from "../../lib/guard/hide/rows.ts";
import { addPath, type Branch, emptyTree } from "../../lib/guard/hide/tree.ts";
import {
  type Hide,
  HIDE_NOTHING,
  HIDE_WORDS,
  hidesWord,
  parseFieldPath,
} from "../../lib/guard/hide/words.ts";
import {
  args,
  decodeLatin1,
  encodeUtf8,
  placesIn,
  printStdout,
  readTextFile,
} from "../../lib/host.ts";
import { createHideMemo, rewriteOnce } from "../../lib/proxy/hide_memo.ts";

const [path = "", seed = "1", count = "1000"] = args();

/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
function numbersOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = state + 0x6d2b79f5 | 0;
    let mixed = Math.imul(state ^ state >>> 15, state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}

const next = numbersOf(Number(seed));
const below = (limit: number) => Math.floor(next() * limit);
const oneOf = <T>(all: readonly T[]): T => all[below(all.length)]!;

const KEYS = ["x", "1", "80/tcp", "__proto__", "", "A", 'k"', "k\\", "é", "K"];
const WORDS = [
  ...KEYS,
  ":",
  '":',
  "A=s",
  "PATH=a&b",
  "<",
  "ſ",
  " :",
  "\n",
  "\u007f",
];
/** Texts that no writer gives, or that are refused. */
const ODD = [
  '"\\u0073"',
  '"\\/"',
  '"\\ud800"',
  '"\\uDE00"',
  '"\\ud83d\\ude00"',
  '"\\x"',
  "1.0",
  "01",
  "-",
  "1e400",
  "12345678901234567890",
  "nul",
  "[1,]",
  '"\t"',
  "",
];

function writtenWord(): string {
  const text = JSON.stringify(oneOf(WORDS) + oneOf(["", "", "a", ":", "\\"]));
  switch (below(24)) {
    case 0:
      return text.replaceAll('\\"', "\\u0022");
    case 1:
      return text.replaceAll(":", "\\u003a");
    case 2:
      return text.replaceAll("&", "\\u0026");
    default:
      return text;
  }
}

const space = () => below(80) === 0 ? oneOf([" ", "\t", "\n", "\r"]) : "";

/** A value that may be of the type which a mark hides, or anything. */
function valueText(depth: number): string {
  switch (below(depth > 3 ? 5 : 9)) {
    case 0:
    case 1:
    case 2:
      return writtenWord();
    case 3:
      return below(20) === 0 ? oneOf(ODD) : oneOf(["null", "true", "7", "{}"]);
    case 4:
      return "[]";
    case 5:
    case 6:
      return `[${space()}${
        Array.from({ length: below(4) }, writtenWord).join(`${space()},`)
      }]`;
    case 7:
      return `[${
        Array.from({ length: below(3) }, () => valueText(depth + 1)).join()
      }]`;
    default:
      return objectText(null, depth + 1);
  }
}

/** An object; below a branch mostly with its keys. */
function objectText(branch: Branch<HideMark> | null, depth: number): string {
  const known = branch === null ? [] : [...branch.keys.keys()];
  const members: string[] = [];
  for (let n = below(branch === null ? 4 : 8); n > 0; n--) {
    const isKnown = known.length > 0 && below(4) > 0;
    const key = isKnown ? oneOf(known) : oneOf(KEYS);
    const cased = below(3) === 0 ? key.toUpperCase() : key;
    const below_ = branch?.keys.get(key) ?? branch?.any ?? null;
    // A key twice in an object, now and then.
    if (
      below(30) > 0 &&
      members.some((one) => one.startsWith(JSON.stringify(cased)))
    ) continue;
    members.push(
      `${JSON.stringify(cased)}${space()}:${space()}${
        branchText(below_, depth)
      }`,
    );
  }
  return `{${members.join(",")}}`;
}

/** What stands where something is hidden: mostly of the type that the mark hides. */
function leafText(mark: HideMark, depth: number): string {
  if (mark === "-" || below(20) === 0) return valueText(depth);
  if (below(8) === 0) return "null";
  if (mark === "%" || mark === ":" || mark === "~" && below(2) === 0) {
    return writtenWord();
  }
  return `[${
    Array.from({ length: below(5) }, writtenWord).join(`${space()},`)
  }]`;
}

function branchText(branch: Branch<HideMark> | null, depth: number): string {
  if (branch === null || below(60) === 0) return valueText(depth);
  if (branch.leaf !== null) return leafText(branch.leaf, depth);
  if (below(12) === 0) return "null";
  if (branch.items === null) return objectText(branch, depth + 1);
  return `[${
    Array.from(
      { length: below(3) },
      () => branchText(branch.items, depth + 1),
    ).join()
  }]`;
}

/** One code unit a byte, as answers are. */
function asBytes(text: string): string {
  return decodeLatin1(encodeUtf8(text));
}

/** Something else of a text, mostly still JSON. */
function mutated(text: string): string {
  if (below(2) === 0) {
    // Within a string more often than not.
    const at = below(text.length);
    const part = oneOf(["z", "z", "é", "7", '":', "\\", asBytes(valueText(3))]);
    return text.slice(0, at) + part + text.slice(at + below(4));
  }
  for (let n = 1 + below(2); n > 0; n--) {
    const from = text.indexOf(",", below(text.length)) + 1;
    const cut = text.slice(from, from + below(40));
    const part = oneOf([
      cut,
      "",
      '"Env":["A=s"],',
      `"x":${asBytes(valueText(2))},`,
      '"Config":{"Cmd":["s"]},',
      ...'"\\:,{}[] '.split(""),
    ]);
    const to = part === "" ? from + cut.length : from;
    text = text.slice(0, from) + part + text.slice(to);
  }
  return text;
}

/** One client's words for one operation, and the exact walk for the same. */
interface Way {
  readonly name: string;
  readonly tree: Branch<HideMark>;
  readonly rewrite: (text: string) => string | { readonly problem: string };
  readonly exact: (text: string) => string | { readonly problem: string };
  readonly real: readonly string[];
  /** What the runtime is asked for; null where it is not. */
  readonly paths: string | null;
  readonly byMember: boolean;
}

function wayOf(operation: string, hide: Hide, real: readonly string[]): Way {
  const tree = emptyTree<HideMark>();
  const places = hideRows().get(operation)!.places
    .filter(({ words }) => words.some((word) => hidesWord(hide, word)));
  for (const { path, mark } of places) {
    const folded = path.map((step) => step.toLowerCase());
    addPath(tree, folded, (before) => before ?? mark);
  }
  const paths = hide.fields?.get(operation) ?? null;
  const fields = paths === null ? null : emptyTree<true>();
  for (const one of paths ?? []) {
    addPath(fields!, parseFieldPath(one)!, () => true);
  }
  return {
    name: `${operation} ${JSON.stringify({ ...hide, fields: paths })}`,
    tree,
    rewrite: answerGuard(hide, operation)!.rewrite!,
    exact: (text) =>
      rewriteExactly(
        text,
        fields,
        places.length === 0 ? null : tree,
        (value, mark, path) => hideValue(value, mark, hide, path),
      ),
    real,
    paths: fields === null ? linesOf(tree).paths : null,
    byMember: hideRows().get(operation)!.kind === "one",
  };
}

/** The words of a client by chance, of which something is hidden in an operation. */
function waysOf(answers: Record<string, Record<string, string>>): Way[] {
  const ways: Way[] = [];
  for (const [operation, { kind, places }] of hideRows()) {
    if (kind === "other" || kind === "top" || places.length === 0) continue;
    const real = Object.values(answers).flatMap((release) =>
      Object.entries(release).filter(([name]) =>
        name.split(" ")[0] === operation
      ).flatMap(([, text]) =>
        kind === "one"
          ? [text]
          : kind === "stream"
          ? text.trimEnd().split("\n")
          : JSON.parse(text).map((entry: unknown) => JSON.stringify(entry))
      )
    ).map(asBytes);
    const all = Object.fromEntries(HIDE_WORDS.map((word) => [word, true]));
    const every: Hide = { ...HIDE_NOTHING, ...all, env: "all" };
    const named: Hide = { ...every, env: ["a*"], envExcept: ["AB"] };
    const shown = new Map([[operation, [
      "Id",
      "Config.Env",
      "Config.Labels",
      "State",
      "x.*.A",
    ]]]);
    ways.push(wayOf(operation, every, real), wayOf(operation, named, real));
    ways.push(wayOf(operation, { ...every, fields: shown }, real));
  }
  return ways;
}

const STRING_OR_SPACE = /"[^"\\]*(?:\\[^][^"\\]*)*"|\s+/g;

/** The same for every spelling of the same content: neither escapes that need not be nor spaces are there. */
function contentOf(text: string): string {
  return text.replace(
    STRING_OR_SPACE,
    (one) => one.startsWith('"') ? JSON.stringify(JSON.parse(one)) : "",
  );
}

function textFor({ tree, real }: Way): string {
  if (real.length > 0 && below(3) === 0) {
    return below(4) === 0 ? oneOf(real) : mutated(oneOf(real));
  }
  const text = objectText(tree, 1) + oneOf(["", "", "\n", " ", "}"]);
  const form = below(10) === 0 ? text.replaceAll("&", "\\u0026") : text;
  return asBytes(form);
}

/** What is shown of a text by the one before; null where that does not help. */
function rewrittenInPart(
  { byMember, exact, rewrite }: Way,
  before: string | undefined,
  text: string,
): string | null {
  if (!byMember || before === undefined || before === text) return null;
  const shown = exact(before);
  if (typeof shown !== "string") return null;
  const outline = outlineOf({ text: before, shown });
  const difference = differenceOf(before, text);
  if (outline === null || difference === null) return null;
  const splice = rewriteMember(before, outline, difference, text, rewrite);
  return splice === null
    ? null
    : shown.slice(0, splice.from) + splice.part + shown.slice(splice.to);
}

const ways = waysOf(JSON.parse(await readTextFile(path)));
/** Those whose real answers differ in one member from time to time. */
const polled = ways.filter(({ byMember, real }) => byMember && real.length > 0);
const memo = createHideMemo();
let shown = 0;
let refused = 0;
let differ = 0;
/** Texts in which the runtime itself found the places, and those that were rewritten in one member alone. */
let found = 0;
let inPart = 0;
/** The text before of each way: it comes again, as it was or with a part that differs. */
const last = new Map<Way, string>();
for (let n = 0; n < Number(count); n++) {
  const way = oneOf(below(3) === 0 ? polled : ways);
  const before = last.get(way);
  const text = before === undefined || below(3) > 0
    ? textFor(way)
    : below(3) === 0
    ? before
    : mutated(before);
  const exact = way.exact(text);
  if (typeof exact === "string") last.set(way, text);
  const part = rewrittenInPart(way, before, text);
  if (part !== null) inPart++;
  if (way.paths !== null && placesIn(text, way.paths)) found++;
  const fast = way.rewrite(text);
  const once = rewriteOnce(memo, way, text);
  const given = "problem" in once ? once : decodeLatin1(once);
  if (typeof exact === "string") shown++;
  else refused++;
  const agree = [fast, given, part ?? fast].every((one) =>
    typeof one === "string" && typeof exact === "string"
      ? contentOf(one) === contentOf(exact)
      : typeof one === typeof exact
  );
  if (agree) continue;
  if (differ++ < 5) {
    printStdout(
      `differ: ${way.name}\n${text}\n${
        JSON.stringify({ exact, fast, given, part })
      }\n`,
    );
  }
}
printStdout(
  `${shown} shown, ${refused} refused, ${differ} differ; ${found} found by the runtime, ${inPart} in part\n`,
);

/**
 * Reads a Dockerfile as the classic builder reads it (docs/guards.md, "Builds").
 * What its versions read in different ways is a problem: here-documents, an
 * escaped escape at a line's end, frontends. Pure.
 *
 * @module
 */

import { decodeLatin1, decodeUtf8, encodeUtf8 } from "../host.ts";
import { shown } from "./json.ts";

/** One instruction. */
export interface Instruction {
  /** The line on which it begins, from 1. */
  readonly line: number;
  /** In upper case, such as `FROM`. */
  readonly name: string;
  /** Flags before the arguments, such as `--from=build`. */
  readonly flags: readonly string[];
  /** The rest, without space around it. */
  readonly args: string;
}

/** A Dockerfile, read. */
export interface Dockerfile {
  readonly instructions: readonly Instruction[];
  /** What escapes a character, and joins lines. */
  readonly escape: string;
}

/** Why it is refused: a clause whose subject is the line. */
export interface DockerfileProblem {
  /** The line, from 1. */
  readonly line: number;
  readonly problem: string;
  /** What the builder read before it; null where it cannot be told what the builder reads. */
  readonly before?: readonly Instruction[];
}

/** How a version reads comments inside of an instruction. */
interface Dialect {
  /** Whether a comment may be indented; before 20.10 it was part of the instruction. */
  readonly indented: boolean;
}

const NAMES: ReadonlySet<string> = new Set(
  "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR"
    .split(" "),
);

/** The engine reads no line of 64 KiB; a character is up to four bytes. */
const MAX_LINE_CHARACTERS = 16_000;

/** Space that Go's readers trim and split at, beside ASCII's. */
const UNICODE_SPACE =
  /[\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]/;
// deno-lint-ignore no-control-regex -- tab, line feed and carriage return aside.
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;

/**
 * Reads a Dockerfile.
 *
 * @returns It as each of the builder's versions reads it, once where all read
 * the same; or why it is refused.
 */
export function readDockerfile(
  bytes: Uint8Array,
): readonly Dockerfile[] | DockerfileProblem {
  const text = decodeUtf8(bytes);
  if (
    text.includes("\ufffd") &&
    decodeLatin1(encodeUtf8(text)) !== decodeLatin1(bytes)
  ) return { line: 1, problem: "is not valid UTF-8" };
  const lines = text.replace(/^\ufeff/, "").split("\n")
    .map((line) => line.replace(/\r$/, ""));
  for (const [i, line] of lines.entries()) {
    const problem = findLineProblem(line);
    if (problem !== null) return { line: i + 1, problem };
  }
  const escape = readEscape(lines);
  if (typeof escape !== "string") return escape;
  const now = readLines(lines, escape, { indented: true });
  if ("problem" in now) return now;
  const read = { instructions: now, escape };
  if (!lines.some((line) => /^[ \t]+#/.test(line))) return [read];
  const before = readLines(lines, escape, { indented: false });
  if (!("problem" in before)) return [read, { instructions: before, escape }];
  // That version ends with an error, some after what stands before it.
  return before.before === undefined
    ? before
    : [read, { instructions: before.before, escape }];
}

function findLineProblem(line: string): string | null {
  if (line.length > MAX_LINE_CHARACTERS) return "is too long";
  if (line.includes("\r")) {
    return "has a carriage return that is not at its end";
  }
  if (CONTROL.test(line)) return "has a control character";
  const first = /^[ \t]*([^]?)/.exec(line)![1]!;
  return UNICODE_SPACE.test(first)
    ? "begins with space that is not ASCII"
    : null;
}

/** Go knows ASCII's space alone here: with another one it is a comment. */
const DIRECTIVE =
  /^#[ \t]*([a-z][a-z0-9]*)[ \t]*=[ \t]*((?:[^]*[^ \t])?)[ \t]*$/i;

/**
 * What escapes, by the directive at the top. Versions disagree on which comments
 * before it end the directives: it must stand first.
 */
function readEscape(lines: readonly string[]): string | DockerfileProblem {
  let escape = "\\";
  for (const [i, text] of lines.entries()) {
    const line = text.trimStart();
    if (!line.startsWith("#")) break;
    const [, key, value] = DIRECTIVE.exec(line) ?? [];
    const word = key?.toLowerCase();
    if (word === "syntax") {
      const what = `names the frontend '${shown(value!)}'`;
      return {
        line: i + 1,
        problem: `${what}, which may read this file in its own way`,
      };
    }
    if (word !== "escape") continue;
    if (i > 0 || value !== "\\" && value !== "`") {
      const problem =
        "is an escape directive that is not the first line, or not of \\ or `";
      return { line: i + 1, problem };
    }
    escape = value;
  }
  return escape;
}

function readLines(
  lines: readonly string[],
  escape: string,
  { indented }: Dialect,
): readonly Instruction[] | DockerfileProblem {
  const instructions: Instruction[] = [];
  // A trailing escape joins the next line, unless it is itself escaped.
  const joins = new RegExp(`\\${escape}[ \t]*$`);
  const doubled = new RegExp(`\\${escape}\\${escape}[ \t]*$`);
  for (let i = 0; i < lines.length; i++) {
    const first = lines[i]!.trimStart();
    if (first.startsWith("#")) continue;
    const start = i + 1;
    const parts: string[] = [];
    let line = first;
    for (;;) {
      if (doubled.test(line)) {
        const problem =
          "ends with an escape that is escaped, which versions of the builder read in different ways";
        return { line: i + 1, problem };
      }
      const goesOn = joins.test(line);
      parts.push(line.replace(joins, ""));
      if (!goesOn) break;
      const next = nextPart(lines, i, indented);
      if (next >= lines.length) break;
      i = next;
      line = lines[i]!;
    }
    const text = parts.join("");
    if (text.trim() === "") continue;
    const read = readInstruction(text, start);
    if ("problem" in read) {
      return read.before === undefined
        ? read
        : { ...read, before: instructions };
    }
    instructions.push(read);
  }
  return instructions;
}

/** The next line that is part of an instruction: not empty, and no comment. */
function nextPart(
  lines: readonly string[],
  from: number,
  indented: boolean,
): number {
  const comment = indented ? /^[ \t]*#/ : /^#/;
  let i = from + 1;
  while (
    i < lines.length && (lines[i]!.trim() === "" || comment.test(lines[i]!))
  ) {
    i++;
  }
  return i;
}

/** Instructions whose arguments are read here. */
const READ: ReadonlySet<string> = new Set(
  ["FROM", "ARG", "COPY", "ADD", "ENV", "LABEL", "ONBUILD"],
);
/** Instructions in which newer versions read here-documents. */
const HEREDOCS: ReadonlySet<string> = new Set([
  "RUN",
  "COPY",
  "ADD",
  "ONBUILD",
]);

/**
 * Reads one instruction, whose lines are joined.
 *
 * @param line The line on which it begins.
 */
export function readInstruction(
  text: string,
  line: number,
): Instruction | DockerfileProblem {
  const [, word, rest] = /^([^ \t]*)[ \t]*([^]*)$/.exec(text.trim())!;
  const name = word!.toUpperCase();
  if (!NAMES.has(name)) {
    // Anything may stand there where lines are joined as nobody meant them.
    const problem = /^[A-Za-z]{1,20}$/.test(word!)
      ? `has no instruction, but '${word}'`
      : "has no instruction, but other text";
    // Go takes more characters than ASCII's for these letters.
    return /^[!-~]+$/.test(word!)
      ? { line, problem, before: [] }
      : { line, problem };
  }
  if (READ.has(name) && UNICODE_SPACE.test(text)) {
    return { line, problem: "has space that is not ASCII" };
  }
  if (HEREDOCS.has(name) && /(?:^|[^<])<<(?:[^<]|$)/.test(rest!)) {
    const problem =
      "has '<<', after which newer versions of the builder read a document";
    return { line, problem };
  }
  const flags: string[] = [];
  let args = rest!;
  while (args.startsWith("--")) {
    const flag = /^[^ \t]+/.exec(args)![0];
    if (!/^--[a-z-]+(?:=[!-~]*)?$/.test(flag) || /["'`\\]/.test(flag)) {
      return {
        line,
        problem: `has a flag that is not plain: '${shown(flag)}'`,
      };
    }
    flags.push(flag);
    args = args.slice(flag.length).replace(/^[ \t]+/, "");
  }
  return { line, name, flags, args };
}

/** One word of an instruction, as it is written and without its quotes. */
export interface Word {
  readonly raw: string;
  /** Its text; null where it has variables or escapes. */
  readonly text: string | null;
}

/** Splits arguments at spaces outside of quotes; null where a quote does not end. */
export function splitWords(args: string, escape: string): Word[] | null {
  const piece = new RegExp(
    `\\${escape}[^]|"(?:[^"\\${escape}]|\\${escape}[^])*"|'[^']*'|[^ \t"'\\${escape}]+`,
    "y",
  );
  const words: Word[] = [];
  let raw = "";
  for (let at = 0; at < args.length; at = piece.lastIndex) {
    piece.lastIndex = at;
    const found = piece.exec(args)?.[0];
    if (found !== undefined) {
      raw += found;
      continue;
    }
    if (!/[ \t]/.test(args[at]!)) return null;
    if (raw !== "") words.push(wordOf(raw));
    raw = "";
    piece.lastIndex = at + 1;
  }
  if (raw !== "") words.push(wordOf(raw));
  return words;
}

/** A word with its text. */
export function wordOf(raw: string): Word {
  return { raw, text: unquoted(raw) };
}

function unquoted(raw: string): string | null {
  const quoted = /"([^"]*)"|'([^']*)'/g;
  return /[$\\`]/.test(raw) || /["']/.test(raw.replace(quoted, ""))
    ? null
    : raw.replace(quoted, "$1$2");
}

/** A name with its value, of `ENV` and `LABEL`; the value is null where it cannot be read. */
export type Pair = readonly [name: string, value: string | null];

/** Reads the pairs of `ENV` and `LABEL`; null where a name cannot be read. */
export function readPairs(args: string, escape: string): Pair[] | null {
  const words = splitWords(args, escape);
  if (words === null) return null;
  if (words.length > 0 && !words[0]!.raw.includes("=")) {
    // The old form: a name, and all the rest is its value.
    const [, raw, value] = /^([^ \t]+)[ \t]+([^]*)$/.exec(args) ?? [];
    const name = raw === undefined ? null : unquoted(raw);
    return name === null || name === "" ? null : [[name, unquoted(value!)]];
  }
  const pairs: Pair[] = [];
  for (const { raw } of words) {
    const mark = raw.indexOf("=");
    const name = mark < 0 ? null : unquoted(raw.slice(0, mark));
    if (name === null || name === "") return null;
    pairs.push([name, unquoted(raw.slice(mark + 1))]);
  }
  return pairs;
}

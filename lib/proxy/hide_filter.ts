/**
 * Takes what is hidden from a client out of the engine's answers, as they come:
 * one object is held at a time, nothing of it is passed on before it was read.
 *
 * @module
 */

import {
  type AnswerGuard,
  HIDDEN_ERROR,
  NOT_JSON,
} from "../guard/hide/rewrite.ts";
import { decodeLatin1, monotonic, pause } from "../host.ts";
import { readList } from "../identity/list_reader.ts";
import { type HideMemo, rewriteOnce } from "./hide_memo.ts";
import {
  type AnswerFilter,
  bytesOf,
  isProblem,
  joined,
  type Passed,
} from "./scope/answer_hold.ts";

/** Bytes of an answer that is one object. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Characters of one value of a stream. */
const MAX_VALUE = 1024 * 1024;
/** Bytes of a list that are read at once, and milliseconds after which others get a turn. */
const SLICE = 16 * 1024;
const TURN_MS = 3;
/** What begins each text of a sequence (RFC 7464). */
const RECORD_SEPARATOR = "\u001e";

/**
 * The filter of an answer with that status.
 *
 * @param memo Remembers answers that are one object.
 * @returns null where it passes as it comes.
 */
export function hideFilter(
  { kind, rewrite, hidesErrors }: AnswerGuard,
  status: number,
  memo: HideMemo,
): AnswerFilter | null {
  if (status >= 400) return hidesErrors ? replaceError() : null;
  if (rewrite === null) return null;
  if (kind === "list") return filterEntries(rewrite);
  if (kind === "stream") return filterValues(rewrite);
  const rewriting = { rewrite, byMember: kind === "one" };
  return filterObject((text) => rewriteOnce(memo, rewriting, text));
}

/** One filter after another. */
export function inTurn(first: AnswerFilter, next: AnswerFilter): AnswerFilter {
  const pass = async (passed: Passed): Promise<Passed> =>
    isProblem(passed) || passed.length === 0
      ? passed
      : await next.add(bytesOf(passed));
  return {
    live: first.live || next.live,
    add: async (bytes) => await pass(await first.add(bytes)),
    async end() {
      const last = await pass(await first.end());
      if (isProblem(last)) return last;
      const end = await next.end();
      return isProblem(end) ? end : joined(last, end);
    },
  };
}

type Rewrite = NonNullable<AnswerGuard["rewrite"]>;

/** An error whose message may show what is hidden: none of it is passed on. */
function replaceError(): AnswerFilter {
  return {
    live: false,
    add: () => Promise.resolve(""),
    end: () => Promise.resolve(HIDDEN_ERROR),
  };
}

/** Filters an object, of which nothing is shown before it is read whole. */
function filterObject(rewrite: (text: string) => Passed): AnswerFilter {
  const pieces: string[] = [];
  let size = 0;
  return {
    live: false,
    add(bytes) {
      size += bytes.length;
      const isTooLong = size > MAX_BYTES;
      // Each byte is a character: the bytes need no copy of their own.
      if (!isTooLong) pieces.push(decodeLatin1(bytes));
      return Promise.resolve(isTooLong ? { problem: "is too long" } : "");
    },
    // Most come in one piece, which needs no copy.
    end: () =>
      Promise.resolve(
        rewrite(pieces.length === 1 ? pieces[0]! : pieces.join("")),
      ),
  };
}

/** Filters a JSON list entry by entry. */
function filterEntries(rewrite: Rewrite): AnswerFilter {
  let entries: string[] = [];
  let wrong: string | null = null;
  let isOpen = false;
  let start = "";
  const reader = readList((text) => {
    if (wrong !== null) return;
    const shown = rewrite(text);
    if (typeof shown === "string") entries.push(shown);
    // The reader joins the text with what follows.
    else if (shown.problem === NOT_JSON) throw new Error(NOT_JSON);
    else wrong = `has an entry that ${shown.problem}`;
  });
  const taken = (problem: string | null, end: string): Passed => {
    if (wrong !== null || problem !== null) {
      return { problem: wrong ?? problem! };
    }
    if (entries.length === 0 && end === "") return "";
    const before = !isOpen ? "[" : entries.length > 0 ? "," : "";
    isOpen = true;
    const text = before + entries.join(",") + end;
    entries = [];
    return text;
  };
  return {
    live: false,
    async add(bytes) {
      // Enough to tell a list that is none.
      if (start.length < 16) start += decodeLatin1(bytes.subarray(0, 16));
      let since = monotonic();
      for (let from = 0; from < bytes.length; from += SLICE) {
        const problem = reader.add(bytes.subarray(from, from + SLICE));
        if (problem !== null || wrong !== null) return taken(problem, "");
        if (monotonic() - since < TURN_MS) continue;
        await pause(0);
        since = monotonic();
      }
      return taken(null, "");
    },
    end() {
      const problem = reader.end();
      // So engines write a list that is none, in some releases.
      const isNull = problem !== null && !isOpen && /^null\s{0,8}$/.test(start);
      return Promise.resolve(isNull ? start : taken(problem, "]\n"));
    },
  };
}

/** Filters JSON values, one a line, each as soon as it has come. */
function filterValues(rewrite: Rewrite): AnswerFilter {
  let rest: string[] = [];
  let size = 0;
  const tooLong = { problem: "has a value that is too long" };
  return {
    live: true,
    async add(bytes) {
      const lines = decodeLatin1(bytes).split("\n");
      const last = lines.pop()!;
      let shown = "";
      let since = monotonic();
      for (const line of lines) {
        if (size + line.length > MAX_VALUE) return tooLong;
        const whole = rest.length === 0 ? line : rest.join("") + line;
        rest = [];
        size = 0;
        const passed = rewriteLine(rewrite, whole);
        if (typeof passed !== "string") return passed;
        shown += `${passed}\n`;
        if (monotonic() - since < TURN_MS) continue;
        await pause(0);
        since = monotonic();
      }
      if (last !== "") rest.push(last);
      size += last.length;
      return size > MAX_VALUE ? tooLong : shown;
    },
    end: () => Promise.resolve(rewriteLine(rewrite, rest.join(""))),
  };
}

function rewriteLine(
  rewrite: Rewrite,
  line: string,
): string | { readonly problem: string } {
  const separator = line.startsWith(RECORD_SEPARATOR) ? RECORD_SEPARATOR : "";
  const text = line.slice(separator.length);
  if (text.trim() === "") return line;
  const shown = rewrite(text);
  return typeof shown === "string"
    ? separator + shown
    : { problem: `has a value that ${shown.problem}` };
}

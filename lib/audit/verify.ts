/**
 * Verifies a chain of lines: what was changed, taken out, put in or torn, with
 * its line. It is fed as it is read, so that a file of any length can be.
 *
 * What nobody can tell from the lines alone: whether whole lines are missing at
 * the end. So the last line is told, for a comparison with what is known from
 * elsewhere.
 *
 * @module
 */

import { macOf, NO_MAC, readAuditLine, type ReadLine } from "./chain.ts";

/** What was found at a place. */
export interface Found {
  readonly file: string;
  /** From 1; 0 for the whole file. */
  readonly line: number;
  /** A clause that follows the place. */
  readonly what: string;
  /** Whether it breaks the chain; else it is told beside. */
  readonly breaks: boolean;
}

/** What the lines so far came to. */
export interface Verification {
  readonly key: Uint8Array;
  /** Called with what was found, in the order of the lines. */
  readonly tell: (found: Found) => void;
  /** Lines that fit. */
  fit: number;
  /** Whether anything breaks the chain. */
  broken: boolean;
  /** The last line; null before the first. */
  last: ReadLine | null;
  file: string;
  /** Lines of this file so far. */
  lines: number;
}

/** Begins. */
export function startVerification(
  key: Uint8Array,
  tell: Verification["tell"],
): Verification {
  return {
    key,
    tell,
    fit: 0,
    broken: false,
    last: null,
    file: "",
    lines: 0,
  };
}

/** Begins the next file: it goes on where the one before has ended. */
export function startFile(of: Verification, file: string): void {
  of.file = file;
  of.lines = 0;
}

/**
 * Takes a line, without its line end.
 *
 * @param isWhole Whether it had one.
 */
export function takeLine(
  of: Verification,
  row: string,
  isWhole: boolean,
): void {
  of.lines++;
  // What follows a torn line begins with an empty one.
  if (row === "") return;
  const read = isWhole ? readAuditLine(row) : null;
  if (read === null) {
    return found(
      of,
      isWhole
        ? "is no whole line of an audit: it was torn, as by a crash or a full disk, or changed"
        : "has no end: it is being written, or was torn",
    );
  }
  if (read.mac === null) {
    found(
      of,
      "has no MAC: it was written without a key, or its MAC was taken out",
    );
    return;
  }
  judge(of, read);
  of.last = read;
}

/** Judges a line that has a MAC by the one before. */
function judge(of: Verification, read: ReadLine): void {
  const { key, last } = of;
  if (read.begins) {
    if (read.seq !== 1 || macOf(key, NO_MAC, read.open) !== read.mac) {
      return changed(of);
    }
    of.fit++;
    if (last === null && of.lines === 1) return;
    return found(
      of,
      `begins a new chain${
        read.why === "" ? "" : ` (${read.why})`
      }: what stood before it, and whether lines are missing there, cannot be verified`,
    );
  }
  const before = last?.mac ?? null;
  if (before !== null && fits(of, read, before)) {
    of.fit++;
    tellEvent(of, read);
    return;
  }
  if (read.prev !== null && fits(of, read, read.prev)) {
    of.fit++;
    return last === null ? goesOn(of, read) : gap(of, read, last);
  }
  if (last === null) {
    // Nothing before it is known, so nothing can be said of it.
    if (read.seq > 1) {
      return found(
        of,
        `is line number ${read.seq} of its chain: those before it are missing, so that it cannot be verified itself`,
      );
    }
    return changed(of);
  }
  if (read.seq === last.seq + 1) return changed(of);
  gap(of, read, last);
}

/** The first line that is verified, and that names the one before. */
function goesOn(of: Verification, read: ReadLine): void {
  const { event, seq, why } = read;
  if (event === "opened" && why !== "cut") {
    note(
      of,
      `goes on from line number ${
        seq - 1
      } of its chain, in the file before this one: name that first, to verify both`,
    );
    return tellMoved(of, read);
  }
  found(
    of,
    `goes on from line number ${
      seq - 1
    } of its chain, which stood in this file: the lines before it are missing`,
  );
}

function fits({ key }: Verification, read: ReadLine, before: string): boolean {
  return macOf(key, before, read.open) === read.mac;
}

function changed(of: Verification): void {
  found(of, "does not fit the key: it was changed, or another key was used");
}

function gap(
  of: Verification,
  { seq }: ReadLine,
  { seq: before }: ReadLine,
): void {
  const missing = seq - before - 1;
  found(
    of,
    missing > 0
      ? `is line number ${seq} of its chain, and ${before} stands before it: ${missing} ${
        missing === 1 ? "line is" : "lines are"
      } missing`
      : `is line number ${seq} of its chain, and ${before} stands before it: lines were moved, repeated or put in`,
  );
}

/** Tells what a line says that fits: it is no break, but worth a look. */
function tellEvent(of: Verification, read: ReadLine): void {
  const { last } = of;
  if (read.dropped > 0) {
    note(of, `says that ${read.dropped} lines before it were not written`);
  }
  tellMoved(of, read);
  if (read.event === "started" && last?.event !== "stopped") {
    note(
      of,
      "is a start after no stop: sockwarden was killed, and the last lines before it may never have been written",
    );
  }
}

/** Tells of a file that was taken away under sockwarden: a rotation does that, and so does who hides it. */
function tellMoved(of: Verification, { event, why }: ReadLine): void {
  if (event !== "opened" || why !== "moved") return;
  note(
    of,
    "begins a new file, since the one before was renamed or removed while sockwarden wrote it: if no rotation of yours does that, find out who did",
  );
}

function found(of: Verification, what: string): void {
  of.broken = true;
  of.tell({ file: of.file, line: of.lines, what, breaks: true });
}

function note(of: Verification, what: string): void {
  of.tell({ file: of.file, line: of.lines, what, breaks: false });
}

/** What is said of the end, where the lines alone say nothing. */
export function endText({ last }: Verification): string {
  if (last === null) return "no line could be verified";
  const { seq, time, event } = last;
  const end =
    `the last line is number ${seq} of its chain, of ${time}: that whole lines are missing after it cannot be told from the file`;
  return event === "stopped"
    ? `${end}; it is that of a clean stop`
    : `${end}; it is not that of a clean stop: sockwarden still runs, was killed, or lines were cut off`;
}

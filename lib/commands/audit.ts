/**
 * `sockwarden audit verify FILE… --audit-key KEY`: what was changed, taken out,
 * put in or torn.
 *
 * @module
 */

import { readAuditKey } from "../audit/open.ts";
import { reasonOf } from "../audit/sink.ts";
import {
  endText,
  type Found,
  startFile,
  startVerification,
  takeLine,
  type Verification,
} from "../audit/verify.ts";
import { readFlags } from "../config/flags.ts";
import { decodeUtf8, printStderr, printStdout, readPart } from "../host.ts";
import { escapeControl } from "../observe/control.ts";
import { printProblems } from "./configure.ts";
import { ownArguments } from "./own_flags.ts";

/** Bytes that are read at a time: no line is longer. */
const PART_BYTES = 1 << 20;
const LINE_END = 0x0a;
/** Places that are printed; the rest is a number. */
const MAX_PRINTED = 100;

const USAGE =
  "expected sockwarden audit verify FILE… --audit-key KEY, the oldest file first";

/**
 * Verifies files of an audit, the oldest first.
 *
 * @returns 0 if every line fits, 1 if one does not, 2 if the call is wrong or
 * something could not be read.
 */
export function audit(argv: readonly string[]): number {
  const flags = readFlags(argv, ownArguments("audit"));
  const [word, ...files] = flags.words;
  const keyPath = flags.values.get("audit-key")?.[0];
  if (
    flags.problems.length > 0 || word !== "verify" || files.length === 0 ||
    keyPath === undefined
  ) {
    printProblems(flags.problems.length > 0 ? flags.problems : [USAGE]);
    return 2;
  }
  const read = readAuditKey(keyPath);
  if ("problem" in read) {
    printProblems([`--audit-key=${keyPath}: ${read.problem}`]);
    return 2;
  }
  let told = 0;
  const of = startVerification(read.key, (found) => {
    if (++told <= MAX_PRINTED) printStdout(`${textOf(found)}\n`);
  });
  for (const file of files) {
    startFile(of, file);
    try {
      forEachLine(file, (row, isWhole) => takeLine(of, row, isWhole));
    } catch (error) {
      printProblems([`${file}: ${reasonOf(error)}`]);
      return 2;
    }
  }
  if (told > MAX_PRINTED) printStdout(`and ${told - MAX_PRINTED} more\n`);
  return summary(of);
}

/** Prints what all came to; returns the exit code. */
function summary(of: Verification): number {
  if (of.fit === 0 && !of.broken) {
    printStderr("sockwarden: there is no line to verify\n");
    return 2;
  }
  const lines = `${of.fit} ${of.fit === 1 ? "line fits" : "lines fit"} the key`;
  printStdout(
    `${
      of.broken
        ? `NOT WHOLE: ${lines}, and what is named above does not`
        : `whole: ${lines}`
    }; ${endText(of)}\n`,
  );
  return of.broken ? 1 : 0;
}

function textOf({ file, line, what, breaks }: Found): string {
  return `${escapeControl(file)}:${line}: ${breaks ? "" : "note: "}${
    escapeControl(what)
  }`;
}

/**
 * Reads a file line by line, a part at a time.
 *
 * @param take Gets each line without its line end, and whether it had one.
 */
function forEachLine(
  path: string,
  take: (row: string, isWhole: boolean) => void,
): void {
  for (let from = 0;;) {
    const part = readPart(path, from, PART_BYTES);
    if (part.length === 0) return;
    let at = 0;
    for (
      let end = part.indexOf(LINE_END);
      end >= 0;
      end = part.indexOf(LINE_END, at)
    ) {
      take(decodeUtf8(part.subarray(at, end)), true);
      at = end + 1;
    }
    if (at > 0) from += at;
    else {
      // The end of the file, or what is longer than any line of an audit.
      take(decodeUtf8(part), false);
      from += part.length;
    }
  }
}

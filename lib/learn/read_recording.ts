/**
 * Reads the text of a recording, of an audit or of a JSON log. What can be read is used, the
 * rest is named with its line. Pure.
 *
 * @module
 */

import { parseJson } from "../host.ts";
import { fileKind } from "./file_kind.ts";
import { createAuditReader } from "./audit_lines.ts";
import { createLogReader, type ReadLogLine } from "./log_lines.ts";
import { isObject, readLine } from "./read_line.ts";
import { MAX_LINE, type RecordingLine } from "./recording.ts";

/** What is wrong with a file. */
export interface Problem {
  readonly file: string;
  /** From 1; 0 for the whole file. */
  readonly line: number;
  /** A clause that follows the place. */
  readonly what: string;
}

/** Problems of one file that are told; the rest is a number. */
export const MAX_PROBLEMS = 20;

/** A problem as it is printed. */
export function problemText({ file, line, what }: Problem): string {
  return line === 0 ? `${file} ${what}` : `${file}:${line} ${what}`;
}

/**
 * Reads the lines of a file in their order.
 *
 * @param file Its name, for messages.
 * @param text All of it, or as much as there is.
 * @param take Gets each line that could be read. A log is given as a run of its
 * own.
 * @returns What could not be read.
 */
export function readRecording(
  file: string,
  text: string,
  take: (line: RecordingLine) => void,
): Problem[] {
  const kind = fileKind(text);
  if (kind !== null) return [{ file, line: 0, what: kind }];
  const problems: Problem[] = [];
  let untold = 0;
  const complain = (line: number, what: string) => {
    if (problems.length < MAX_PROBLEMS) problems.push({ file, line, what });
    else untold++;
  };
  const lost = new Set<string>();
  const log = createLogReader();
  const audit = createAuditReader();
  const use = (number: number, read: ReadLogLine) => {
    if ("line" in read) return take(read.line);
    if ("lines" in read) return read.lines.forEach(take);
    if (read.lost !== undefined && lost.size < MAX_PROBLEMS) {
      lost.add(read.lost);
    }
    complain(number, read.problem);
  };
  forEachLine(text, (row, number, isLast) => {
    if (row.length > MAX_LINE) {
      return complain(
        number,
        `has more than ${MAX_LINE} characters and is left out`,
      );
    }
    const whole = parse(row);
    const value = whole ?? startIn(row);
    if (whole === null) {
      complain(
        number,
        value !== null
          ? "begins with a line that is cut and left out"
          : isLast
          ? "is cut: it has no end, and is left out"
          : "is no line of a recording, and is left out",
      );
    }
    if (value === null) return;
    if (typeof value.run === "string" && lost.has(value.run)) return;
    use(
      number,
      "audit" in value
        ? audit.take(value)
        : "schema" in value
        ? log(value, number)
        : readLine(value),
    );
  });
  use(0, audit.rest());
  return untold === 0 ? problems : [
    ...problems,
    { file, line: 0, what: `has ${untold} further lines that cannot be read` },
  ];
}

function parse(row: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = parseJson(row);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** How a run begins. */
const START = '{"recording":';

/** The start of a run behind a line that was cut when the program was killed; null for none. */
function startIn(row: string): Readonly<Record<string, unknown>> | null {
  const at = row.lastIndexOf(START);
  return at > 0 ? parse(row.slice(at)) : null;
}

/**
 * Calls for each line that is not empty.
 *
 * @param visit Gets the line, its number from 1, and whether the text ends in it
 * without a line break.
 */
function forEachLine(
  text: string,
  visit: (row: string, number: number, isLast: boolean) => void,
): void {
  let number = 0;
  for (let at = 0; at < text.length;) {
    const found = text.indexOf("\n", at);
    const end = found === -1 ? text.length : found;
    number++;
    if (end > at) visit(text.slice(at, end), number, found === -1);
    at = end + 1;
  }
}

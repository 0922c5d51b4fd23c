/**
 * The log on standard output.
 *
 * @module
 */

import { writeStdout } from "../host.ts";
import { isLogged, type LogLevel } from "./level.ts";
import {
  addLine,
  addOwnLine,
  createLineWriter,
  flushLines,
} from "./line_writer.ts";
import { jsonLine, textLine } from "./log_line.ts";
import { REASONS } from "./reasons.ts";
import type { RequestRecord } from "./record.ts";

/** The log. */
export interface Log {
  /** Writes a message. */
  line(level: LogLevel, message: string): void;
  /** Writes the line of a request. */
  request(record: RequestRecord): void;
  /** Writes a line of somebody else, with its line end, whatever waits already. */
  raw(line: string): void;
  /** Characters that wait. */
  rawHeld(): number;
  /** Whether the last try to write failed. */
  fails(): boolean;
  /** How many lines were dropped since the start. */
  dropped(): number;
  /** Waits until everything is written, for so many milliseconds at most. */
  flush(milliseconds: number): Promise<void>;
}

/**
 * Makes the log.
 *
 * @param threshold Lines below it are left out.
 * @param write Writes some of the bytes and tells how many; standard output if left out.
 */
export function createLog(
  threshold: LogLevel,
  format: "text" | "json",
  write: (bytes: Uint8Array) => Promise<number> = writeStdout,
): Log {
  const render = format === "json" ? jsonLine : textLine;
  const requests = isLogged("info", threshold);
  const writer = createLineWriter(write, (count) => {
    const message =
      `${count} log lines were dropped: they could not be written in time`;
    return render("warning", { message });
  });
  return {
    line(level, message) {
      if (isLogged(level, threshold)) {
        addLine(writer, render(level, { message }));
      }
    },
    request(record) {
      const level = levelOf(record);
      if (level === "info" ? requests : isLogged(level, threshold)) {
        addLine(writer, render(level, record));
      }
    },
    raw: (line) => addOwnLine(writer, line),
    rawHeld: () => writer.waiting.length + writer.left.length,
    fails: () => writer.failing,
    dropped: () => writer.lost,
    flush: (milliseconds) => flushLines(writer, milliseconds),
  };
}

/** The level of a request's line: a dry run's refusal is a warning. */
function levelOf({ code, wouldRefuse }: RequestRecord): LogLevel {
  return wouldRefuse === null ? REASONS[code].level : "warning";
}

/**
 * Reads the recordings that a command names, and prints what could not be read.
 *
 * @module
 */

import { errorKind, printStderr, readTextFile, stat } from "../host.ts";
import { problemText, readRecording } from "../learn/read_recording.ts";
import { createTally, type Tally } from "../learn/tally.ts";
import { commentText } from "../learn/yaml_text.ts";

/** Bytes of one file: it is held in memory as a whole. */
const MAX_BYTES = 256 << 20;

/** What recordings say, and whether all of them could be read. */
export interface Recordings {
  readonly tally: Tally;
  /** Whether something could not be read: the command then exits with 2. */
  readonly incomplete: boolean;
}

/** Reads the recordings at these paths; what cannot be read is printed, and the rest used. */
export function readRecordings(paths: readonly string[]): Recordings {
  const tallying = createTally();
  let incomplete = false;
  for (const path of paths) {
    const text = readFile(path);
    const problems = "problem" in text
      ? [`${path} ${text.problem}`]
      : readRecording(path, text.text, tallying.take).map(problemText);
    incomplete ||= problems.length > 0;
    for (const problem of problems) {
      printStderr(`sockwarden: ${commentText(problem)}\n`);
    }
  }
  const tally = tallying.result();
  if (tally.leftOut > 0) incomplete = true;
  return { tally, incomplete };
}

function readFile(path: string): { text: string } | { problem: string } {
  try {
    const size = stat(path)?.size ?? 0;
    return size > MAX_BYTES
      ? {
        problem: `has more than ${
          MAX_BYTES >> 20
        } MiB: split it between lines (split -C ${
          MAX_BYTES >> 20
        }M), and give all parts`,
      }
      : { text: readTextFile(path) };
  } catch (error) {
    switch (errorKind(error)) {
      case "NotFound":
        return { problem: "does not exist" };
      case "PermissionDenied":
        return { problem: "is not readable by this user" };
      default:
        return {
          problem: `cannot be read: ${
            error instanceof Error ? error.message : error
          }`,
        };
    }
  }
}

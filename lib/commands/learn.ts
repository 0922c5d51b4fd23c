/**
 * `sockwarden learn`: what clients need, from what they do and from recordings
 * of what they did.
 *
 * @module
 */

import { readFlags } from "../config/flags.ts";
import { printProblems } from "./configure.ts";
import { ownArguments } from "./own_flags.ts";

/** Flags that only serving takes. */
const SERVING = ["open", "record", "for"];

/**
 * Proposes what clients need: from recordings, or serves and records until it is
 * stopped where none is named.
 *
 * @returns 0; with `--format diff` 1 if the proposal allows something new; 2 if
 * the call is wrong or something could not be read.
 */
export async function learn(argv: readonly string[]): Promise<number> {
  const flags = readFlags(argv, ownArguments("learn"));
  if (flags.words.length === 0) {
    const { learnServing } = await import("./learn_serve.ts");
    return await learnServing(flags);
  }
  const given = SERVING.filter((flag) => flags.values.has(flag));
  if (given.length > 0) {
    printProblems([
      `--${given[0]} is for serving, and '${
        flags.words[0]
      }' is read as a recording: leave one of them out`,
    ]);
    return 2;
  }
  const { learnFromFiles } = await import("./learn_files.ts");
  return await learnFromFiles(flags);
}

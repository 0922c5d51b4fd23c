/**
 * `sockwarden learn`: what clients need, from recordings of what they did.
 *
 * @module
 */

import { type OwnArguments, readFlags } from "../config/flags.ts";
import { printStderr } from "../host.ts";

/** What `learn` takes beside the flags of `serve`. */
const OWN: OwnArguments = {
  flags: ["by", "format", "accept-risk"],
  repeatable: ["accept-risk"],
  maxWords: 1000,
};

/**
 * Proposes what clients need, from recordings.
 *
 * @returns 0; with `--format diff` 1 if the proposal allows something new; 2 if
 * the call is wrong or something could not be read.
 */
export async function learn(argv: readonly string[]): Promise<number> {
  const flags = readFlags(argv, OWN);
  if (flags.words.length === 0) {
    printStderr(
      "sockwarden: expected recordings: sockwarden learn FILE… [FLAGS]\n",
    );
    return 2;
  }
  const { learnFromFiles } = await import("./learn_files.ts");
  return await learnFromFiles(flags);
}

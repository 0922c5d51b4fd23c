/**
 * Writes the lines of the audit to standard output, by the log's own writer, so
 * that neither is ever within a line of the other.
 *
 * @module
 */

import type { Log } from "../observe/log.ts";
import { type Link, NO_LINK, seal } from "./chain.ts";
import type { Sink } from "./sink.ts";

/** Makes the sink; its run begins with this entry. */
export function createLogSink(
  log: Pick<Log, "raw" | "rawHeld" | "fails">,
  key: Uint8Array | null,
  started: string,
): Sink {
  let link: Link = NO_LINK;
  const add = (entry: string) => {
    const sealed = seal(entry, link, key);
    link = sealed.link;
    log.raw(sealed.line + "\n");
  };
  add(started);
  return {
    add,
    held: log.rawHeld,
    fails: log.fails,
    flush() {},
    written: () => Promise.resolve(!log.fails()),
    reopen() {},
    // The end of the log waits for what is left.
    end: () => Promise.resolve(0),
  };
}

/**
 * Follows an endless answer of the engine again whenever it has ended.
 *
 * @module
 */

import { pause } from "../host.ts";
import type { EngineAddress } from "../net/address.ts";
import { follow } from "./ask.ts";

/** Milliseconds between two tries. */
export const RETRY_INTERVAL_MS = 1000;

/** Who follows an answer, until it is stopped. */
export interface Following {
  stopped: boolean;
  /** Ends the answer that is being followed. */
  stopFollowing: () => void;
}

/** The callbacks of {@link followAgain}; none is called once it is stopped. */
export interface Follower {
  /** Called when the engine has answered 200, each time. */
  readonly begun: () => void;
  /** Called with each piece of the content, which is valid during the call only. */
  readonly more: (bytes: Uint8Array) => void;
  /**
   * Called when an answer has ended, and when there was none.
   *
   * @param reason Why, as a clause.
   * @param isNew Whether it is not the reason of the try before.
   */
  readonly ended: (reason: string, isNew: boolean) => void;
}

/** Follows an endless answer until it is stopped; never rejects. */
export async function followAgain(
  engine: EngineAddress,
  path: string,
  following: Following,
  { begun, more, ended }: Follower,
): Promise<void> {
  /** Why the answer ended, as it was said last; empty since it began again. */
  let said = "";
  while (!following.stopped) {
    const reason = await follow(engine, path, {
      stopper: (stop) => following.stopFollowing = stop,
      begun: () => {
        said = "";
        if (!following.stopped) begun();
      },
      more: (bytes) => {
        if (!following.stopped) more(bytes);
      },
    });
    if (following.stopped) return;
    ended(reason, reason !== said);
    said = reason;
    await pause(RETRY_INTERVAL_MS);
  }
}

/** Ends it for good. */
export function stopFollowing(following: Following): void {
  following.stopped = true;
  following.stopFollowing();
}

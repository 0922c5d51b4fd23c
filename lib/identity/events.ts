/**
 * Keeps the container index fresh: follows the engine's events, and lists the
 * containers again after each.
 *
 * @module
 */

import { follow } from "../engine/ask.ts";
import { after, pause } from "../host.ts";
import { type ContainerIndex, invalidate } from "./container_index.ts";

/** Follows the engine's events. Made by {@link createEventWatch}. */
export interface EventWatch {
  readonly index: ContainerIndex;
  started: boolean;
  stopped: boolean;
  /** Ends the answer that is being followed. */
  stopFollowing: () => void;
  /** Cancels the list that is due; null where none is. */
  cancelList: (() => void) | null;
}

/** Milliseconds between two tries at the engine's events, or at a list that failed. */
export const RETRY_INTERVAL_MS = 1000;
/** Milliseconds for which events are gathered before the containers are listed. */
export const GATHER_MS = 20;

/** The events that may change who owns an address; not those of every exec. */
const EVENTS = "/events?filters=" + encodeURIComponent(JSON.stringify({
  type: ["container", "network"],
  event: ["start", "die", "destroy", "rename", "connect", "disconnect"],
}));

/** Makes a watch that has not started. */
export function createEventWatch(index: ContainerIndex): EventWatch {
  return {
    index,
    started: false,
    stopped: false,
    stopFollowing: () => {},
    cancelList: null,
  };
}

/** Follows the events from now on; does nothing where that has begun already. */
export function startWatch(watch: EventWatch): void {
  if (watch.started) return;
  watch.started = true;
  void followUntilStopped(watch);
}

/** Ends the watch for good. */
export function stopWatch(watch: EventWatch): void {
  watch.stopped = true;
  watch.stopFollowing();
  watch.cancelList?.();
}

async function followUntilStopped(watch: EventWatch): Promise<void> {
  const { index } = watch;
  /** Why the events ended, as it was said last; empty since they began again. */
  let said = "";
  while (!watch.stopped) {
    const reason = await follow(index.options.engine, EVENTS, {
      stopper: (stop) => watch.stopFollowing = stop,
      begun: () => {
        said = "";
        listAfter(watch, 0);
      },
      more: () => listAfter(watch, GATHER_MS),
    });
    if (watch.stopped) return;
    invalidate(index);
    if (reason !== said) {
      said = reason;
      index.options.tell(
        "notice",
        `the engine's event stream ended (${reason}); clients are identified again, and sockwarden asks for the events every second`,
      );
    }
    await pause(RETRY_INTERVAL_MS);
  }
}

/** Lists the containers after so many milliseconds, and again until that succeeds; a list that is due already is enough. */
function listAfter(watch: EventWatch, milliseconds: number): void {
  const { index } = watch;
  watch.cancelList ??= after(milliseconds, async () => {
    watch.cancelList = null;
    if (await index.refresh() === null || watch.stopped) return;
    invalidate(index);
    listAfter(watch, RETRY_INTERVAL_MS);
  });
}

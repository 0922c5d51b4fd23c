/**
 * Keeps the container index fresh: follows the engine's events, and inspects
 * the containers that they name. After many at once, or where it is not clear
 * what happened, all containers are listed again.
 *
 * @module
 */

import {
  followAgain,
  type Following,
  RETRY_INTERVAL_MS,
  stopFollowing,
} from "../engine/follow.ts";
import { after, decodeLatin1 } from "../host.ts";
import { type ContainerIndex, invalidate } from "./container_index.ts";

/** Follows the engine's events. Made by {@link createEventWatch}. */
export interface EventWatch extends Following {
  readonly index: ContainerIndex;
  started: boolean;
  /** Cancels the look that is due; null where none is. */
  cancelLook: (() => void) | null;
  /** Whether a look is under way. */
  looking: boolean;
  /** The containers to inspect; null where all are to be listed. */
  named: Set<string> | null;
  /** The beginning of an event that has not come whole. */
  rest: string;
}

/** Milliseconds for which events are gathered before the engine is asked. */
export const GATHER_MS = 20;
/** Containers that are inspected one by one; if there are more, all are listed. */
export const MAX_NAMED = 16;
/** Characters of an event that has not come whole; in a longer one nothing is looked for. */
const MAX_REST = 64 * 1024;

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
    cancelLook: null,
    looking: false,
    named: null,
    rest: "",
  };
}

/** Follows the events from now on; does nothing where that has begun already. */
export function startWatch(watch: EventWatch): void {
  if (watch.started) return;
  watch.started = true;
  const { index } = watch;
  void followAgain(index.options.engine, EVENTS, watch, {
    begun: () => {
      watch.rest = "";
      watch.named = null;
      lookAfter(watch, 0);
    },
    more: (bytes) => {
      noteEvents(watch, decodeLatin1(bytes));
      lookAfter(watch, GATHER_MS);
    },
    ended: (reason, isNew) => {
      invalidate(index);
      if (!isNew) return;
      index.options.tell(
        "notice",
        `the engine's event stream ended (${reason}); clients are identified again, and sockwarden asks for the events every second`,
      );
    },
  });
}

/** Ends the watch for good. */
export function stopWatch(watch: EventWatch): void {
  stopFollowing(watch);
  watch.cancelLook?.();
}

/**
 * The start of an event as engines write it: its type, and the id of what it
 * happened to. The labels of a container come after that.
 */
const EVENT =
  /^\{(?:"(?:status|id|from)":"[^"\\]*",)*"Type":"(container|network)","Action":"[^"\\]*","Actor":\{"ID":"([0-9a-f]{64})"/;
/** The container that an event of a network is about. */
const OF_NETWORK = /"container":"([0-9a-f]{64})"/;

/** Notes which containers some events are about. */
function noteEvents(watch: EventWatch, text: string): void {
  const events = (watch.rest + text).split("\n");
  watch.rest = events.pop()!.slice(0, MAX_REST);
  for (const event of events) {
    if (event.trim() === "") continue;
    const [, type, id] = EVENT.exec(event) ?? [];
    const named = type === "network" ? OF_NETWORK.exec(event)?.[1] : id;
    if (named === undefined) watch.named = null;
    else watch.named?.add(named);
    if (watch.named !== null && watch.named.size > MAX_NAMED) {
      watch.named = null;
    }
  }
}

/** Looks after so many milliseconds what has happened, and again until that succeeds; a look that is due already is enough. */
function lookAfter(watch: EventWatch, milliseconds: number): void {
  watch.cancelLook ??= after(milliseconds, () => {
    watch.cancelLook = null;
    void look(watch);
  });
}

async function look(watch: EventWatch): Promise<void> {
  // The one that is under way looks for this too when it has ended.
  if (watch.looking) return;
  const { index, named } = watch;
  // What has come of an event may name nothing yet.
  const all = named === null || watch.rest !== "";
  watch.named = new Set();
  if (all) watch.rest = "";
  watch.looking = true;
  const failed = await (all ? index.refresh() : index.update([...named]));
  watch.looking = false;
  if (watch.stopped) return;
  if (failed !== null) {
    watch.named = null;
    invalidate(index);
    lookAfter(watch, RETRY_INTERVAL_MS);
  } else if (watch.named?.size !== 0 || watch.rest !== "") {
    lookAfter(watch, GATHER_MS);
  }
}

/**
 * Follows the stream of events: opens it, and opens it again with a growing
 * pause when it breaks.
 *
 * @module
 */

import { failureOf, messageOf } from "./api.ts";
import { eventReader, type ServerEvent } from "./sse.ts";

/** Milliseconds without a byte after which a stream counts as broken: the state comes every two seconds. */
const SILENCE_MS = 15_000;
const LONGEST_PAUSE_MS = 30_000;

/** What is told of the stream. */
export interface Listener {
  readonly onOpen: () => void;
  readonly onEvent: (event: ServerEvent) => void;
  /** It broke, and is tried again after so many milliseconds. */
  readonly onBreak: (reason: string, pauseMs: number, tries: number) => void;
  /** A token is wanted, or the one that was given is wrong: it is not tried again. */
  readonly onUnauthorized: () => void;
}

/** A stream that is followed. */
export interface Link {
  /** Ends it. */
  readonly stop: () => void;
  /** Tries again at once where it waits. */
  readonly retry: () => void;
}

/** Milliseconds before the next try, after so many that failed: 1 s, doubled, 30 s at most. */
export function pauseAfter(tries: number): number {
  return Math.min(1000 * 2 ** Math.max(0, tries - 1), LONGEST_PAUSE_MS);
}

/** Begins to follow a stream. */
export function follow(
  open: (signal: AbortSignal) => Promise<Response>,
  listener: Listener,
): Link {
  let stopped = false;
  let tries = 0;
  let current: AbortController | null = null;
  let wake: (() => void) | null = null;
  run();
  return {
    stop() {
      stopped = true;
      current?.abort();
      wake?.();
    },
    retry: () => wake?.(),
  };

  async function run(): Promise<void> {
    while (!stopped) {
      const controller = new AbortController();
      current = controller;
      const reason = await readOnce(open, controller, {
        ...listener,
        onEvent(event) {
          // Only what an event came from was a stream.
          tries = 0;
          listener.onEvent(event);
        },
      });
      if (stopped) return;
      if (reason === null) return listener.onUnauthorized();
      tries++;
      const pause = pauseAfter(tries);
      listener.onBreak(reason, pause, tries);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pause);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      wake = null;
    }
  }
}

/** Reads a stream to its end and says why it ended; null where a token is wanted. */
async function readOnce(
  open: (signal: AbortSignal) => Promise<Response>,
  controller: AbortController,
  { onOpen, onEvent }: Listener,
): Promise<string | null> {
  let silent = false;
  const watch = () =>
    setTimeout(() => {
      silent = true;
      controller.abort();
    }, SILENCE_MS);
  let timer = watch();
  try {
    const response = await open(controller.signal);
    if (response.status === 401) return null;
    if (!response.ok || response.body === null) {
      return (await failureOf(response)).message;
    }
    onOpen();
    const events = eventReader();
    const reader = response.body.pipeThrough(new TextDecoderStream())
      .getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return "the admin listener ended it";
      clearTimeout(timer);
      timer = watch();
      for (const event of events(value)) onEvent(event);
    }
  } catch (error) {
    controller.abort();
    return silent ? "nothing came for 15 seconds" : messageOf(error);
  } finally {
    clearTimeout(timer);
  }
}

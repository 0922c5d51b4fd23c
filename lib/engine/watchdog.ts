/**
 * Asks the engine again and again whether it is well, and tells when it is lost
 * and when it is back.
 *
 * @module
 */

import { monotonic, pause } from "../host.ts";
import type { EngineAddress } from "../net/address.ts";
import { lookAtEngine } from "./probe.ts";

/** What {@link startWatchdog} needs; times are milliseconds. */
export interface WatchdogOptions {
  readonly engine: EngineAddress;
  /** Time between the end of a probe and the next one. */
  readonly interval: number;
  /** How long it may be lost; null for as long as it is. */
  readonly patience: number | null;
  /** Called after each probe, with null where the engine is well, else the reason. */
  readonly probed: (reason: string | null) => void;
  /** Called once when an engine that was well is no longer. */
  readonly lost: (reason: string) => void;
  /** Called once when an engine that was lost is well again, with how long it was lost. */
  readonly back: (lostFor: number) => void;
  /** Called once when it was lost for longer than the patience; nothing is asked after that. */
  readonly gaveUp: (reason: string) => void;
  /** Asks it. A probe that could not ask, as descriptors are short here, counts for nothing. */
  readonly probe?: typeof lookAtEngine;
}

/**
 * Starts to ask. An engine that has never answered counts as lost from the start
 * on, but only `gaveUp` tells of it.
 *
 * @returns What ends it.
 */
export function startWatchdog(options: WatchdogOptions): () => void {
  const state = { stopped: false };
  void watch(options, state);
  return () => state.stopped = true;
}

async function watch(
  options: WatchdogOptions,
  state: { stopped: boolean },
): Promise<void> {
  const { engine, interval, patience, probe = lookAtEngine } = options;
  let wasWell = false;
  /** Since when it is lost; null where it is well. */
  let since: number | null = monotonic();
  while (!state.stopped) {
    const { reason, unasked } = await probe(engine)
      .catch((error) => ({
        reason: `internal error: ${error}`,
        unasked: false,
      }));
    if (state.stopped) return;
    if (unasked) {
      await pause(interval);
      continue;
    }
    options.probed(reason);
    if (reason === null) {
      if (since !== null && wasWell) options.back(monotonic() - since);
      wasWell = true;
      since = null;
    } else {
      if (since === null) options.lost(reason);
      // Not since it was asked: one slow answer alone must not end the program.
      since ??= monotonic();
    }
    const left = since === null || patience === null
      ? Infinity
      : since + patience - monotonic();
    if (left <= 0) return options.gaveUp(reason!);
    // The last look is when the patience ends.
    await pause(Math.min(interval, left));
  }
}

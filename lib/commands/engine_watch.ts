/**
 * What the log of a program that serves says of the engine, and what happens
 * when it is lost.
 *
 * @module
 */

import type { Config } from "../config/config.ts";
import { askVersion } from "../engine/probe.ts";
import { startWatchdog } from "../engine/watchdog.ts";
import { pause } from "../host.ts";
import { formatAddress } from "../net/address.ts";
import type { Log } from "../observe/log.ts";

/** Milliseconds between two questions to an engine that was not there at the start. */
const ENGINE_RETRY_MS = 2_000;
/** The exit code for an engine that was lost for too long: `EX_UNAVAILABLE` of sysexits.h. */
export const ENGINE_LOST_EXIT = 69;

/** Asks the engine for its version until it answers, and logs it; and once why it does not answer. */
export async function logEngine(log: Log, { engine }: Config): Promise<void> {
  const name = formatAddress(engine);
  for (let first = true;; first = false) {
    const answer = await askVersion(engine);
    if ("version" in answer) {
      const { version, apiVersion } = answer;
      return log.line(
        "notice",
        `engine ${name}: version ${version}, API ${apiVersion}`,
      );
    }
    if (answer.answered) {
      return log.line("err", `engine ${name}: ${answer.reason}`);
    }
    if (first) {
      log.line("err", `engine ${name} is not reachable yet: ${answer.reason}`);
    }
    await pause(ENGINE_RETRY_MS);
  }
}

/** Who is told of the engine. */
interface Watchers {
  /** Gets what each probe came to: null where the engine is well. */
  readonly probed: ((reason: string | null) => void) | undefined;
  /** Called when the engine is out of reach. */
  readonly denied: () => void;
  /** Stops the program in order, with that exit code. */
  readonly stop: (why: string, code: number) => void;
}

/** Starts the watchdog, where the settings ask for it; returns what ends it. */
export function watchEngine(
  { engine, watchdog }: Config,
  log: Log,
  { probed, denied, stop }: Watchers,
): () => void {
  if (watchdog === null) return () => {};
  const name = `engine ${formatAddress(engine)}`;
  return startWatchdog({
    engine,
    ...watchdog,
    probed(reason) {
      probed?.(reason);
      if (reason !== null) denied();
    },
    lost: (reason) => log.line("err", `${name} is lost: ${reason}`),
    back: (lostFor) =>
      log.line("notice", `${name} is back after ${secondsOf(lostFor)}`),
    gaveUp(reason) {
      log.line(
        "crit",
        `${name} has been lost for ${
          secondsOf(watchdog.patience!)
        } (--exit-on-engine-loss), exiting with code ${ENGINE_LOST_EXIT}: ${reason}`,
      );
      stop("engine loss", ENGINE_LOST_EXIT);
    },
  });
}

function secondsOf(milliseconds: number): string {
  return `${Math.round(milliseconds / 100) / 10} s`;
}

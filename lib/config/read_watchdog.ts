/**
 * Reads how the engine is watched.
 *
 * @module
 */

import type { WatchdogSettings } from "./config.ts";
import {
  isGiven,
  readOne,
  readTime,
  type SettingsReading,
} from "./setting_values.ts";

/** Milliseconds between two probes at the least: each is a connection to the engine. */
const MIN_INTERVAL_MS = 1000;

/** Reads the settings of the watchdog; null where there is none. */
export function readWatchdog(
  reading: SettingsReading,
): WatchdogSettings | null {
  const interval = readTime(reading, "watchdog", null);
  const patience = readTime(reading, "exit-on-engine-loss", null);
  const watchdog = readOne(reading, "watchdog");
  const exit = readOne(reading, "exit-on-engine-loss");
  if (!isGiven(watchdog)) {
    if (isGiven(exit)) {
      reading.problems.push(
        `${exit.setting}=${exit.value}: nothing watches the engine: add --watchdog 5s`,
      );
    }
    return null;
  }
  if (interval !== null && interval < MIN_INTERVAL_MS) {
    reading.problems.push(
      `${watchdog.setting}=${watchdog.value}: expected a time of at least 1s, such as 5s`,
    );
  }
  return interval === null ? null : { interval, patience };
}

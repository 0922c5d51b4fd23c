/**
 * Reads how the engine is watched.
 *
 * @module
 */

import type { WatchdogSettings } from "./config.ts";
import {
  isGiven,
  parseTime,
  readOne,
  type SettingsReading,
} from "./setting_values.ts";

/** Milliseconds between two probes at the least: each is a connection to the engine. */
const MIN_INTERVAL_MS = 1000;

/** Reads the settings of the watchdog; null where there is none. */
export function readWatchdog(
  reading: SettingsReading,
): WatchdogSettings | null {
  const interval = readTimeOf(reading, "watchdog");
  const patience = readTimeOf(reading, "exit-on-engine-loss");
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

/** A time in milliseconds; null for one that is not given, or malformed, which is reported. */
function readTimeOf(reading: SettingsReading, flag: string): number | null {
  const found = readOne(reading, flag);
  if (!isGiven(found)) return null;
  const time = parseTime(found.value);
  if (typeof time === "number") return time;
  reading.problems.push(`${found.setting}=${found.value}: ${time.problem}`);
  return null;
}

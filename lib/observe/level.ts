/**
 * Log levels under the names that HAProxy (and syslog) give them.
 *
 * @module
 */

/** The levels, most severe first. */
export const LEVELS = [
  "emerg",
  "alert",
  "crit",
  "err",
  "warning",
  "notice",
  "info",
  "debug",
] as const;

/** One level. */
export type LogLevel = typeof LEVELS[number];

/** Whether a line of one level is written where another is the threshold. */
export function isLogged(level: LogLevel, threshold: LogLevel): boolean {
  return LEVELS.indexOf(level) <= LEVELS.indexOf(threshold);
}

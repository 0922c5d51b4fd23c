/**
 * JSON for scripts.
 *
 * @module
 */

/** A value as JSON that people can read too, with a line feed at its end. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

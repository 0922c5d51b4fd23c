/**
 * JSON for scripts.
 *
 * @module
 */

/**
 * A value as JSON that people can read too, with a line feed at its end. It is
 * ASCII: a terminal that shows it reads no control character of a client in it.
 */
export function jsonText(value: unknown): string {
  return `${
    JSON.stringify(value, null, 2).replace(
      /[\x7f-\uffff]/g,
      (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
    )
  }\n`;
}

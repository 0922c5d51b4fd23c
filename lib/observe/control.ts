/**
 * Control characters in texts that come from elsewhere.
 *
 * @module
 */

/** C0, DEL, C1, and of Unicode the line separators and what turns the direction of a line. */
export const CONTROL =
  // deno-lint-ignore no-control-regex -- control characters are what it is about
  /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Control characters as `\xNN`, so that a text stays on its line. */
export function escapeControl(text: string): string {
  return text.replace(
    CONTROL,
    (character) =>
      `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/**
 * Control characters in texts that come from elsewhere.
 *
 * @module
 */

/** C0, DEL, C1, and the line separators of Unicode. */
// deno-lint-ignore no-control-regex -- control characters are what it is about
export const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g;

/** Control characters as `\xNN`, so that a text stays on its line. */
export function escapeControl(text: string): string {
  return text.replace(
    CONTROL,
    (character) =>
      `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

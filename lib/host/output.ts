/**
 * Standard output and standard error.
 *
 * @module
 */

import { encodeUtf8 } from "./text.ts";

/** Writes some of the bytes to standard output; returns how many. */
export function writeStdout(bytes: Uint8Array): Promise<number> {
  return Deno.stdout.write(bytes);
}

/** Writes all the text to standard output before it returns. */
export function printStdout(text: string): void {
  writeAllSync(Deno.stdout, text);
}

/** Writes all the text to standard error before it returns. */
export function printStderr(text: string): void {
  writeAllSync(Deno.stderr, text);
}

function writeAllSync(
  to: { writeSync(bytes: Uint8Array): number },
  text: string,
): void {
  const bytes = encodeUtf8(text);
  for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
}

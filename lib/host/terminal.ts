/**
 * The terminal at standard output.
 *
 * @module
 */

import { lean } from "./lean.ts";

/** Whether standard output is a terminal. */
export function isTerminal(): boolean {
  return lean === undefined ? Deno.stdout.isTerminal() : lean.terminal();
}

/** The size of the terminal in characters; null where it cannot be told, as in the lean build. */
export function terminalSize(): { columns: number; rows: number } | null {
  if (lean !== undefined) return null;
  try {
    const { columns, rows } = Deno.consoleSize();
    return columns > 0 && rows > 0 ? { columns, rows } : null;
  } catch {
    return null;
  }
}

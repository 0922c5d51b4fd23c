/**
 * The terminal at standard output.
 *
 * @module
 */

import { stat } from "./files.ts";
import { lean } from "./lean.ts";

/** Major numbers of the kernel's terminals: consoles, /dev/tty, and those of programs (Linux, admin-guide/devices.txt). */
const TERMINALS: readonly (readonly [first: number, last: number])[] = [
  [4, 5],
  [136, 143],
];

/** Whether standard output is a terminal. */
export function isTerminal(): boolean {
  if (lean === undefined) return Deno.stdout.isTerminal();
  try {
    const info = stat("/proc/self/fd/1");
    const major = (info?.rdev ?? 0) >> 8 & 0xfff;
    return info?.isCharDevice === true &&
      TERMINALS.some(([first, last]) => major >= first && major <= last);
  } catch {
    return false;
  }
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

/**
 * The terminal at standard output, and the keys at standard input.
 *
 * @module
 */

import { lean } from "./lean.ts";

/** Whether standard output is a terminal. */
export function isTerminal(): boolean {
  return lean === undefined ? Deno.stdout.isTerminal() : lean.terminal();
}

/** The size of the terminal in characters; null where it cannot be told. */
export function terminalSize(): { columns: number; rows: number } | null {
  try {
    const size = lean === undefined ? Deno.consoleSize() : lean.terminalSize();
    const { columns, rows } = size ?? { columns: 0, rows: 0 };
    return columns > 0 && rows > 0 ? { columns, rows } : null;
  } catch {
    return null;
  }
}

/** Bytes of keys that are read at a time. */
const KEYS = 64;

/**
 * Takes keys of the terminal at standard input, one by one and unseen, while
 * Ctrl-C stays a signal. Nothing is taken where there is no terminal.
 *
 * @param take Gets each key that is one character of ASCII.
 * @returns What gives the terminal back as it was.
 */
export function takeKeys(take: (key: string) => void): () => void {
  const isThere = lean === undefined
    ? Deno.stdin.isTerminal()
    : lean.takeKeys(true);
  if (!isThere) return () => {};
  if (lean === undefined) Deno.stdin.setRaw(true, { cbreak: true });
  let taking = true;
  void (async () => {
    const bytes = new Uint8Array(KEYS);
    while (taking) {
      const read = lean === undefined
        ? await Deno.stdin.read(bytes)
        : await lean.readKeys(bytes);
      // The terminal is gone.
      if (read === null || read === 0) return;
      // An escape begins what is no key of one character, such as an arrow.
      if (bytes[0] === ESCAPE) continue;
      for (const byte of bytes.subarray(0, read)) {
        if (taking) take(String.fromCharCode(byte));
      }
    }
  })().catch(() => {
    // As where there is none: signals still end the program.
  });
  return () => {
    taking = false;
    if (lean === undefined) Deno.stdin.setRaw(false);
    else lean.takeKeys(false);
  };
}

const ESCAPE = 0x1b;

/**
 * Reads the token of the admin listener from its file.
 *
 * @module
 */

import { readTextFile, stat } from "../host.ts";

/** A token, and what is to be warned of. */
export interface Token {
  readonly token: string;
  readonly warnings: readonly string[];
}

/** Characters of the longest token: a head has room for it. */
const MAX_LENGTH = 4096;
/** Characters of a token that cannot be guessed by trying. */
const MIN_LENGTH = 16;
/** The permission bit of a file that everyone may read. */
const READ_BY_OTHERS = 0o004;

/**
 * Reads a file with one token, which a line end may follow.
 *
 * @param setting The setting that names the file.
 */
export function readToken(
  path: string,
  setting: string,
): Token | { readonly problem: string } {
  const reject = (problem: string) => ({
    problem: `${setting}=${path}: ${problem}`,
  });
  let text: string;
  let mode: number | null;
  try {
    text = readTextFile(path);
    mode = stat(path)?.mode ?? null;
  } catch (error) {
    return reject(
      `the file cannot be read: ${
        error instanceof Error ? error.message : error
      }`,
    );
  }
  const token = text.replace(/\r?\n$/, "");
  if (token === "") return reject("the file is empty: write a token in it");
  if (!/^[!-~]+$/.test(token) || token.length > MAX_LENGTH) {
    return reject(
      `expected one token on one line: up to ${MAX_LENGTH} printable ASCII characters without spaces`,
    );
  }
  const warnings = [
    ...(token.length < MIN_LENGTH
      ? [
        `the token of ${path} is short: use ${MIN_LENGTH} random characters or more`,
      ]
      : []),
    ...((mode ?? 0) & READ_BY_OTHERS
      ? [
        `everyone on this host can read the token in ${path}: take that away (chmod o-r)`,
      ]
      : []),
  ];
  return { token, warnings };
}

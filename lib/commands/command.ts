/**
 * What a command is.
 *
 * @module
 */

/**
 * Runs a command.
 *
 * @param argv The arguments after the command's name.
 * @returns The exit code.
 */
export type RunCommand = (argv: readonly string[]) => number | Promise<number>;

/** One command. */
export interface Command {
  readonly name: string;
  /** What other programs call such a command. */
  readonly alias?: string;
  /** How it is called, without the program's name. */
  readonly usage: string;
  /** What it does, in one line. */
  readonly summary: string;
  readonly load: () => Promise<RunCommand>;
}

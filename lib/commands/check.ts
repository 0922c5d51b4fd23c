/**
 * `sockwarden check`: prints the effective policy.
 *
 * @module
 */

import { formatAddress } from "../config/address.ts";
import { printStdout } from "../host.ts";
import { compile } from "../policy/compile.ts";
import { sensitiveReads } from "../policy/warnings.ts";
import { configure } from "./configure.ts";

/** Prints each granted operation with what grants it; returns the exit code. */
export function check(argv: readonly string[]): number {
  const config = configure(argv);
  if (config === null) return 2;
  const policy = compile(config.grants);
  const granted = [...policy.verdicts.values()].filter(({ allowed }) =>
    allowed
  );
  const rows = [
    ["OPERATION", "CLASS", "GRANTED BY"],
    ...granted.map(({ operation, by }) => [
      operation.name,
      operation.access,
      by,
    ]),
    ...policy.allowPaths.map(({ text, setting }) => [text, "path", setting]),
  ];
  const total = policy.verdicts.size;
  printStdout(
    table(rows) +
      `\n${granted.length} of ${total} known operations are granted; all else is refused.\n` +
      `Listening: ${config.listeners.map(formatAddress).join(", ")}\n` +
      `Engine: ${formatAddress(config.engine)}\n` +
      [...config.warnings, ...sensitiveReads(policy)]
        .map((warning) => `Warning: ${warning}\n`).join(""),
  );
  return 0;
}

/** Rows as columns of equal width, two spaces apart. */
function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => widths[i] = Math.max(widths[i] ?? 0, cell.length));
  }
  return rows.map((row) =>
    row.map((cell, i) => cell.padEnd(widths[i]!)).join("  ").trimEnd() + "\n"
  ).join("");
}

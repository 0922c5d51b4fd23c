/**
 * Tables for people at a terminal.
 *
 * @module
 */

/**
 * Formats rows as columns of equal width, two spaces apart.
 *
 * @param rows Cells of one line each; rows may differ in length.
 * @returns One line per row, each with a line feed and without trailing spaces.
 */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => widths[i] = Math.max(widths[i] ?? 0, cell.length));
  }
  return rows.map((row) =>
    row.map((cell, i) => cell.padEnd(widths[i]!)).join("  ").trimEnd() + "\n"
  ).join("");
}

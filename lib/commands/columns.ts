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

/** The longest line of a table that {@link narrowTables} makes, unless two columns alone are longer. */
const MAX_WIDTH = 100;

/**
 * Formats rows as one table or, where that is too wide, as several below each
 * other: each begins with the first column. A row that has nothing but `-` in
 * one of several tables is left out of it.
 *
 * @param rows Cells of one line each; all rows have the same length.
 */
export function narrowTables(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) =>
    Math.max(...rows.map((row) => row[i]!.length))
  );
  const tables: number[][] = [];
  let width = Infinity;
  for (let i = 1; i < widths.length; i++) {
    width += 2 + widths[i]!;
    if (width > MAX_WIDTH) {
      tables.push([]);
      width = widths[0]! + 2 + widths[i]!;
    }
    tables.at(-1)!.push(i);
  }
  return tables.map((picked) =>
    columns(
      rows.filter((row) =>
        tables.length === 1 || picked.some((i) => row[i] !== "-")
      ).map((row) => [row[0]!, ...picked.map((i) => row[i]!)]),
    )
  ).join("\n");
}

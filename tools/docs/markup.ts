/**
 * Markdown for the generated pages.
 *
 * @module
 */

/** The comment at the top of every generated page. */
export const MADE_BY =
  "<!-- Made by `deno task docs` from the program's tables: do not edit. -->";

/** A text as code. */
export function code(text: string): string {
  return `\`${text}\``;
}

/** Several texts as code, with commas between them. */
export function codes(texts: readonly string[]): string {
  return texts.map(code).join(", ");
}

/**
 * A table.
 *
 * @param head The titles of the columns.
 * @param rows The cells of each row, as Markdown without line ends.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  return [head, head.map(() => "---"), ...rows]
    .map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** A table whose cells are not padded to the widest of their column. */
export function wideTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  return `<!-- deno-fmt-ignore-start -->\n\n${
    table(head, rows)
  }\n\n<!-- deno-fmt-ignore-end -->`;
}

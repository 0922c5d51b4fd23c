/**
 * JSON with comments, as editors write it: each comment is replaced by spaces,
 * so that a YAML parser reads the rest and every token keeps its place.
 *
 * @module
 */

/** A text without the comments of JSON, or why it is neither JSON nor YAML. */
export type Uncommented =
  | { readonly text: string; readonly json: boolean }
  | { readonly problem: string; readonly offset: number };

// RFC 8259: white space and punctuation, strings, literals; and comments.
const TOKEN =
  /[ \t\r\n{}[\],:]+|"[^"\\\r\n]*(?:\\.[^"\\\r\n]*)*"|(?:true|false|null|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![\w.+-])|\/\/[^\r\n]*|\/\*[\s\S]*?\*\//y;

/**
 * Replaces the comments of a JSON text by spaces.
 *
 * A text is JSON if it begins with `{` and every string in it is in double
 * quotes. Any other text may contain `//` or `/*` (`unix:///run`, `GET /*`) and
 * is not changed.
 *
 * @param text Without a byte order mark.
 * @returns The text, of the same length, and whether it is JSON; or a problem if
 * it has comments of JSON but is not JSON.
 */
export function replaceComments(text: string): Uncommented {
  const pieces: string[] = [];
  let commented = false;
  for (let at = 0; at < text.length;) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined) {
      return commented
        ? {
          problem:
            "found unquoted text after a comment of JSON (// or /*): write JSON in double quotes, or begin comments of YAML with #",
          offset: at,
        }
        : { text, json: false };
    }
    const isComment = token.startsWith("/");
    commented ||= isComment;
    pieces.push(isComment ? token.replace(/[^\r\n]/g, " ") : token);
    at += token.length;
  }
  const replaced = pieces.join("");
  return { text: replaced, json: /^[ \t\r\n]*\{/.test(replaced) };
}

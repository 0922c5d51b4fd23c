/**
 * JSON with comments, as editors write it: the comments give way to spaces, so
 * that a YAML parser reads the rest, and all else keeps its place.
 *
 * @module
 */

/** A text without the comments of JSON, or where it is neither JSON nor YAML. */
export type Uncommented =
  | { readonly text: string; readonly json: boolean }
  | { readonly problem: string; readonly offset: number };

// RFC 8259: white space and punctuation, strings, literals; and comments.
const TOKEN =
  /[ \t\r\n{}[\],:]+|"[^"\\\r\n]*(?:\\.[^"\\\r\n]*)*"|(?:true|false|null|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![\w.+-])|\/\/[^\r\n]*|\/\*[\s\S]*?\*\//y;

/**
 * Replaces the comments of a JSON text by spaces.
 *
 * A text is JSON where it begins with `{` and every word in it stands in double
 * quotes: any other may hold `//` or `/*` as text (`unix:///run`, `GET /*`),
 * and is left as it is.
 *
 * @param text Without a byte order mark.
 * @returns The text, as long as before, and whether it is JSON; or what is
 * wrong where comments of JSON stand beside what is none.
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
            "text outside of double quotes: JSON with comments has none, and comments of YAML begin with #",
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

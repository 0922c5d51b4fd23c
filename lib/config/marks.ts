/**
 * Finds where the keys and scalars of a YAML text begin, which the parser does
 * not report: a mark is put before each of them, the marked text is parsed as
 * well, and the marks in its values tell the places.
 *
 * @module
 */

/** A text with marks, and the place of each. */
export interface Marked {
  readonly text: string;
  /** The offset of the token after each mark, by the mark's number. */
  readonly offsets: readonly number[];
}

/** The characters that a mark is made of, on both sides of its number. */
export const MARK_CHARACTERS = /[\uE000\uE001]/;
const MARK = /\uE000([0-9]+)\uE001/g;
const FIRST_MARK = /^\uE000([0-9]+)\uE001/;

/*
 * Where a node may begin. In order: space, comments, directives, the marks
 * between documents, what parts nodes, anchors; tags (1); quoted scalars, as
 * keys with their colon (2, 3); what begins no plain scalar (4); plain scalars,
 * up to a space (5).
 */
const FRESH =
  /[ \t\r\n]+|#[^\r\n]*|^%[^\r\n]*|^(?:---|\.\.\.)(?=[ \t\r\n]|$)|[,[{]|[-?:](?=[ \t\r\n]|$)|&[^ \t\r\n,[\]{}]*|(!<[^>\r\n]*>|![^ \t\r\n,[\]{}]*)|("[^"\\]*(?:\\[\s\S][^"\\]*)*"|'[^']*(?:''[^']*)*')([ \t]*:)?|([\]}*|>%@`"'][^ \t\r\n,[\]{}]*)|([^ \t\r\n,[\]{}]+)/my;

/** After a node has begun: a comment, space, what a new node may follow (1), text. */
const INSIDE =
  /[ \t]+(?:#[^\r\n]*)?|([\r\n]+|[,[{]|:(?=[ \t\r\n]|$))|[^ \t\r\n,[{]+/my;

/**
 * Puts a mark before every place where a key or a scalar may begin.
 *
 * It does not need to know all of YAML: a mark too many is text within a scalar
 * and is removed again, and a mark that changes the meaning is found when the
 * values are compared. It marks text only: no indicators, anchors, aliases,
 * tags, tagged values or heads of block scalars.
 *
 * @param text Without MARK_CHARACTERS.
 */
export function mark(text: string): Marked {
  const pieces: string[] = [];
  const offsets: number[] = [];
  let fresh = true;
  let tagged = false;
  for (let at = 0; at < text.length;) {
    const pattern: RegExp = fresh ? FRESH : INSIDE;
    pattern.lastIndex = at;
    const found: RegExpExecArray = pattern.exec(text)!;
    const [token, first, quoted, colon, other, plain] = found;
    const next = at + token.length;
    let sign = "";
    if ((quoted ?? plain) !== undefined) {
      if (!tagged) {
        sign = `\uE000${offsets.length}\uE001`;
        offsets.push(at);
      }
      tagged = false;
    } else if (fresh && first !== undefined) tagged = true;
    if (quoted !== undefined) pieces.push(token[0]!, sign, token.slice(1));
    else pieces.push(sign, token);
    fresh = fresh
      ? colon !== undefined || (quoted ?? other ?? plain) === undefined ||
        endsKey(text, next)
      : first !== undefined || endsKey(text, next);
    at = next;
  }
  return { text: pieces.join(""), offsets };
}

/** The text of a key or a scalar without its marks. */
export function unmark(text: string): string {
  return text.replace(MARK, "");
}

/**
 * Where a key or a scalar of the marked text began.
 *
 * @returns null if it does not begin with a mark.
 */
export function offsetOf(marked: Marked, text: string): number | null {
  const found = FIRST_MARK.exec(text);
  return found === null ? null : marked.offsets[Number(found[1])] ?? null;
}

/** Whether the text before an offset ends with the colon of a key. */
function endsKey(text: string, at: number): boolean {
  return text[at - 1] === ":" && /^[ \t\r\n,[\]{}]?$/.test(text.charAt(at));
}

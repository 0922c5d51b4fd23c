/**
 * Where the keys and scalars of a YAML text stand, found with a parser that
 * does not tell: each gets a mark in front of it, the marked text is parsed
 * too, and what comes out bears the marks.
 *
 * @module
 */

/** A text with marks, and what they stand for. */
export interface Marked {
  readonly text: string;
  /** The offset of the token that each mark stands before, by its number. */
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
 * It need not know YAML: a mark too many is text within a scalar and comes out
 * again, and a mark that changes the meaning shows when the values are
 * compared. Nothing is marked that is more than text: indicators, anchors,
 * aliases, tags and what they tag, block scalars' heads.
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
 * @returns null where no mark stands at its very start.
 */
export function offsetOf(marked: Marked, text: string): number | null {
  const found = FIRST_MARK.exec(text);
  return found === null ? null : marked.offsets[Number(found[1])] ?? null;
}

/** Whether the text before an offset ends with the colon of a key. */
function endsKey(text: string, at: number): boolean {
  return text[at - 1] === ":" && /^[ \t\r\n,[\]{}]?$/.test(text.charAt(at));
}

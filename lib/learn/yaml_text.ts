/**
 * Texts of clients in YAML: as values, and in comments. Neither can end the line
 * or begin another key. Pure.
 *
 * @module
 */

/** Characters of a text in a comment. */
const MAX_COMMENT = 160;
/** Characters of a line of comments. */
const MAX_WIDTH = 100;

/**
 * All but letters, digits and what is printed in ASCII: line ends of every kind,
 * characters that turn the direction of text, and the private ones that the
 * reader of policy files refuses. Of the letters those that are not seen (the
 * fillers of Hangul), and those that are written from right to left: what stands
 * beside them is shown in another order.
 */
const UNPRINTED =
  /[^\x20-\x7e\p{L}\p{N}]|[\u115f\u1160\u3164\uffa0]|[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/gu;

/** Texts that stand for themselves without quotes: no number, no word of YAML, no sign that it reads. */
const PLAIN = /^(?=.{1,100}$)[A-Za-z][A-Za-z0-9_-]*(?:[./][A-Za-z0-9_-]+)*$/;
/** Words that readers of YAML 1.1 or 1.2 take for no text. */
const WORDS = /^(?:true|false|yes|no|on|off|y|n|null|nan|inf)$/i;

/** A text as a value, of which the reader of policy files gives back every character. */
export function scalar(text: string): string {
  return PLAIN.test(text) && !WORDS.test(text)
    ? text
    : JSON.stringify(text).replace(
      UNPRINTED,
      (character) =>
        [...Array(character.length).keys()].map((at) =>
          `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`
        ).join(""),
    );
}

/** A list of values on one line. */
export function flowList(texts: readonly string[]): string {
  return `[${texts.map(scalar).join(", ")}]`;
}

/** A text in a comment: on one line, without characters that are not seen, and not too long. */
export function commentText(text: string): string {
  const shown = text.replaceAll("\\", "\\\\").replace(
    UNPRINTED,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
  return shown.length > MAX_COMMENT
    ? `${shown.slice(0, MAX_COMMENT).replace(/[\ud800-\udbff]$/, "")}…`
    : shown;
}

/**
 * Words on lines of comments, none wider than a page where the words allow it.
 *
 * @param prefix The start of each line, such as `  # `.
 */
export function commentLines(prefix: string, text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && `${prefix}${line} ${word}`.length > MAX_WIDTH) {
      lines.push(prefix + line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, prefix + line];
}

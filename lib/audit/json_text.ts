/**
 * Texts that others chose, as JSON on one line of a terminal. Pure.
 *
 * @module
 */

/**
 * What JSON leaves as it is, and what a terminal or a reader may take for more
 * than text: DEL, C1, U+2028, U+2029. And what stands in place of bytes that are
 * no text, so that it stands for nothing else in a line that is read back.
 */
const LEFT = /[\x7f-\x9f\u2028\u2029\ufffd]/g;

/** Marks a text that was cut. */
const CUT = "…";

/**
 * A text as JSON, with every control character escaped.
 *
 * @param most Characters that are kept.
 */
export function jsonText(text: string, most = Infinity): string {
  const kept = text.length > most ? text.slice(0, most - 1) + CUT : text;
  return JSON.stringify(kept).replace(
    LEFT,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A list of texts as JSON. */
export function jsonList(texts: readonly string[], most = Infinity): string {
  return `[${texts.map((text) => jsonText(text, most)).join(",")}]`;
}

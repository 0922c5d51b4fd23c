/**
 * Checks the start of a request head that has not arrived whole, so that a
 * client that sends no HTTP, or sends without an end, is answered at once.
 *
 * @module
 */

import { UNFIT } from "./grammar.ts";
import {
  type HeadLimits,
  type HttpError,
  longRequestLine,
  tooLarge,
} from "./request.ts";

/**
 * Looks for what no continuation can mend.
 *
 * @param text What has arrived of the head, one code unit a byte.
 * @param from The part of `text` before this index was checked earlier.
 * @returns null where the head may still become a good one, else the error to
 * answer with: 414, 431 or 400.
 */
export function checkHeadStart(
  text: string,
  from: number,
  limits: HeadLimits,
): HttpError | null {
  const { headBytes, requestLineBytes } = limits;
  const line = from > requestLineBytes ? 0 : text.indexOf("\r\n");
  if ((line < 0 ? text.length : line) > requestLineBytes) {
    return longRequestLine(requestLineBytes);
  }
  if (text.length > headBytes) return tooLarge("head", "bytes", headBytes);
  // With the byte before, so that a line end across two pieces is seen whole.
  const piece = from === 0 ? text : text.slice(from - 1);
  if (/^[\r\n]/.test(text) || UNFIT.test(piece)) {
    return {
      status: 400,
      reason:
        "the head holds a control byte, a byte outside ASCII, or a line that does not end with CR LF",
    };
  }
  return null;
}

/**
 * Checks the start of a request head that has not arrived whole, so that a
 * client that sends no HTTP, or sends without an end, is answered at once.
 *
 * @module
 */

import {
  badRequest,
  type HttpError,
  longRequestLine,
  tooLarge,
} from "./error.ts";
import { EMPTY_FIRST_LINE, NEVER_IN_CLIENT_HEAD, OBS_TEXT } from "./grammar.ts";
import type { HeadLimits } from "./limits.ts";

const NOT_ASCII = badRequest(
  "http.bad_request_line",
  "the request line contains a byte outside ASCII",
);

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
  // A shorter text has no longer line: it is not searched again and again.
  if (text.length > requestLineBytes) {
    const end = text.indexOf("\r\n");
    // A CR at the end may be that of the line end.
    const size = end >= 0 ? end : text.length - (text.endsWith("\r") ? 1 : 0);
    if (size > requestLineBytes) return longRequestLine(requestLineBytes);
  }
  if (text.length > headBytes) {
    return tooLarge("bytes", headBytes, "--max-head-bytes");
  }
  // With the byte before, so that a line end across two pieces is seen whole.
  const piece = from === 0 ? text : text.slice(from - 1);
  if (EMPTY_FIRST_LINE.test(text) || NEVER_IN_CLIENT_HEAD.test(piece)) {
    return badRequest(
      "http.bad_field",
      "the head contains a control byte, or a line that does not end with CR LF",
    );
  }
  if (!OBS_TEXT.test(piece)) return null;
  const end = text.indexOf("\r\n");
  return OBS_TEXT.test(end < 0 ? piece : text.slice(from, end))
    ? NOT_ASCII
    : null;
}

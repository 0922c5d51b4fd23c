/**
 * Reads the first line of a request (RFC 9112 section 3).
 *
 * @module
 */

import { badRequest, type HttpError, longRequestLine } from "./error.ts";
import { ASCII_LINE, REQUEST_LINE, TOKEN } from "./grammar.ts";

/** What a request line says. */
export interface RequestLine {
  readonly method: string;
  /** The request-target as it came. */
  readonly target: string;
  /** The minor version of HTTP/1. */
  readonly minor: 0 | 1;
}

/** docs/engine-api/routing.md, "HTTP/2": not BuildKit alone, but every route. */
const HTTP_2 =
  "HTTP/2 is not served: over it Docker 29 and later gives its whole API, past every policy; use HTTP/1.1, and for builds buildx's docker driver (preset docker-build) or a BuildKit daemon of their own";

/**
 * Parses a request line.
 *
 * @param line The line without its line end, one code unit a byte.
 * @param maxBytes Bytes of the longest line that is read.
 * @returns The line, or the error: 414 too long, 505 another version of HTTP,
 * 400 everything else.
 */
export function parseRequestLine(
  line: string,
  maxBytes: number,
): RequestLine | HttpError {
  if (line.length > maxBytes) return longRequestLine(maxBytes);
  if (!ASCII_LINE.test(line)) {
    return badRequest(
      "http.bad_request_line",
      "the request line contains a control byte or a byte outside ASCII",
    );
  }
  const parts = REQUEST_LINE.exec(line);
  if (parts === null) {
    return badRequest(
      "http.bad_request_line",
      "the request line is not 'METHOD target HTTP/1.1'",
    );
  }
  const [, method, target, major, minor] = parts as unknown as string[];
  if (major !== "1" || (minor !== "0" && minor !== "1")) {
    return {
      status: 505,
      code: "http.bad_version",
      reason: major === "2"
        ? HTTP_2
        : `HTTP/${major}.${minor} is not supported; use HTTP/1.1`,
    };
  }
  if (!TOKEN.test(method!)) {
    return badRequest("http.bad_request_line", "the method is not a token");
  }
  return { method: method!, target: target!, minor: minor === "1" ? 1 : 0 };
}

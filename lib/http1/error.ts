/**
 * The errors that answer a request which is not read further.
 *
 * @module
 */

/** What is wrong, as a stable code (`docs/troubleshooting.md`, "Reason codes"). */
export type HttpErrorCode =
  | "http.bad_connection"
  | "http.bad_content_length"
  | "http.bad_expect"
  | "http.bad_field"
  | "http.bad_framing"
  | "http.bad_host"
  | "http.bad_request_line"
  | "http.bad_transfer_encoding"
  | "http.bad_version"
  | "http.duplicate_field"
  | "http.head_too_large"
  | "http.uri_too_long";

/** Why a message is refused. */
export interface HttpError {
  /** The status to answer with. */
  readonly status: number;
  readonly code: HttpErrorCode;
  /** The code in a sentence. */
  readonly reason: string;
}

/** 400: the message is malformed, or could be read in two ways. */
export function badRequest(code: HttpErrorCode, reason: string): HttpError {
  return { status: 400, code, reason };
}

/** 414: the request line is beyond its limit, in bytes (RFC 9110 section 15.5.15). */
export function longRequestLine(limit: number): HttpError {
  return {
    status: 414,
    code: "http.uri_too_long",
    reason:
      `the request line is longer than ${limit} bytes (--max-request-line)`,
  };
}

/**
 * 431: a head is beyond a limit (RFC 6585 section 5).
 *
 * @param flag The setting that is the limit.
 */
export function tooLarge(
  unit: "bytes" | "fields",
  limit: number,
  flag: string,
): HttpError {
  return {
    status: 431,
    code: "http.head_too_large",
    reason: `the head has more than ${limit} ${unit} (${flag})`,
  };
}

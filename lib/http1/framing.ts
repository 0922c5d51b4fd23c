/**
 * How the end of a message body is found (RFC 9112 section 6.3).
 *
 * @module
 */

import { badRequest, type HttpError } from "./error.ts";

/** How the end of a message body is found; a length is in bytes, 1 or more in a request. */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "until-close" };

/** No body. */
export const NO_BODY: Framing = { kind: "none" };
/** A body in chunks. */
export const CHUNKED: Framing = { kind: "chunked" };
const UNTIL_CLOSE: Framing = { kind: "until-close" };

/**
 * The framing of a request.
 *
 * @param length The Content-Length, checked; null where there is none.
 * @param chunked Whether the Transfer-Encoding is `chunked`.
 * @returns The framing, or the error where two readers could differ (RFC 9112
 * sections 6.1 and 6.3). A Content-Length of 0 means no body.
 */
export function requestFraming(
  minor: 0 | 1,
  length: string | null,
  chunked: boolean,
): Framing | HttpError {
  if (chunked && length !== null) {
    return badRequest(
      "http.bad_framing",
      "both Transfer-Encoding and Content-Length are given",
    );
  }
  if (chunked) {
    return minor === 1 ? CHUNKED : badRequest(
      "http.bad_framing",
      "an HTTP/1.0 request has a Transfer-Encoding",
    );
  }
  return length === null || Number(length) === 0
    ? NO_BODY
    : { kind: "length", length: Number(length) };
}

/** Whether an answer with this status has no body, whatever its fields say. */
export function isBodyless(status: number): boolean {
  return status < 200 || status === 204 || status === 304;
}

/**
 * The framing of the answer to a request other than HEAD.
 *
 * @param length The Content-Length, checked; null where there is none.
 * @param chunked Whether the Transfer-Encoding is `chunked`.
 */
export function responseFraming(
  status: number,
  length: string | null,
  chunked: boolean,
): Framing {
  if (isBodyless(status)) return NO_BODY;
  if (chunked) return CHUNKED;
  return length === null
    ? UNTIL_CLOSE
    : { kind: "length", length: Number(length) };
}

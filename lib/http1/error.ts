/**
 * The errors that answer a request which is not read further.
 *
 * @module
 */

/** Why a message is refused: the status to answer with and the reason. */
export interface HttpError {
  readonly status: number;
  readonly reason: string;
}

/** 400: the message is malformed, or could be read in two ways. */
export function badRequest(reason: string): HttpError {
  return { status: 400, reason };
}

/** 414: the request line is beyond its limit, in bytes (RFC 9110 section 15.5.15). */
export function longRequestLine(limit: number): HttpError {
  return {
    status: 414,
    reason: `the request line is longer than ${limit} bytes`,
  };
}

/** 431: a head is beyond a limit (RFC 6585 section 5). */
export function tooLarge(
  what: string,
  unit: string,
  limit: number,
): HttpError {
  return { status: 431, reason: `the ${what} has more than ${limit} ${unit}` };
}

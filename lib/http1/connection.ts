/**
 * What concerns one connection only: the fields that are never passed on, and
 * what a Connection field asks for (RFC 9110 section 7.6.1).
 *
 * @module
 */

import { badRequest, type HttpError } from "./error.ts";
import { listMembers } from "./grammar.ts";

/**
 * Fields that concern one connection only and are never passed on (RFC 9110
 * section 7.6.1, and the older names that implementations use).
 */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

/** Fields that a Connection field may not name: dropping them would change what was decided on. */
const NEVER_CONNECTION_OPTIONS: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "content-type",
  "content-encoding",
  "expect",
  "origin",
  "sec-fetch-site",
]);

/** Options of one request: each is compared with the name of each field. */
const MAX_OPTIONS = 100;

/** What the Connection fields of a request ask for. */
export interface ConnectionOptions {
  /** Whether the client keeps the connection (RFC 9112 section 9.3). */
  readonly keepAlive: boolean;
  /** Whether `upgrade` is among the options. */
  readonly upgrade: boolean;
}

/**
 * Reads the Connection fields of a request.
 *
 * @param value Their values, joined by commas.
 * @param names The names of the fields that are passed on, in lower case.
 * @returns The options, or the error where one names a field of the request.
 */
export function readConnection(
  minor: 0 | 1,
  value: string,
  names: readonly string[],
): ConnectionOptions | HttpError {
  let keepAlive = minor === 1;
  let upgrade = false;
  const options = listMembers(value, MAX_OPTIONS + 1);
  if (options.length > MAX_OPTIONS) {
    return badRequest(
      "http.bad_connection",
      `Connection has more than ${MAX_OPTIONS} options`,
    );
  }
  for (const option of options) {
    if (option === "close") keepAlive = false;
    else if (option === "upgrade") upgrade = true;
    else if (NEVER_CONNECTION_OPTIONS.has(option)) {
      return badRequest(
        "http.bad_connection",
        `Connection names ${option}, which belongs to the request`,
      );
    } else if (names.includes(option)) {
      return badRequest(
        "http.bad_connection",
        `Connection names the field ${option}; leave that field out of the request instead`,
      );
    }
  }
  return { keepAlive, upgrade };
}

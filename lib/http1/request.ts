/**
 * Reads the head of a request strictly: what two readers could take in two
 * ways is refused (RFC 9112; docs/engine-api/routing.md, "HTTP/1 framing").
 *
 * @module
 */

import { readConnection } from "./connection.ts";
import { badRequest, type HttpError, tooLarge } from "./error.ts";
import { type Framing, NO_BODY, requestFraming } from "./framing.ts";
import type { HeadLimits } from "./limits.ts";
import { readRequestFields, type RequestFields } from "./request_fields.ts";
import { parseRequestLine } from "./request_line.ts";

/** A request head that can be read in one way only. */
export interface RequestHead {
  readonly method: string;
  /** The request-target as it came. */
  readonly target: string;
  /** The minor version of HTTP/1. */
  readonly minor: 0 | 1;
  readonly framing: Framing;
  /** Whether the client keeps the connection for another request. */
  readonly keepAlive: boolean;
  /** Whether the client waits for 100 (Continue) before it sends the body. */
  readonly expectContinue: boolean;
  /** The protocol that the client asks to switch to, as it came; null if it asks for none. */
  readonly upgrade: string | null;
  /** The one Content-Type in lower case, or null. */
  readonly contentType: string | null;
  /** The Origin, or null. */
  readonly origin: string | null;
  /**
   * Whether a field is there that only browsers send: Sec-Fetch-Site, Referer,
   * or Accept-Language beside a `Mozilla/` User-Agent. A page under a rebound
   * name reads without an Origin.
   */
  readonly browser: boolean;
  /** The end-to-end fields to pass on, as lines with their line ends; framing and Host left out. */
  readonly fields: string;
}

/**
 * Parses a request head.
 *
 * @param text The head with its last empty line, one code unit a byte.
 * @returns The head, or the error to answer with before the connection is closed.
 */
export function parseRequestHead(
  text: string,
  limits: HeadLimits,
): RequestHead | HttpError {
  if (text.length > limits.headBytes) {
    return tooLarge("head", "bytes", limits.headBytes);
  }
  // One line more than may be: the request line, the empty one, and nothing.
  const lines = text.split("\r\n", limits.headerCount + 4);
  const line = parseRequestLine(lines[0]!, limits.requestLineBytes);
  if ("reason" in line) return line;
  // The last two are the empty line and what follows it, nothing.
  const count = lines.length - 3;
  if (count > limits.headerCount) {
    return tooLarge("head", "fields", limits.headerCount);
  }
  const fields = readRequestFields(lines, count);
  if ("reason" in fields) return fields;
  const { method, target, minor } = line;
  const wrongHost = checkHosts(minor, fields);
  if (wrongHost !== null) return wrongHost;
  const framing = requestFraming(minor, fields.length, fields.chunked);
  if ("reason" in framing) return framing;
  const options = readConnection(minor, fields.connection, fields.names);
  if ("reason" in options) return options;
  return {
    method,
    target,
    minor,
    framing,
    keepAlive: options.keepAlive,
    // RFC 9110 section 10.1.1: of HTTP/1.0 it is ignored.
    expectContinue: fields.expect && minor === 1 && framing !== NO_BODY,
    // RFC 9110 section 7.8: of HTTP/1.0 it is ignored. dockerd asks only for
    // the field, not for the Connection option, so both forms count.
    upgrade: minor === 1
      ? fields.upgrade ?? (options.upgrade ? "" : null)
      : null,
    contentType: fields.contentType,
    origin: fields.origin,
    browser: fields.browser || (fields.mozilla && fields.language),
    fields: fields.length !== null && framing === NO_BODY
      ? fields.forwarded + "Content-Length: 0\r\n"
      : fields.forwarded,
  };
}

/** RFC 9112 section 3.2: one Host exactly; HTTP/1.0 may have none. */
function checkHosts(
  minor: 0 | 1,
  { hosts }: RequestFields,
): HttpError | null {
  if (minor === 1 && hosts === 0) {
    return badRequest("http.bad_host", "an HTTP/1.1 request has no Host");
  }
  return hosts > 1
    ? badRequest("http.bad_host", "there are two Host fields")
    : null;
}

/**
 * Writes the head of a request in the one form that goes to the engine.
 *
 * @param upgrade The protocol of a tunnel, or null where nothing is switched.
 * @param framing How the body that follows is framed; may differ from how it came.
 */
export function formatRequestHead(
  head: RequestHead,
  framing: Framing,
  upgrade: string | null,
  expectContinue: boolean,
): string {
  let text =
    `${head.method} ${head.target} HTTP/1.${head.minor}\r\nHost: docker\r\n${head.fields}`;
  if (framing.kind === "length") {
    text += `Content-Length: ${framing.length}\r\n`;
  } else if (framing.kind === "chunked") {
    text += "Transfer-Encoding: chunked\r\n";
  }
  if (expectContinue) text += "Expect: 100-continue\r\n";
  if (upgrade !== null) {
    text += `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`;
  }
  return text + "\r\n";
}

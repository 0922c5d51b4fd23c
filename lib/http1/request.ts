/**
 * Reads the head of a request strictly: what two readers could take in two
 * ways is refused (RFC 9112; docs/engine-api/routing.md, "HTTP/1 framing").
 *
 * @module
 */

import {
  CONTENT_LENGTH,
  FIELD_VALUE,
  HOP_BY_HOP,
  listMembers,
  TOKEN,
} from "./grammar.ts";

/** Bounds on a request head. */
export interface HeadLimits {
  /** Bytes of the whole head, its last empty line included. */
  readonly headBytes: number;
  /** Number of fields. */
  readonly headerCount: number;
  /** Bytes of the request line without its line end. */
  readonly requestLineBytes: number;
}

/** How the end of a message body is found. */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "until-close" };

/** No body. */
export const NO_BODY: Framing = { kind: "none" };
/** A body in chunks. */
export const CHUNKED: Framing = { kind: "chunked" };

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

/** Why a message is refused: the status to answer with and the reason. */
export interface HttpError {
  readonly status: number;
  readonly reason: string;
}

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

const REQUEST_LINE = /^(\S+) (\S+) HTTP\/([0-9])\.([0-9])$/;

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
  const lines = text.split("\r\n");
  const requestLine = lines[0]!;
  if (requestLine.length > limits.requestLineBytes) {
    return longRequestLine(limits.requestLineBytes);
  }
  if (!FIELD_VALUE.test(requestLine)) {
    return bad("the request line holds a control byte or a byte outside ASCII");
  }
  const parts = REQUEST_LINE.exec(requestLine);
  if (parts === null) {
    return bad("the request line is not 'METHOD target HTTP/1.1'");
  }
  const [, method, target, major, minorDigit] = parts as unknown as string[];
  if (major !== "1" || (minorDigit !== "0" && minorDigit !== "1")) {
    return {
      status: 505,
      reason: `HTTP/${major}.${minorDigit} is not spoken here: use HTTP/1.1`,
    };
  }
  if (!TOKEN.test(method!)) return bad("the method is not a token");
  const minor = minorDigit === "1" ? 1 : 0;
  // The last two are the empty line and what follows it, nothing.
  const count = lines.length - 3;
  if (count > limits.headerCount) {
    return tooLarge("head", "fields", limits.headerCount);
  }

  let length: string | null = null;
  let chunked = false;
  let connection = "";
  let expect: string | null = null;
  let upgrade: string | null = null;
  let contentType: string | null = null;
  let origin: string | null = null;
  let browser = false;
  let mozilla = false;
  let language = false;
  let hosts = 0;
  let fields = "";
  const names: string[] = [];
  for (let i = 1; i <= count; i++) {
    const line = lines[i]!;
    const colon = line.indexOf(":");
    const written = line.slice(0, colon < 0 ? 0 : colon);
    if (!TOKEN.test(written)) {
      return bad(
        line[0] === " " || line[0] === "\t"
          ? "a field is folded over two lines"
          : /[\r\n]/.test(line)
          ? "a line of the head does not end with CR LF"
          : "a field name is missing, or holds a space or a byte that no name has",
      );
    }
    if (!FIELD_VALUE.test(line)) {
      return bad(
        /[\r\n]/.test(line)
          ? "a line of the head does not end with CR LF"
          : `the value of ${written} holds a control byte or a byte outside ASCII`,
      );
    }
    const name = written.toLowerCase();
    const value = line.slice(colon + 1).trim();
    switch (name) {
      case "host":
        // Checked, and replaced by ours: the engine does not route by it.
        hosts++;
        if (/[\s,]/.test(value)) return bad("the Host is not one host");
        continue;
      case "content-length":
        if (length !== null) return bad("there are two Content-Length fields");
        if (!CONTENT_LENGTH.test(value)) {
          return bad("the Content-Length is not a plain number");
        }
        length = value;
        continue;
      case "transfer-encoding":
        if (chunked || value.toLowerCase() !== "chunked") {
          return {
            status: 501,
            reason: "the only Transfer-Encoding understood is 'chunked', once",
          };
        }
        chunked = true;
        continue;
      case "connection":
        connection += "," + value;
        continue;
      case "upgrade":
        if (upgrade !== null) return bad("there are two Upgrade fields");
        upgrade = value;
        continue;
      case "expect":
        if (expect !== null || value.toLowerCase() !== "100-continue") {
          return {
            status: 417,
            reason: "the only expectation met is '100-continue'",
          };
        }
        expect = value;
        continue;
      case "content-type":
        if (contentType !== null) {
          return bad("there are two Content-Type fields");
        }
        contentType = value.toLowerCase();
        break;
      case "origin":
        if (origin !== null) return bad("there are two Origin fields");
        origin = value;
        break;
      case "sec-fetch-site":
      case "referer":
        browser = true;
        break;
      case "user-agent":
        mozilla = value.startsWith("Mozilla/");
        break;
      case "accept-language":
        language = true;
        break;
      default:
        if (HOP_BY_HOP.has(name)) continue;
    }
    fields += `${written}: ${value}\r\n`;
    names.push(name);
  }

  if (minor === 1 && hosts === 0) return bad("an HTTP/1.1 request has no Host");
  if (hosts > 1) return bad("there are two Host fields");
  if (chunked && length !== null) {
    return bad("both Transfer-Encoding and Content-Length are given");
  }
  if (chunked && minor === 0) {
    return bad("an HTTP/1.0 request has a Transfer-Encoding");
  }

  let keepAlive = minor === 1;
  let upgradeOption = false;
  for (const option of listMembers(connection)) {
    if (option === "close") keepAlive = false;
    else if (option === "upgrade") upgradeOption = true;
    else if (HOP_BY_HOP.has(option)) continue;
    else if (NEVER_CONNECTION_OPTIONS.has(option)) {
      return bad(`Connection names ${option}, which belongs to the request`);
    } else if (names.includes(option)) {
      return bad(
        `Connection names the field ${option}: leave it out of the request instead`,
      );
    }
  }
  const size = length === null ? 0 : Number(length);
  // A Content-Length of 0 says that there is no body, and is said again as such.
  const framing: Framing = chunked
    ? CHUNKED
    : size > 0
    ? { kind: "length", length: size }
    : NO_BODY;
  if (length !== null && size === 0) fields += "Content-Length: 0\r\n";
  return {
    method: method!,
    target: target!,
    minor,
    framing,
    keepAlive,
    expectContinue: expect !== null && minor === 1 && framing !== NO_BODY,
    // RFC 9110 section 7.8: with HTTP/1.0, Upgrade is ignored. dockerd asks
    // only for the field, not for the Connection option, so both forms count.
    upgrade: minor === 1 ? upgrade ?? (upgradeOption ? "" : null) : null,
    contentType,
    origin,
    browser: browser || (mozilla && language),
    fields,
  };
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

function bad(reason: string): HttpError {
  return { status: 400, reason };
}

/** The error for a request line beyond its limit (RFC 9110 section 15.5.15). */
export function longRequestLine(limit: number): HttpError {
  return {
    status: 414,
    reason: `the request line is longer than ${limit} bytes`,
  };
}

/** The error for a head beyond a limit (RFC 6585 section 5). */
export function tooLarge(
  what: string,
  unit: string,
  limit: number,
): HttpError {
  return {
    status: 431,
    reason: `the ${what} has more than ${limit} ${unit}`,
  };
}

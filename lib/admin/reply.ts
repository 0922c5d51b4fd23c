/**
 * Answers of the admin listener, as bytes.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { STATUS_TEXT } from "@std/http/status";
import { encodeUtf8 } from "../host.ts";

/** An answer with a body of known length. */
export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string | Uint8Array;
  /** Whether the connection is closed after it, whatever the client wants. */
  readonly last?: boolean;
  /** Further fields, as lines with their line ends. */
  readonly fields?: string;
}

/** The media type of JSON. */
const JSON_TYPE = "application/json";

/** Nothing on a page of another origin, and nothing kept: RFC 9111 section 5.2.2.5. */
const SAFE_FIELDS =
  "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nCross-Origin-Resource-Policy: same-origin\r\nCache-Control: no-store\r\n";

/** What an answer that is no page may load and where it may be framed: nothing, nowhere. */
const NO_PAGE =
  "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";

/** A value as JSON. */
export function jsonReply(value: unknown, status = 200): Reply {
  return { status, type: JSON_TYPE, body: JSON.stringify(value) + "\n" };
}

/** An error, in the engine's shape. */
export function errorReply(
  status: number,
  message: string,
  fields = "",
): Reply {
  return { ...jsonReply({ message }, status), fields };
}

/**
 * The bytes of an answer.
 *
 * @param head Whether it answers HEAD: the body is then left out.
 * @param close Whether the connection is closed after it.
 */
export function replyBytes(
  { status, type, body, fields = "" }: Reply,
  head: boolean,
  close: boolean,
): Uint8Array<ArrayBuffer> {
  const bytes = typeof body === "string" ? encodeUtf8(body) : body;
  const start = encodeUtf8(
    headText(
      status,
      type,
      `Content-Length: ${bytes.length}\r\n${fields}`,
      close,
    ),
  );
  return head ? start : concat([start, bytes]);
}

/** The head of an answer that has no end of its own. */
export function streamHead(
  type: string,
  chunked: boolean,
): Uint8Array<ArrayBuffer> {
  return encodeUtf8(
    headText(200, type, chunked ? "Transfer-Encoding: chunked\r\n" : "", true),
  );
}

function headText(
  status: number,
  type: string,
  fields: string,
  close: boolean,
): string {
  const phrase = (STATUS_TEXT as Record<number, string>)[status] ?? "Error";
  const policy = /^content-security-policy:/im.test(fields) ? "" : NO_PAGE;
  return `HTTP/1.1 ${status} ${phrase}\r\nContent-Type: ${type}\r\n${fields}${policy}${SAFE_FIELDS}${
    close ? "Connection: close\r\n" : ""
  }\r\n`;
}

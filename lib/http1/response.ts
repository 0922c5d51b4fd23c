/**
 * Reads the head of the engine's answer: what is needed to find its end and to
 * leave out what concerns one connection only. The head itself passes on as
 * bytes.
 *
 * @module
 */

import { encodeUtf8 } from "../host.ts";
import { CONTENT_LENGTH, HOP_BY_HOP, listMembers, TOKEN } from "./grammar.ts";
import { CHUNKED, type Framing, NO_BODY } from "./request.ts";

/** What must be known of a response head to relay it. */
export interface ResponseHead {
  readonly status: number;
  readonly minor: 0 | 1;
  /** Of the answer to a request other than HEAD. */
  readonly framing: Framing;
  /** Whether the sender keeps the connection after this answer. */
  readonly keepAlive: boolean;
  /** Whether a Content-Length or a Transfer-Encoding is there at all. */
  readonly framed: boolean;
  /**
   * Byte ranges `[from, to)` to leave out, ascending; empty in the usual case,
   * in which the head is relayed untouched.
   */
  readonly cuts: readonly (readonly [number, number])[];
}

const STATUS_LINE =
  /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?$/;

/** Any byte but control bytes; bytes of 0x80 and up are the engine's to answer for. */
// deno-lint-ignore no-control-regex -- control bytes are what it is about
const VALUE = /^[^\x00-\x08\x0a-\x1f\x7f]*$/;

/**
 * Parses a response head (RFC 9112 section 6.3 for the framing).
 *
 * @param text The head with its last empty line, one code unit a byte.
 * @returns The head, or the reason why it is not relayed.
 */
export function parseResponseHead(
  text: string,
): ResponseHead | { reason: string } {
  const lines = text.split("\r\n");
  const status = STATUS_LINE.exec(lines[0]!);
  if (status === null) return { reason: "its status line is not HTTP/1.1's" };
  const code = Number(status[2]);
  const minor = status[1] === "1" ? 1 : 0;
  let length: string | null = null;
  let chunked = false;
  let connection = "";
  const cuts: [number, number][] = [];
  const spans: { name: string; from: number; to: number }[] = [];
  let at = lines[0]!.length + 2;
  for (let i = 1; i < lines.length - 2; i++) {
    const line = lines[i]!;
    const from = at;
    at += line.length + 2;
    const colon = line.indexOf(":");
    const written = line.slice(0, colon < 0 ? 0 : colon);
    if (!TOKEN.test(written) || !VALUE.test(line)) {
      return { reason: "one of its fields is malformed" };
    }
    const name = written.toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === "content-length") {
      if (length !== null || !CONTENT_LENGTH.test(value)) {
        return { reason: "its Content-Length is not one plain number" };
      }
      length = value;
      spans.push({ name, from, to: at });
    } else if (name === "transfer-encoding") {
      if (chunked || value.toLowerCase() !== "chunked" || minor === 0) {
        return { reason: "its Transfer-Encoding is not 'chunked', once" };
      }
      chunked = true;
      spans.push({ name, from, to: at });
    } else {
      if (name === "connection") connection += "," + value;
      // A 101 says by these two what the connection becomes.
      const switching = code === 101 &&
        (name === "connection" || name === "upgrade");
      if (HOP_BY_HOP.has(name) && !switching) cuts.push([from, at]);
      else spans.push({ name, from, to: at });
    }
  }
  if (chunked && length !== null) {
    return { reason: "it has both Transfer-Encoding and Content-Length" };
  }
  const options = listMembers(connection);
  const bodyless = code < 200 || code === 204 || code === 304;
  for (const { name, from, to } of spans) {
    const frames = name === "content-length" || name === "transfer-encoding";
    // RFC 9112 section 6: 1xx and 204 carry no length.
    const surplus = frames && bodyless && code !== 304;
    if (surplus || (!frames && name !== "upgrade" && options.includes(name))) {
      cuts.push([from, to]);
    }
  }
  cuts.sort((a, b) => a[0] - b[0]);
  const framing: Framing = bodyless
    ? NO_BODY
    : chunked
    ? CHUNKED
    : length !== null
    ? { kind: "length", length: Number(length) }
    : { kind: "until-close" };
  return {
    status: code,
    minor,
    framing,
    framed: chunked || length !== null,
    keepAlive: framing.kind !== "until-close" && !options.includes("close") &&
      (minor === 1 || options.includes("keep-alive")),
    cuts,
  };
}

const CLOSE = encodeUtf8("Connection: close\r\n\r\n");

/**
 * The bytes of a head that says that the connection is closed after this
 * answer (RFC 9112 section 9.6).
 *
 * @param head A whole head, its last empty line included, without a Connection field.
 */
export function withClose(
  head: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const said = new Uint8Array(head.length - 2 + CLOSE.length);
  said.set(head.subarray(0, head.length - 2));
  said.set(CLOSE, head.length - 2);
  return said;
}

/**
 * The bytes of a head without its cuts.
 *
 * @param head The head's bytes; a view of them is returned where there are no cuts.
 */
export function withoutCuts(
  head: Uint8Array<ArrayBuffer>,
  cuts: ResponseHead["cuts"],
): Uint8Array<ArrayBuffer> {
  if (cuts.length === 0) return head;
  const kept = new Uint8Array(head.length);
  let from = 0;
  let at = 0;
  for (const [start, end] of [...cuts, [head.length, head.length] as const]) {
    const piece = head.subarray(from, start);
    kept.set(piece, at);
    at += piece.length;
    from = end;
  }
  return kept.subarray(0, at);
}

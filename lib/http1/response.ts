/**
 * Reads the head of the engine's answer: what is needed to find its end and to
 * leave out what concerns one connection only. The head itself passes on as
 * bytes.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { encodeUtf8 } from "../host.ts";
import { HOP_BY_HOP } from "./connection.ts";
import { type Framing, isBodyless, responseFraming } from "./framing.ts";
import {
  CONTENT_LENGTH,
  FIELD_LINE,
  listMembers,
  STATUS_LINE,
  TOKEN,
  withoutOws,
} from "./grammar.ts";

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
  /** The cuts with those of its `X-Request-Id` fields, for an answer that gets one of ours. */
  readonly cutsWithIds: ResponseHead["cuts"];
}

/** A field line by its place in the head: bytes `[from, to)`, its line end included. */
interface FieldSpan {
  /** In lower case. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** What the fields of a response say. */
interface ResponseFields {
  /** The Content-Length, digits only; null where there is none. */
  length: string | null;
  /** There is a Transfer-Encoding, and it is `chunked`. */
  chunked: boolean;
  /** The values of the Connection fields, joined by commas. */
  connection: string;
  /** The fields that are passed on, unless the Connection field names them. */
  readonly kept: FieldSpan[];
  readonly cuts: [number, number][];
}

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
  const parts = STATUS_LINE.exec(lines[0]!);
  if (parts === null) return { reason: "its status line is not HTTP/1.1's" };
  const status = Number(parts[2]);
  const minor = parts[1] === "1" ? 1 : 0;
  const fields = readFields(lines, status, minor);
  if ("reason" in fields) return fields;
  const { length, chunked } = fields;
  if (chunked && length !== null) {
    return { reason: "it has both Transfer-Encoding and Content-Length" };
  }
  const options = listMembers(fields.connection);
  const framing = responseFraming(status, length, chunked);
  const cuts = cutsOf(fields, options);
  return {
    status,
    minor,
    framing,
    framed: chunked || length !== null,
    keepAlive: framing.kind !== "until-close" && !options.includes("close") &&
      (minor === 1 || options.includes("keep-alive")),
    cuts,
    cutsWithIds: withIds(fields, cuts),
  };
}

/** Reads the field lines; returns what they say, or why the head is not relayed. */
function readFields(
  lines: readonly string[],
  status: number,
  minor: 0 | 1,
): ResponseFields | { reason: string } {
  const fields: ResponseFields = {
    length: null,
    chunked: false,
    connection: "",
    kept: [],
    cuts: [],
  };
  let to = lines[0]!.length + 2;
  // The last two are the empty line and what follows it, nothing.
  for (let i = 1; i < lines.length - 2; i++) {
    const line = lines[i]!;
    const from = to;
    to += line.length + 2;
    const colon = line.indexOf(":");
    const written = colon === -1 ? "" : line.slice(0, colon);
    if (!TOKEN.test(written) || !FIELD_LINE.test(line)) {
      return { reason: "one of its fields is malformed" };
    }
    const name = written.toLowerCase();
    const value = withoutOws(line.slice(colon + 1));
    switch (name) {
      case "content-length":
        if (fields.length !== null || !CONTENT_LENGTH.test(value)) {
          return { reason: "its Content-Length is not one plain number" };
        }
        fields.length = value;
        break;
      case "transfer-encoding":
        if (
          fields.chunked || value.toLowerCase() !== "chunked" || minor === 0
        ) {
          return { reason: "its Transfer-Encoding is not 'chunked', once" };
        }
        fields.chunked = true;
        break;
      case "connection":
        fields.connection += "," + value;
    }
    if (isKept(name, status)) fields.kept.push({ name, from, to });
    else fields.cuts.push([from, to]);
  }
  return fields;
}

/** Whether a field is passed on where the Connection field does not name it. */
function isKept(name: string, status: number): boolean {
  // The body is relayed as it is framed. RFC 9112 section 6.1 and RFC 9110
  // section 8.6: 1xx and 204 have neither field.
  if (isFraming(name)) return !isBodyless(status) || status === 304;
  // A 101 says by these two what the connection becomes.
  const switching = status === 101 &&
    (name === "connection" || name === "upgrade");
  return switching || !HOP_BY_HOP.has(name);
}

function isFraming(name: string): boolean {
  return name === "content-length" || name === "transfer-encoding";
}

/** The ranges to leave out, ascending. */
function cutsOf(
  { kept, cuts }: ResponseFields,
  options: readonly string[],
): ResponseHead["cuts"] {
  for (const { name, from, to } of kept) {
    if (!isFraming(name) && name !== "upgrade" && options.includes(name)) {
      cuts.push([from, to]);
    }
  }
  return cuts.sort(([a], [b]) => a - b);
}

function withIds(
  { kept }: ResponseFields,
  cuts: ResponseHead["cuts"],
): ResponseHead["cuts"] {
  const ids = kept.filter(({ name }) => name === "x-request-id");
  if (ids.length === 0) return cuts;
  const all = new Map([
    ...cuts,
    ...ids.map(({ from, to }) => [from, to] as const),
  ]);
  return [...all].sort(([a], [b]) => a - b);
}

/**
 * The bytes of a head with more field lines at its end.
 *
 * @param head A whole head, its last empty line included, without such fields.
 * @param lines Each with its line end.
 */
export function withFields(
  head: Uint8Array<ArrayBuffer>,
  lines: string,
): Uint8Array<ArrayBuffer> {
  return concat([
    head.subarray(0, head.length - 2),
    encodeUtf8(lines + "\r\n"),
  ]);
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

/**
 * sockwarden's own answers, in the shape of the engine's: `{"message":"…"}`.
 *
 * @module
 */

import { STATUS_TEXT } from "@std/http/status";
import { encodeUtf8 } from "../host.ts";

/**
 * Formats sockwarden's own answer.
 *
 * @param status A status code with a registered reason phrase.
 * @param message The message, which the body contains as JSON.
 * @param close Whether the connection is closed after it.
 * @param head Whether it answers a HEAD request: the body is then left out.
 * @param fields More field lines, each with its line end.
 * @returns The whole answer, UTF-8.
 */
export function answer(
  status: number,
  message: string,
  close: boolean,
  head: boolean,
  fields = "",
): Uint8Array<ArrayBuffer> {
  const body = JSON.stringify({ message }) + "\n";
  const phrase = (STATUS_TEXT as Record<number, string>)[status] ?? "Error";
  return encodeUtf8(
    `HTTP/1.1 ${status} ${phrase}\r\nContent-Type: application/json\r\nContent-Length: ${
      encodeUtf8(body).length
    }\r\n${fields}${close ? "Connection: close\r\n" : ""}\r\n${
      head ? "" : body
    }`,
  );
}

/** The interim answer that lets a client send its body (RFC 9110 section 15.2.1). */
export const CONTINUE: Uint8Array<ArrayBuffer> = encodeUtf8(
  "HTTP/1.1 100 Continue\r\n\r\n",
);

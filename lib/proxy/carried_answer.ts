/**
 * The heads of answers that are carried: what of each goes to the client.
 *
 * @module
 */

import { decodeLatin1, encodeLatin1, putAscii } from "../host.ts";
import { parseResponseHead, type ResponseHead } from "../http1/response.ts";
import { idLine, PLACE } from "./request_id.ts";
import { passedOn } from "./transform.ts";

/** A head of an answer, and what takes its place. */
export interface CarriedAnswer {
  readonly head: ResponseHead;
  /** Where the client's connection goes on; null for the same bytes. */
  readonly plain: Uint8Array<ArrayBuffer> | null;
  /** Where it ends. */
  readonly last: Uint8Array<ArrayBuffer>;
  /** The same two with a place for our id; null before one was asked for. */
  plainWithPlace: WithPlace | null;
  lastWithPlace: WithPlace | null;
}

/** A head, and where in it an id stands. */
interface WithPlace {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly at: number;
}

/**
 * What of an answer goes to the client, by the exact text of its head; null for
 * what is not carried: an answer that is malformed, of HTTP/1.0, interim, or has
 * no end but the connection's.
 */
export function carriedAnswer(text: string): CarriedAnswer | null {
  const head = parseResponseHead(text);
  if (
    "reason" in head || head.minor === 0 || head.status < 200 ||
    head.framing.kind === "until-close"
  ) return null;
  const bytes = encodeLatin1(text);
  const plain = passedOn({ head, bytes }, false);
  return {
    head,
    plain: plain === bytes ? null : plain,
    last: passedOn({ head, bytes }, true),
    plainWithPlace: null,
    lastWithPlace: null,
  };
}

/**
 * The head of an answer with our id, in place of one that the engine sent.
 *
 * @param text Its exact text.
 * @param ends Whether the client's connection ends with it.
 * @returns Valid until the next call for the same answer.
 */
export function withId(
  answer: CarriedAnswer,
  text: string,
  ends: boolean,
  id: string,
): Uint8Array<ArrayBuffer> {
  const { bytes, at } = ends
    ? answer.lastWithPlace ??= placed(answer, text, true)
    : answer.plainWithPlace ??= placed(answer, text, false);
  putAscii(id, bytes, at);
  return bytes;
}

function placed(
  { head }: CarriedAnswer,
  text: string,
  ends: boolean,
): WithPlace {
  const line = encodeLatin1(idLine(PLACE));
  const bytes = passedOn(
    { head, bytes: encodeLatin1(text) },
    ends,
    false,
    line,
  );
  // Ours is the last of that text: it comes behind the engine's fields.
  return { bytes, at: decodeLatin1(bytes).lastIndexOf(PLACE) };
}

/** The length that stands for chunks. */
const CHUNKS = -1;

/** The bytes of an answer's body, as the carrier takes it; {@link CHUNKS} where chunks tell. */
export function bodyLengthOf(
  { head: { framing } }: CarriedAnswer,
  method: string,
): number {
  if (method === "HEAD") return 0;
  return framing.kind === "length"
    ? framing.length
    : framing.kind === "chunked"
    ? CHUNKS
    : 0;
}

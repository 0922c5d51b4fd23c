/**
 * The heads of answers that are carried: what of each goes to the client.
 *
 * @module
 */

import { encodeLatin1 } from "../host.ts";
import { parseResponseHead, type ResponseHead } from "../http1/response.ts";
import { passedOn } from "./transform.ts";

/** Answer heads kept at a time, and the characters of the longest. */
const MAX_KEPT_HEADS = 256;
const MAX_KEPT_HEAD_CHARACTERS = 4 * 1024;

/** A head of an answer, and what takes its place. */
export interface CarriedAnswer {
  readonly head: ResponseHead;
  /** Where the client's connection goes on; null for the same bytes. */
  readonly plain: Uint8Array<ArrayBuffer> | null;
  /** Where it ends. */
  readonly last: Uint8Array<ArrayBuffer>;
}

/**
 * Makes the look-up of answers by the exact text of their heads, of which the
 * latest are kept. It gives null for what is not carried: an answer that is
 * malformed, of HTTP/1.0, interim, or has no end but the connection's.
 */
export function carriedAnswers(): (text: string) => CarriedAnswer | null {
  const kept = new Map<string, CarriedAnswer | null>();
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    const made = carriedAnswer(text);
    if (text.length > MAX_KEPT_HEAD_CHARACTERS) return made;
    if (kept.size >= MAX_KEPT_HEADS) kept.clear();
    kept.set(text, made);
    return made;
  };
}

function carriedAnswer(text: string): CarriedAnswer | null {
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
  };
}

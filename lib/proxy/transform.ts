/**
 * Changes the engine's answer on its way to the client: the head loses the
 * fields of the engine's connection, and says whether the client's ends.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { withClose, withoutCuts } from "../http1/response.ts";
import { type Body, takeBody } from "../wire/body.ts";
import type { Source } from "../wire/source.ts";
import type { AnswerHead } from "./state.ts";

/**
 * The bytes of an answer's head as the client gets them; a view of those that
 * came where nothing changes.
 *
 * @param ends Whether the connection is closed after this answer.
 */
export function passedOn(
  { head, bytes }: AnswerHead,
  ends: boolean,
): Uint8Array<ArrayBuffer> {
  const plain = withoutCuts(bytes, head.cuts);
  return ends ? withClose(plain) : plain;
}

/**
 * The head and what has come of the body, for one write: without a copy where
 * the head is unchanged, since both stand side by side.
 *
 * @param ends As for {@link passedOn}.
 */
export function firstPiece(
  answer: AnswerHead,
  ends: boolean,
  body: Body,
  engine: Source,
): Uint8Array<ArrayBuffer> {
  const { bytes } = answer;
  const head = passedOn(answer, ends);
  const from = engine.start;
  const size = takeBody(body, engine, true);
  if (size === 0) return head;
  return head === bytes
    ? engine.buffer.subarray(from - bytes.length, from + size)
    : concat([head, engine.buffer.subarray(from, from + size)]);
}

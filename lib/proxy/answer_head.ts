/**
 * Reads the head of the engine's answer; interim answers are passed on.
 *
 * @module
 */

import { monotonic } from "../host.ts";
import { parseResponseHead, type ResponseHead } from "../http1/response.ts";
import { bytesOfHead, headAtHand, readHead } from "../wire/head.ts";
import { type Source, take } from "../wire/source.ts";
import { reply } from "./connection.ts";
import { fail } from "./exchange.ts";
import { passedOn } from "./transform.ts";
import type { AnswerHead, Exchange } from "./state.ts";

/** The most interim answers before the final one. */
const MAX_INTERIM = 8;
/** Bytes of a response head, its last empty line included. */
const MAX_RESPONSE_HEAD_BYTES = 256 * 1024;
/** Where the minor version stands in a status line. */
const MINOR_AT = "HTTP/1.".length;

/**
 * Reads the head of the final answer, or of a 101.
 *
 * @returns `none` where the engine closed before the first byte; `bad` where
 * the answer is malformed or cut: `exchange.fault` says why.
 */
export async function readAnswerHead(
  exchange: Exchange,
  engine: Source,
): Promise<AnswerHead | "none" | "bad"> {
  for (let interim = 0;; interim++) {
    const read = await readOneHead(exchange, engine);
    // A request is not sent again once part of an answer has arrived.
    if (read === "none" && interim > 0) return "bad";
    if (typeof read === "string") return read;
    exchange.engineMs ??= monotonic() - exchange.started;
    const { status } = read.head;
    if (status >= 200 || status === 101) return read;
    if (interim === MAX_INTERIM) return wrongAnswer(exchange);
    if (
      exchange.plan.head.minor === 1 &&
      !await reply(exchange.session, passedOn(read, false))
    ) {
      fail(exchange, "client.closed");
      return "bad";
    }
  }
}

async function readOneHead(
  exchange: Exchange,
  engine: Source,
): Promise<AnswerHead | "none" | "bad"> {
  while (!take(engine)) {
    if (engine.ended) return "none";
    await engine.pending;
  }
  const text = headAtHand(engine) ??
    await readHead<never>(engine, MAX_RESPONSE_HEAD_BYTES);
  if (typeof text !== "string") {
    return text.kind === "too long" ? wrongAnswer(exchange) : "bad";
  }
  const head = exchange.session.context.answerHead(text);
  if (head === null) return wrongAnswer(exchange);
  const bytes = bytesOfHead(engine, text);
  // An intermediary sends its own version (RFC 9110 section 2.5).
  if (exchange.plan.head.minor === 1) bytes[MINOR_AT] = 0x31;
  return { head, bytes };
}

/** The head of an answer by its exact text; null where it is malformed. */
export function answerHead(text: string): ResponseHead | null {
  const head = parseResponseHead(text);
  return "reason" in head ? null : head;
}

function wrongAnswer(exchange: Exchange): "bad" {
  fail(exchange, "engine.bad_answer");
  return "bad";
}

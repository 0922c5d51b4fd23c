/**
 * Sends sockwarden's own requests to the engine, each over a new connection.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { EngineAddress } from "../net/address.ts";
import { after, decodeUtf8, encodeUtf8 } from "../host.ts";
import type { Framing } from "../http1/framing.ts";
import { parseResponseHead } from "../http1/response.ts";
import { openBody, takeBody } from "../wire/body.ts";
import { dial, isFailure } from "./dial.ts";
import { readHead } from "../wire/head.ts";
import {
  closeSource,
  openSource,
  readAhead,
  type Source,
  take,
} from "../wire/source.ts";
import { writeAll } from "../wire/write.ts";

/** An answer that was read whole. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Why there is no answer. */
export interface NoAnswer {
  readonly reason: string;
  /** Whether the engine refuses to answer: asking again does not help. */
  readonly refused?: boolean;
  /** Whether it could not be asked since descriptors are short here, which says nothing of the engine. */
  readonly unasked?: boolean;
}

/** Time for the engine to answer. */
const ANSWER_TIMEOUT_MS = 5000;
/** Size of the largest head that is read. */
const MAX_HEAD_BYTES = 64 * 1024;
/** Size of the largest body that is read, unless the caller says otherwise. */
const MAX_BODY_BYTES = 64 * 1024;

let asked = 0;

/** How many requests of its own sockwarden has sent since the start. */
export function requestsAsked(): number {
  return asked;
}

/**
 * Sends a GET and reads the whole answer.
 *
 * @param path The request-target.
 * @param maxBytes Size of the largest body that is read.
 * @param fields Further fields of the head, each with its line end.
 * @returns The answer, whatever its status; or why there is none: the engine
 * cannot be reached, is too slow, or its answer is malformed or too long.
 */
export async function ask(
  engine: EngineAddress,
  path: string,
  maxBytes = MAX_BODY_BYTES,
  fields = "",
): Promise<Answer | NoAnswer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  const outcome = await get(engine, path, {
    timeoutMs: ANSWER_TIMEOUT_MS,
    fields,
    piece(bytes) {
      size += bytes.length;
      pieces.push(bytes.slice());
      return size <= maxBytes;
    },
  });
  if ("reason" in outcome) return outcome;
  return { status: outcome.status, body: decodeUtf8(concat(pieces)) };
}

/**
 * Sends a GET and hands the content of the answer on as it comes.
 *
 * @param piece Gets each piece, which is valid during the call only, with the
 * answer's status; false ends the answer as too long.
 * @returns The status, at the end of the answer; or why there is no whole answer.
 */
export async function askInPieces(
  engine: EngineAddress,
  path: string,
  piece: (bytes: Uint8Array, status: number) => boolean,
): Promise<{ status: number } | NoAnswer> {
  return await get(engine, path, { timeoutMs: ANSWER_TIMEOUT_MS, piece });
}

/** The callbacks of {@link follow}. */
export interface Follower {
  /** Called first, with the function that ends the answer. */
  readonly stopper: (stop: () => void) => void;
  /** Called when the engine has answered 200. */
  readonly begun: () => void;
  /** Called with each piece of the content, which is valid during the call only. */
  readonly more: (bytes: Uint8Array) => void;
}

/**
 * Follows an endless answer.
 *
 * @returns Why it ended, as a sentence.
 */
export async function follow(
  engine: EngineAddress,
  path: string,
  { stopper, begun, more }: Follower,
): Promise<string> {
  const outcome = await get(engine, path, {
    timeoutMs: ANSWER_TIMEOUT_MS,
    stopper,
    begun: (status) => {
      if (status === 200) begun();
      return status === 200;
    },
    piece: (bytes) => {
      more(bytes);
      return true;
    },
  });
  return "reason" in outcome
    ? outcome.reason
    : outcome.status === 200
    ? "the engine ended the stream"
    : `the engine answered with status ${outcome.status}`;
}

interface GetOptions {
  /** Milliseconds to the end of the answer; where `begun` is given, to the end of its head. */
  readonly timeoutMs: number;
  /** Further fields of the head, each with its line end. */
  readonly fields?: string;
  readonly stopper?: (stop: () => void) => void;
  /** Called with the status; false ends the answer. */
  readonly begun?: (status: number) => boolean;
  /** Called with each piece of the content and the status; false ends the answer as too long. */
  readonly piece: (bytes: Uint8Array, status: number) => boolean;
}

async function get(
  engine: EngineAddress,
  path: string,
  options: GetOptions,
): Promise<{ status: number } | NoAnswer> {
  asked++;
  const conn = await dial(engine);
  if (isFailure(conn)) {
    return { reason: conn.reason, unasked: conn.status === 503 };
  }
  const source = openSource(conn, true);
  let late = false;
  const cancel = after(options.timeoutMs, () => {
    late = true;
    closeSource(source);
  });
  const cut = () => noAnswerTo(path, late ? options.timeoutMs : null);
  options.stopper?.(() => closeSource(source));
  try {
    await writeAll(
      conn,
      encodeUtf8(
        `GET ${path} HTTP/1.1\r\nHost: docker\r\n${
          options.fields ?? ""
        }Connection: close\r\n\r\n`,
      ),
    );
    const text = await readHead(source, MAX_HEAD_BYTES);
    if (typeof text !== "string") {
      return text.kind === "too long"
        ? {
          reason:
            `the head of the engine's answer is longer than ${MAX_HEAD_BYTES} bytes`,
        }
        : cut();
    }
    const head = parseResponseHead(text);
    if ("reason" in head) {
      return { reason: `the engine's answer is malformed: ${head.reason}` };
    }
    const { status } = head;
    if (options.begun !== undefined) {
      cancel();
      if (!options.begun(status)) return { status };
    }
    const end = await readContent(
      source,
      head.framing,
      (bytes) => options.piece(bytes, status),
    );
    return end === "cut" ? cut() : end ?? { status };
  } catch (error) {
    return late
      ? cut()
      : { reason: `the connection to the engine broke: ${error}` };
  } finally {
    cancel();
    closeSource(source);
  }
}

/** Why the connection ended: closed by the engine, or by us after so many milliseconds. */
function noAnswerTo(path: string, lateAfterMs: number | null): NoAnswer {
  return {
    reason: lateAfterMs === null
      ? `the engine closed the connection before it answered GET ${path}`
      : `the engine did not answer GET ${path} within ${lateAfterMs / 1000} s`,
  };
}

/** Hands on the content of an answer; returns null at its end, `cut` where the connection ended before. */
async function readContent(
  source: Source,
  framing: Framing,
  piece: (bytes: Uint8Array) => boolean,
): Promise<NoAnswer | "cut" | null> {
  const body = openBody(framing);
  while (!body.done) {
    while (!take(source)) {
      if (source.ended) return body.kind === "until-close" ? null : "cut";
      await source.pending;
    }
    const from = source.start;
    const size = takeBody(body, source, false);
    if (body.error !== null) {
      return { reason: "the engine's answer is malformed" };
    }
    if (size > 0 && !piece(source.buffer.subarray(from, from + size))) {
      return { reason: "the engine's answer is too long" };
    }
    if (!body.done) readAhead(source);
  }
  return null;
}

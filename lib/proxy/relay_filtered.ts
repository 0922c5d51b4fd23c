/**
 * Relays an answer that is held to a scope, or in which something is hidden:
 * what the client may not see is taken out. Nothing is passed on that was not read.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { decodeLatin1, encodeLatin1 } from "../host.ts";
import { type ResponseHead, withoutCuts } from "../http1/response.ts";
import { rightsOf } from "../policy/compile.ts";
import { openBody, takeBody } from "../wire/body.ts";
import { hasBytes, readAhead, type Source, take } from "../wire/source.ts";
import { writeAll } from "../wire/write.ts";
import { closeEngine } from "./connection.ts";
import {
  conclude,
  concludeFailure,
  fail,
  keepsClient,
  leaveOpen,
} from "./exchange.ts";
import { hideFilter, inTurn } from "./hide_filter.ts";
import {
  type AnswerFilter,
  bytesOf,
  isProblem,
  joined,
  type Part,
  textOf,
} from "./scope/answer_hold.ts";
import { idLine } from "./request_id.ts";
import { filterFor } from "./scope/answers.ts";
import { filterRefusal } from "./scope/answer_refusal.ts";
import type { AnswerHead, Exchange } from "./state.ts";
import { asChunk, LAST_CHUNK } from "./transform.ts";

/** Characters that wait before the answer begins: a shorter one has a length, and can still be refused. */
const MAX_WAITING = 64 * 1024;

/** How an answer must be read; null where it passes as it comes. */
export function filterOf(
  exchange: Exchange,
  answer: AnswerHead,
): AnswerFilter | "unreadable" | null {
  const { answers, plan, session } = exchange;
  const { status } = answer.head;
  const scope = scopeFilterOf(exchange, answer);
  if (
    answers === null || scope === "unreadable" ||
    plan.head.method === "HEAD" || status === 204 || status === 304
  ) return scope;
  const hide = hideFilter(answers, status, session.context.hidden);
  // First the scope: it reads what may be hidden.
  return scope === null ? hide : hide === null ? scope : inTurn(scope, hide);
}

function scopeFilterOf(
  { held, plan, passedFor, session }: Exchange,
  { head: { status } }: AnswerHead,
): AnswerFilter | "unreadable" | null {
  if (held === null || plan.head.method === "HEAD") return null;
  const { match: { operation, target }, answer } = held;
  if (status >= 400) {
    const absent = answer.find((one) => one.absent !== null)?.absent ?? null;
    return filterRefusal(target.path, absent);
  }
  if (answer.length === 0 || status === 204 || status === 304) return null;
  const { policy, client } = passedFor!.planner;
  const { scope } = rightsOf(policy, client.name);
  if (scope === null) return "unreadable";
  const { access, engine } = session.context;
  const sources = { known: access.known, objects: access.objects, engine };
  return filterFor(sources, scope, operation.name, answer) ?? "unreadable";
}

/** What was made of an answer so far. */
interface Outgoing {
  readonly exchange: Exchange;
  /** The engine's head without its framing, up to the last empty line. */
  readonly head: string;
  /** What waits before the answer begins. */
  waiting: string;
  begun: boolean;
  /** Whether the client's connection goes on; known when the answer begins. */
  keeps: boolean;
}

/** Fields that say how long a body is, or how it is written. */
const FRAMING =
  /(?<=\r\n)(?:content-length|transfer-encoding|etag):[^\r]*\r\n/gi;
/** The media type, where the body is replaced by one of ours. */
const TYPE = /(?<=\r\n)content-type:[^\r]*\r\n/gi;
const ENCODED = /\r\ncontent-encoding:(?!\s*identity\s*\r)/i;

/** Relays an answer through a filter; returns whether both connections go on. */
export async function relayFiltered(
  exchange: Exchange,
  engine: Source,
  { head, bytes }: AnswerHead,
  filter: AnswerFilter | "unreadable",
): Promise<boolean> {
  const { session } = exchange;
  const fields = filter === "unreadable"
    ? null
    : unframed(exchange, head, bytes);
  if (filter === "unreadable" || fields === null) {
    return await unreadable(exchange, "is not in a form that can be filtered");
  }
  const out: Outgoing = {
    exchange,
    head: headOf(exchange, fields),
    waiting: "",
    begun: false,
    keeps: false,
  };
  if (filter.live && !await begin(out, null)) return gone(exchange);
  const body = openBody(head.framing);
  for (;;) {
    while (!body.done && !take(engine)) {
      if (engine.ended) break;
      await engine.pending;
    }
    const from = engine.start;
    const size = takeBody(body, engine, false);
    if (body.error !== null) {
      fail(exchange, "engine.bad_answer");
      return await concludeFailure(exchange);
    }
    const piece = engine.buffer.subarray(from, from + size);
    const passed = size === 0 ? "" : await filter.add(piece);
    if (isProblem(passed)) return await unreadable(exchange, passed.problem);
    const ended = body.done || engine.ended && !hasBytes(engine);
    const whole = body.done ||
      body.kind === "until-close" && engine.failure === null && !engine.closed;
    if (ended && !whole) {
      fail(exchange, "engine.closed");
      return await concludeFailure(exchange);
    }
    if (!ended) {
      readAhead(engine);
      if (!await pass(out, textOf(passed))) return gone(exchange);
      continue;
    }
    const last = await filter.end();
    if (isProblem(last)) return await unreadable(exchange, last.problem);
    const reusable = body.done && head.keepAlive && !hasBytes(engine);
    if (reusable) leaveOpen(exchange, engine);
    else closeEngine(session);
    if (!await end(out, joined(passed, last))) return gone(exchange);
    conclude(exchange, "request.completed");
    return out.keeps;
  }
}

/** Heads without their framing, of those that were parsed once and come again. */
const UNFRAMED = new WeakMap<ResponseHead, string | null>();

/** The head without its framing and the empty line; null where the body is encoded. */
function unframed(
  { plan, id }: Exchange,
  head: ResponseHead,
  bytes: Uint8Array<ArrayBuffer>,
): string | null {
  // Whoever speaks an older version gets the engine's own; ids of the engine's
  // are left out where ours is sent.
  const isUsual = plan.head.minor === 1 && id === "";
  const known = isUsual ? UNFRAMED.get(head) : undefined;
  if (known !== undefined) return known;
  const fields = decodeLatin1(
    withoutCuts(bytes, id === "" ? head.cuts : head.cutsWithIds),
  );
  const rest = ENCODED.test(fields)
    ? null
    : fields.replace(FRAMING, "").slice(0, -2);
  if (isUsual) UNFRAMED.set(head, rest);
  return rest;
}

/** The head as it is sent: an error that is replaced is JSON, whatever it was. */
function headOf({ answers, status }: Exchange, fields: string): string {
  return status >= 400 && answers?.hidesErrors === true
    ? fields.replace(TYPE, "") + "Content-Type: application/json\r\n"
    : fields;
}

/** Passes a part on; returns whether the client is still there. */
async function pass(out: Outgoing, text: string): Promise<boolean> {
  if (!out.begun) {
    out.waiting += text;
    if (out.waiting.length < MAX_WAITING) return true;
    text = out.waiting;
    if (!await begin(out, null)) return false;
  }
  return await send(out, partOf(out, text));
}

/** Passes the last part on. */
async function end(out: Outgoing, last: Part): Promise<boolean> {
  if (!out.begun) return await begin(out, joined(out.waiting, last));
  const chunked = out.exchange.plan.head.minor === 1;
  return await send(
    out,
    chunked ? concat([partOf(out, last), LAST_CHUNK]) : partOf(out, last),
  );
}

function partOf({ exchange }: Outgoing, passed: Part): Uint8Array<ArrayBuffer> {
  const part = bytesOf(passed);
  return part.length > 0 && exchange.plan.head.minor === 1
    ? asChunk(part)
    : part;
}

/**
 * Sends the head.
 *
 * @param whole The whole body, where it is known.
 */
async function begin(out: Outgoing, whole: Part | null): Promise<boolean> {
  const { exchange } = out;
  const { minor } = exchange.plan.head;
  out.begun = true;
  out.waiting = "";
  out.keeps = keepsClient(exchange) && (whole !== null || minor === 1);
  const framing = whole !== null
    ? `Content-Length: ${whole.length}\r\n`
    : minor === 1
    ? "Transfer-Encoding: chunked\r\n"
    : "";
  const close = out.keeps || minor === 0 ? "" : "Connection: close\r\n";
  const id = idLine(out.exchange.id);
  const head = `${out.head}${id}${framing}${close}\r\n`;
  return await send(
    out,
    whole === null || typeof whole === "string"
      ? encodeLatin1(head + (whole ?? ""))
      // They need not become text.
      : concat([encodeLatin1(head), whole]),
  );
}

async function send(
  { exchange }: Outgoing,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  if (bytes.length === 0) return true;
  exchange.answering = true;
  try {
    await writeAll(exchange.session.client.conn, bytes);
  } catch {
    return false;
  }
  exchange.bytesOut += bytes.length;
  return true;
}

function gone(exchange: Exchange): false {
  conclude(exchange, "client.closed");
  closeEngine(exchange.session);
  return false;
}

/** The engine's answer cannot be read, so it cannot be filtered. */
async function unreadable(
  exchange: Exchange,
  problem: string,
): Promise<boolean> {
  fail(
    exchange,
    "engine.unreadable_answer",
    `the engine's answer ${problem}, so that ${
      exchange.answers === null
        ? "it cannot be held to the client's scope"
        : "what is hidden from the client cannot be taken out"
    }`,
  );
  return await concludeFailure(exchange);
}

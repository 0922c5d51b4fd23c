/**
 * Judges a body as it passes: the engine gets its bytes as they come, and never
 * its end where it is refused, so that it begins nothing.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { hold, noRoom } from "./budget.ts";
import { conclude, fail, refuseExchange } from "./exchange.ts";
import type { PassingVerdict } from "./guard_gate.ts";
import { asChunk, LAST_CHUNK } from "./transform.ts";
import type { Passing } from "./refusal.ts";
import type { Exchange, PassingBody } from "./state.ts";

/**
 * Starts to judge the body of a request that is about to be sent.
 *
 * @param isTaken Whether a part of it is to go out with the head, as it was taken
 * before a change of policy brought the guard.
 * @returns null where it may be sent; it was answered otherwise, and this says
 * whether the connection goes on.
 */
export async function startJudging(
  exchange: Exchange,
  passing: Passing,
  isTaken: boolean,
): Promise<boolean | null> {
  const { session, body } = exchange;
  if (isTaken) {
    conclude(exchange, "policy.revoked");
    return false;
  }
  const started = { ...passing, held: [], over: false };
  if (body.done) {
    // There is none to pass.
    const refusal = note(exchange, started, passing.judge.end());
    return refusal === null ? null : await refuseExchange(exchange, refusal);
  }
  if (!hold(session, passing.judge.bytes)) {
    const { reason, ...refusal } = noRoom(session);
    const message = `sockwarden: ${reason}`;
    return await refuseExchange(exchange, { ...refusal, message }, false);
  }
  exchange.passing = started;
  return null;
}

/**
 * Judges the next bytes of a body, or its end where that has come.
 *
 * @param content Without chunk sizes.
 * @returns What the engine gets now, in chunks where the request says so; null
 * where it gets no more: `exchange.fault` tells why.
 */
export function passOn(
  exchange: Exchange,
  passing: PassingBody,
  content: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> | null {
  const { body } = exchange;
  if (content.length === 0 && !body.done) return content;
  const verdict = judgeNext(passing, content, body.done);
  const refusal = note(exchange, passing, verdict);
  if (refusal !== null) {
    // As the answer of `concludeFailure`, which writes the name again.
    const { code, message, status, findings, remedies } = refusal;
    const reason = message.replace(/^sockwarden: /, "");
    fail(exchange, code, reason, status, findings);
    exchange.remedies = remedies;
    return null;
  }
  if (verdict.kind === "hold" && !passing.over) {
    passing.held.push(content.slice());
    return content.subarray(0, 0);
  }
  const pieces = [...passing.held.splice(0), content];
  if (body.chunks === null) {
    return pieces.length === 1 ? content : concat(pieces);
  }
  const chunks = pieces.filter(({ length }) => length > 0).map(asChunk);
  return concat(body.done ? [...chunks, LAST_CHUNK] : chunks);
}

const PASS: PassingVerdict = { kind: "pass", warning: null };

function judgeNext(
  { judge, over }: PassingBody,
  content: Uint8Array,
  isLast: boolean,
): PassingVerdict {
  if (over) return PASS;
  const verdict = content.length === 0 ? null : judge.take(content);
  if (verdict?.kind === "refused" || !isLast) return verdict ?? PASS;
  const last = judge.end();
  return last.kind === "pass" && verdict?.kind === "pass"
    ? last.warning === null ? verdict : last
    : last;
}

/** Notes what was found; returns why the body is refused, null where it is not. */
function note(
  exchange: Exchange,
  passing: PassingBody,
  verdict: PassingVerdict,
): ReturnType<Passing["refuse"]> | null {
  const why = verdict.kind === "pass" ? verdict.warning : verdict.why;
  if (why === null || verdict.kind === "hold") return null;
  const refusal = passing.refuse(why, verdict.more);
  if (verdict.kind === "refused") {
    passing.over = true;
    if (!passing.dryRun) return refusal;
  }
  exchange.wouldRefuse ??= refusal;
  return null;
}

/**
 * Reads the next request head of a client connection.
 *
 * @module
 */

import { pause } from "../host.ts";
import { checkHeadStart } from "../http1/head_start.ts";
import {
  headAtHand,
  type NoHead,
  readHead as readWholeHead,
} from "../wire/head.ts";
import { take } from "../wire/source.ts";
import { holdHead, noRoom } from "./budget.ts";
import { enter } from "./connection.ts";
import { excerptOf, type RejectPlan } from "./plan.ts";
import type { Session } from "./state.ts";

/** Pipelined requests that are served in a row before other connections get a turn. */
const MAX_REQUESTS_IN_A_ROW = 32;

/**
 * The next head: its text with its last empty line, one code unit a byte; null
 * where the client has gone; a plan where it cannot be a head.
 */
export async function readHead(
  session: Session,
): Promise<string | RejectPlan | null> {
  const { client } = session;
  const { limits } = session.context;
  if (take(client)) {
    // Pipelined requests must not keep other connections waiting.
    if (++session.atHand > MAX_REQUESTS_IN_A_ROW) {
      session.atHand = 0;
      await pause(0);
    }
  } else {
    session.atHand = 0;
    do {
      if (client.ended) return null;
      await client.pending;
    } while (!take(client));
  }
  if (session.phase === "idle") enter(session, "head");
  const text = headAtHand(client) ??
    await readWholeHead(
      client,
      limits.headBytes,
      (text, from) => wrongStart(session, text, from),
    );
  // The time for the head ran out meanwhile, and 408 was answered.
  if (session.phase === "closing") return null;
  if (typeof text === "string") {
    return holdHead(session, text.length) ? text : rejectNoRoom(session, text);
  }
  switch (text.kind) {
    case "ended":
    case "cut":
      return null;
    case "too long":
      return rejectHead(checkHeadStart(text.text, 0, limits)!, text.text);
    default:
      return text;
  }
}

/** What is wrong already with a head that is not complete; the part before `from` was looked at. */
function wrongStart(
  session: Session,
  text: string,
  from: number,
): RejectPlan | NoHead | null {
  if (session.phase === "closing") return { kind: "cut", text };
  const error = checkHeadStart(text, from, session.context.limits);
  if (error !== null) return rejectHead(error, text);
  return holdHead(session, text.length) ? null : rejectNoRoom(session, text);
}

function rejectNoRoom(session: Session, text: string): RejectPlan {
  return rejectHead(noRoom(session), text);
}

/** The plan for a head that is answered with an error. */
function rejectHead(
  error: Pick<RejectPlan, "status" | "code" | "reason">,
  text: string,
): RejectPlan {
  return {
    kind: "reject",
    ...error,
    excerpt: excerptOf(text),
  };
}

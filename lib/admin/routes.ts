/**
 * What each path of the admin listener answers.
 *
 * @module
 */

import { parseTarget } from "../docker/match.ts";
import { readQuery } from "../guard/query.ts";
import type { RequestHead } from "../http1/request.ts";
import { type Admission, checkRequest, fieldsOf } from "./admission.ts";
import { DECISIONS } from "./api.ts";
import type { Answer, StreamReply } from "./connection.ts";
import { type DecisionFilter, decisionsAnswer } from "./decisions.ts";
import type { Events } from "./events.ts";
import type { Facts } from "./facts.ts";
import { seriesOf } from "./hour.ts";
import { formFor, METRICS_TYPES, metricsText } from "./metrics_text.ts";
import { pageReply } from "./page.ts";
import { errorReply, jsonReply, type Reply } from "./reply.ts";
import { clientsAnswer, policyAnswer, unusedAnswer } from "./rights.ts";
import { readiness, stateAnswer } from "./state.ts";
import { streamsAnswer } from "./streams.ts";

/** A request that was let in. */
interface Asked {
  readonly head: RequestHead;
  /** The part of the target behind `?`. */
  readonly query: string;
  /** Whom it is counted for. */
  readonly holder: string;
}

type Route = (
  facts: Facts,
  asked: Asked,
  events: Events,
) => Reply | StreamReply | Promise<Reply | StreamReply>;

/** How many decisions are told at a time: at most, and unless more are asked for. */
const MAX_LIMIT = 500;
const USUAL_LIMIT = 100;

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ["/", pageReply],
  ["/healthz", () => ({ status: 200, type: "text/plain", body: "ok\n" })],
  ["/readyz", async (facts) => {
    await facts.engine.refresh();
    const answer = readiness(facts);
    return jsonReply(answer, answer.ready ? 200 : 503);
  }],
  ["/metrics", async (facts, { head }) => {
    await facts.engine.refresh();
    const form = formFor(fieldsOf(head, "accept").join(","));
    const type = METRICS_TYPES[form];
    return { status: 200, type, body: metricsText(facts, form) };
  }],
  ["/api/v1/state", async (facts) => {
    await facts.engine.refresh();
    return jsonReply(stateAnswer(facts));
  }],
  ["/api/v1/policy", (facts) => {
    const policy = facts.policy();
    return jsonReply(policyAnswer(policy, facts.hashOf(policy)));
  }],
  [
    "/api/v1/clients",
    (facts) => jsonReply(clientsAnswer(facts, facts.policy())),
  ],
  [
    "/api/v1/streams",
    (facts) =>
      jsonReply(streamsAnswer(facts.rates, facts.underWay(), facts.now())),
  ],
  ["/api/v1/decisions", (facts, { query }) => {
    const filter = readFilter(query);
    return "problem" in filter
      ? errorReply(400, filter.problem)
      : jsonReply(decisionsAnswer(facts, filter));
  }],
  ["/api/v1/unused", (facts) => jsonReply(unusedAnswer(facts, facts.policy()))],
  [
    "/api/v1/series",
    ({ watch, now }) => jsonReply(seriesOf(watch.hour, watch, now())),
  ],
  ["/api/v1/events", (_facts, { holder }, events) =>
    events.subscribe(holder) ??
      errorReply(503, "too many read the events; try again later")],
  ["/api/v1/openapi.json", async (facts) => {
    const { openApi } = await import("./openapi.ts");
    return jsonReply(openApi(facts.version));
  }],
]);

/** What stands elsewhere, for who has mistyped. */
const NOTHING =
  "there is nothing here: / is the page, /metrics has the metrics, and /api/v1/openapi.json names the rest";

/** Every path that is answered. */
export const PATHS: readonly string[] = [...ROUTES.keys()];

/**
 * Makes what answers requests.
 *
 * @param admission Who is let in.
 */
export function createAnswer(
  facts: Facts,
  events: Events,
  admission: Admission,
): Answer {
  return async (head, holder) => {
    const wrong = wrongTarget(head.target);
    if (wrong !== null) return { ...errorReply(400, wrong), last: true };
    const mark = head.target.indexOf("?");
    const path = mark < 0 ? head.target : head.target.slice(0, mark);
    const query = mark < 0 ? "" : head.target.slice(mark + 1);
    const refused = checkRequest(admission, head, path);
    if (refused !== null) return refused;
    // Exactly: no other spelling of a path is a path of ours.
    const route = ROUTES.get(path);
    if (route === undefined) return errorReply(404, NOTHING);
    if (head.method !== "GET" && head.method !== "HEAD") {
      return errorReply(
        405,
        "nothing can be changed here",
        "Allow: GET, HEAD\r\n",
      );
    }
    if (head.framing.kind !== "none") {
      return errorReply(400, "a request has no body here");
    }
    return await route(facts, { head, query, holder }, events);
  };
}

/** As on the Docker listeners, what could be read in two ways is refused; null where it is not. */
function wrongTarget(text: string): string | null {
  const target = parseTarget(text);
  if ("reason" in target) return target.reason;
  return /^[^?]*%/.test(text) ? "no path here has an escape" : null;
}

function readFilter(query: string): DecisionFilter | { problem: string } {
  const read = readQuery(query, [
    "client",
    "operation",
    "decision",
    "text",
    "before",
    "limit",
  ]);
  if ("problem" in read) return read;
  const { client, operation, decision, text, before, limit } = read.values;
  if (decision !== "" && !(DECISIONS as readonly string[]).includes(decision)) {
    return { problem: `decision: expected one of ${DECISIONS.join(", ")}` };
  }
  const below = numberOf(before, Infinity, Number.MAX_SAFE_INTEGER);
  if (below === null) return { problem: "before: expected an id" };
  const most = numberOf(limit, USUAL_LIMIT, MAX_LIMIT);
  if (most === null || most === 0) {
    return { problem: `limit: expected a number from 1 to ${MAX_LIMIT}` };
  }
  return {
    client: client === "" ? null : client,
    operation,
    decision,
    text,
    before: below,
    limit: most,
  };
}

/** A whole number up to a bound; null where it is none. */
function numberOf(text: string, usual: number, most: number): number | null {
  if (text === "") return usual;
  const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : NaN;
  return value <= most ? value : null;
}

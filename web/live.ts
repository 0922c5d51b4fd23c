/**
 * What the stream of events brings.
 *
 * @module
 */

import type { DecisionsEvent, State, StreamsAnswer } from "../lib/admin/api.ts";
import { openEvents } from "./api.ts";
import { addFresh, EMPTY_FEED } from "./decisions.ts";
import { follow } from "./link.ts";
import { loadHistory, refresh, sayRefusals } from "./load.ts";
import { type Page, update, wantToken } from "./page.ts";
import type { ServerEvent } from "./sse.ts";

/** Refusals that wait to be told; the number says the rest. */
const MAX_UNSAID = 1000;
/** Milliseconds that the clocks may differ before it counts. */
const SAME_CLOCK_MS = 1500;

/** Follows the stream from now on, with the token that the page has. */
export function connect(page: Page): void {
  page.link?.stop();
  page.asked.clear();
  update(page, { link: { kind: "connecting" } }, true);
  const open = (signal: AbortSignal) => openEvents(page.state.token, signal);
  page.link = follow(open, {
    onOpen() {
      update(page, { link: { kind: "live" }, said: "Connected.", failure: "" });
      loadHistory(page);
      refresh(page);
    },
    onEvent: (event) => take(page, event),
    onBreak(reason, pauseMs, tries) {
      const retryAt = Date.now() + pauseMs;
      update(page, {
        link: { kind: "broken", reason, tries, retryAt },
        // Only the first break is news.
        ...(tries === 1 ? { said: `The stream broke: ${reason}.` } : {}),
      });
    },
    onUnauthorized: () => wantToken(page),
  });
}

function take(page: Page, { name, data }: ServerEvent): void {
  if (name === "decisions") takeDecisions(page, JSON.parse(data));
  else if (name === "state") takeState(page, JSON.parse(data));
  else if (name === "streams") {
    update(page, { streams: JSON.parse(data) as StreamsAnswer });
  }
}

function takeDecisions(
  page: Page,
  { decisions, skipped }: DecisionsEvent,
): void {
  const { feed } = page.state;
  update(page, { feed: addFresh(feed, decisions, skipped, page.matches) });
  for (const one of decisions) {
    if (one.decision === "refused" && page.unsaid.length < MAX_UNSAID) {
      page.unsaid.push(one);
    }
  }
  sayRefusals(page);
}

function takeState(page: Page, next: State): void {
  const before = page.state.state;
  // After a restart the numbers of the decisions begin anew.
  const restarted = before !== null && before.started !== next.started;
  if (restarted) page.asked.clear();
  else if (before !== null && before.policy.hash !== next.policy.hash) {
    page.asked.delete("policy");
    page.asked.delete("clients");
  }
  const offset = Date.parse(next.now) - Date.now();
  const moved = Math.abs(offset - page.state.offset) > SAME_CLOCK_MS;
  update(page, {
    state: next,
    ...(moved ? { offset } : {}),
    ...(restarted
      ? { feed: EMPTY_FEED, held: null, open: null, cursor: null }
      : {}),
  });
  if (restarted) loadHistory(page);
}

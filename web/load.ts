/**
 * What is asked for beside the stream: the answers that change slowly, and
 * decisions of the past.
 *
 * @module
 */

import { ask } from "./api.ts";
import { addHistory, MAX_KEPT, ROWS } from "./decisions.ts";
import { counted } from "./format.ts";
import { type Page, update, wantToken } from "./page.ts";
import type { Answered } from "./state.ts";

/** How many decisions are asked for at a time. */
const HISTORY = 200;
/** Milliseconds between two sentences on refusals: a screen reader is not flooded. */
const SAY_REFUSALS_MS = 10_000;

/** Asks for what is due; called once a second, and when another view is shown. */
export function refresh(page: Page): void {
  sayRefusals(page);
  if (page.state.link.kind === "live" && !document.hidden) {
    const { view } = page.state.route;
    load(page, "series", 10_000);
    load(page, "clients", view === "clients" ? 4000 : 20_000);
    if (view === "clients") load(page, "policy", 60_000);
    if (view === "unused") load(page, "unused", 15_000);
  }
  update(page, {});
}

/** Asks for decisions that the filter shows, those before an id where one is given. */
export async function loadHistory(page: Page, before = ""): Promise<void> {
  const { filter } = page.state.route;
  const answer = await ask("/api/v1/decisions", {
    ...filter,
    operation: filter.operation.trim(),
    text: filter.text.trim(),
    before,
    limit: String(HISTORY),
  }, page.state.token);
  // An answer to a filter that is gone says nothing.
  if (filter !== page.state.route.filter) return;
  if (answer.ok) {
    const { decisions, next } = answer.value;
    const { feed } = page.state;
    update(page, { feed: addHistory(feed, decisions, next, page.matches) });
  } else failed(page, "/api/v1/decisions", answer);
}

/** Shows more rows, and asks for them where they are not here. */
export async function loadOlder(page: Page): Promise<void> {
  const rows = Math.min(page.state.rows + ROWS, MAX_KEPT);
  update(page, { rows, paused: true }, true);
  const { kept, next } = page.state.feed;
  if (next === null || kept.length >= rows) return;
  update(page, { loadingOlder: true }, true);
  await loadHistory(page, String(next));
  page.state = { ...page.state, held: page.state.feed.kept };
  update(page, { loadingOlder: false }, true);
}

/** Tells a screen reader of refusals: several in one sentence. */
export function sayRefusals(page: Page): void {
  const now = performance.now();
  const last = page.unsaid.at(-1);
  if (last === undefined || now - page.saidAt < SAY_REFUSALS_MS) return;
  const many = counted(page.unsaid.length, "refusal");
  page.saidAt = now;
  page.unsaid = [];
  update(page, {
    said: `${many}, the last of ${
      last.client || "a client"
    }: ${last.operation}.`,
  });
}

async function load(
  page: Page,
  name: keyof Answered,
  everyMs: number,
): Promise<void> {
  const now = performance.now();
  if (now - (page.asked.get(name) ?? -Infinity) < everyMs) return;
  page.asked.set(name, now);
  const path = `/api/v1/${name}` as const;
  const answer = await ask(path, {}, page.state.token);
  if (answer.ok) update(page, { [name]: answer.value, failure: "" });
  else failed(page, path, answer);
}

function failed(
  page: Page,
  path: string,
  { status, message }: { status: number; message: string },
): void {
  if (status === 401) wantToken(page);
  else update(page, { failure: `${path}: ${message}` });
}

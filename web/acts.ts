/**
 * What a person does with the page. Nothing of it changes the proxy.
 *
 * @module
 */

import { copyText } from "./copy.ts";
import { EMPTY_FEED, type Filter, matcher, ROWS } from "./decisions.ts";
import { connect } from "./live.ts";
import { loadHistory, refresh } from "./load.ts";
import { type Page, TOKEN_KEY, update } from "./page.ts";
import { readRoute, type View, writeRoute } from "./route.ts";
import { firstState, type PageState } from "./state.ts";

/** Milliseconds that a filter waits for the next letter. */
const TYPING_MS = 250;

/** Takes a token and tries again. */
export function giveToken(page: Page, token: string): void {
  sessionStorage.setItem(TOKEN_KEY, token);
  update(page, { token });
  connect(page);
}

/** Forgets the token, and all that was read with it. */
export function forgetToken(page: Page): void {
  sessionStorage.removeItem(TOKEN_KEY);
  page.link?.stop();
  page.state = firstState(location.hash, null);
  update(page, { link: { kind: "token", wrong: false } }, true);
}

/** Shows another view. */
export function show(page: Page, view: View): void {
  if (view === page.state.route.view) return;
  update(page, { route: { ...page.state.route, view }, failure: "" }, true);
  history.pushState(null, "", writeRoute(page.state.route));
  refresh(page);
}

/** Goes where the address says, when somebody changed it. */
export function followHash(page: Page, hash: string): void {
  const { view, filter } = readRoute(hash);
  const before = page.state.route.filter;
  update(page, { route: { view, filter: before } }, true);
  // Only the address of the decisions holds the filter.
  const same = JSON.stringify(filter) === JSON.stringify(before);
  if (view === "decisions" && !same) filterBy(page, filter);
  refresh(page);
}

/** Changes the filter: what is here is shown at once, the history follows. */
export function filterBy(page: Page, change: Partial<Filter>): void {
  const filter = { ...page.state.route.filter, ...change };
  const { feed, route } = page.state;
  page.matches = matcher(filter);
  page.state = { ...page.state, held: null };
  update(page, {
    route: { ...route, filter },
    feed: {
      ...EMPTY_FEED,
      kept: feed.kept.filter(page.matches),
      skipped: feed.skipped,
    },
    open: null,
    cursor: null,
    rows: ROWS,
  }, true);
  history.replaceState(null, "", writeRoute(page.state.route));
  clearTimeout(page.typing);
  page.typing = setTimeout(async () => {
    await loadHistory(page);
    // What was held is what stood before the answer.
    page.state = { ...page.state, held: null };
    update(page, {}, true);
  }, TYPING_MS);
}

/** Pauses the list, or lets it run. */
export function pause(page: Page, paused: boolean): void {
  update(page, { paused, said: paused ? "Paused." : "Running." }, true);
}

/** Lets the list run again, whatever holds it. */
export function release(page: Page): void {
  if (page.away) document.getElementById("main")?.scrollIntoView();
  page.away = false;
  const focused = document.activeElement;
  if (focused instanceof HTMLElement && focused.closest(".list") !== null) {
    focused.blur();
  }
  page.pointedAt = -Infinity;
  update(page, { paused: false, open: null, cursor: null }, true);
}

/** Opens a decision, or closes it. */
export function toggle(page: Page, id: number): void {
  const open = page.state.open === id ? null : id;
  update(page, { open, cursor: id }, true);
}

/** Moves the row that the tab key reaches. */
export function point(page: Page, cursor: number | null): void {
  if (cursor !== page.state.cursor) update(page, { cursor }, true);
}

/** The page was scrolled: rows that come above would push what is read. */
export function scrolled(page: Page): void {
  const list = document.querySelector(".list");
  const away = list !== null && list.getBoundingClientRect().top < 0;
  if (away === page.away) return;
  page.away = away;
  update(page, {});
}

/** The pointer moved over the list. */
export function movePointer(page: Page): void {
  page.pointedAt = performance.now();
  if (page.state.held === null) update(page, {});
}

/** Chooses a client, or a group of one, in the matrix. */
export function choose(page: Page, choice: PageState["choice"]): void {
  update(page, { choice }, true);
}

/** Sorts the streams. */
export function sortStreams(page: Page, by: PageState["order"]["by"]): void {
  update(page, { order: { by } }, true);
}

/** Copies a text, and says so; false where the browser does not let it. */
export async function copy(
  page: Page,
  text: string,
  name: string,
): Promise<boolean> {
  const copied = await copyText(text);
  const said = copied ? `Copied: ${name}.` : `Copying failed: ${name}.`;
  update(page, { said }, true);
  return copied;
}

/**
 * The page's state and how it changes: each change is one call of
 * {@link update}, after which the page is drawn again.
 *
 * @module
 */

import type { Decision } from "../lib/admin/api.ts";
import { matcher, ROWS } from "./decisions.ts";
import type { Link } from "./link.ts";
import { firstState, type PageState } from "./state.ts";

/** Where the token is kept until the tab is closed. */
export const TOKEN_KEY = "sockwarden-token";
/** Milliseconds that a moving pointer holds the list, so that a row stays under it. */
const POINTER_HOLD_MS = 1200;

/** The page: its state, and what has to do with the time. */
export interface Page {
  state: PageState;
  /** Is told of each change: `soon` where a person caused it. */
  readonly changed: (soon: boolean) => void;
  link: Link | null;
  /** The test of the filter in force. */
  matches: (decision: Decision) => boolean;
  /** When the pointer moved over the list last. */
  pointedAt: number;
  /** Whether the top of the list is scrolled out of sight. */
  away: boolean;
  /** The timer that waits for the next letter of a filter. */
  typing: ReturnType<typeof setTimeout> | undefined;
  /** When refusals were told last, and those since then. */
  saidAt: number;
  unsaid: Decision[];
  /** When each answer was asked for last. */
  readonly asked: Map<string, number>;
}

/** Makes the page; the address and the stored token are read. */
export function createPage(changed: Page["changed"]): Page {
  const state = firstState(location.hash, sessionStorage.getItem(TOKEN_KEY));
  return {
    state,
    changed,
    link: null,
    matches: matcher(state.route.filter),
    pointedAt: -Infinity,
    away: false,
    typing: undefined,
    saidAt: -Infinity,
    unsaid: [],
    asked: new Map(),
  };
}

/** Changes the state. */
export function update(
  page: Page,
  change: Partial<PageState>,
  soon = false,
): void {
  page.state = held(page, { ...page.state, ...change });
  page.changed(soon);
}

/** Ends the stream and shows the form for a token. */
export function wantToken(page: Page): void {
  const wrong = page.state.token !== null;
  sessionStorage.removeItem(TOKEN_KEY);
  page.link?.stop();
  update(page, { token: null, link: { kind: "token", wrong } }, true);
}

/** Whether the keyboard is in the list: asked each time, since a row with the focus can go. */
function keyboardInList(): boolean {
  return (document.activeElement?.closest(".list") ?? null) !== null;
}

/** Holds the rows while somebody works with them, and lets them run again. */
function held(page: Page, state: PageState): PageState {
  const holds = state.paused || state.open !== null || keyboardInList() ||
    page.away ||
    performance.now() - page.pointedAt < POINTER_HOLD_MS;
  if (holds === (state.held !== null)) return state;
  return {
    ...state,
    held: holds ? state.feed.kept : null,
    feed: { ...state.feed, fresh: 0 },
    // The window is narrow again where it runs.
    rows: holds ? state.rows : ROWS,
  };
}

/**
 * All that the page knows.
 *
 * @module
 */

import type {
  ClientsAnswer,
  Decision,
  PolicyAnswer,
  SeriesAnswer,
  State,
  StreamsAnswer,
  UnusedAnswer,
} from "../lib/admin/api.ts";
import { EMPTY_FEED, type Feed, ROWS } from "./decisions.ts";
import { readRoute, type Route } from "./route.ts";

/** How the stream of events stands. */
export type LinkState =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  | {
    readonly kind: "broken";
    readonly reason: string;
    readonly tries: number;
    /** When it is tried again, by the browser's clock. */
    readonly retryAt: number;
  }
  /** A token is wanted; `wrong` where the one that was given is not it. */
  | { readonly kind: "token"; readonly wrong: boolean };

/** The answers that are asked for again and again; null before the first. */
export interface Answered {
  readonly clients: ClientsAnswer | null;
  readonly policy: PolicyAnswer | null;
  readonly unused: UnusedAnswer | null;
  readonly series: SeriesAnswer | null;
}

/** What is chosen in the matrix: a client, and one group of it or all. */
export interface Choice {
  readonly client: string;
  readonly group: string | null;
}

/** How the streams are sorted. */
export interface StreamOrder {
  readonly by: "age" | "in" | "out" | "rate";
}

/** The state; it is replaced, never changed. */
export interface PageState extends Answered {
  readonly link: LinkState;
  readonly token: string | null;
  /** Milliseconds that the proxy's clock is ahead of the browser's. */
  readonly offset: number;
  readonly state: State | null;
  readonly streams: StreamsAnswer | null;
  readonly route: Route;
  readonly feed: Feed;
  /** The rows as they stood when the list was held; null where it runs. */
  readonly held: readonly Decision[] | null;
  readonly paused: boolean;
  /** The decision that is open. */
  readonly open: number | null;
  /** The row that the tab key reaches; null for the first. */
  readonly cursor: number | null;
  /** Rows that may stand in the document. */
  readonly rows: number;
  readonly loadingOlder: boolean;
  readonly choice: Choice | null;
  readonly order: StreamOrder;
  /** What failed last while asking; empty where nothing did. */
  readonly failure: string;
  /** What a screen reader is told. */
  readonly said: string;
}

/** The state at the start. */
export function firstState(hash: string, token: string | null): PageState {
  return {
    link: { kind: "connecting" },
    token,
    offset: 0,
    state: null,
    streams: null,
    clients: null,
    policy: null,
    unused: null,
    series: null,
    route: readRoute(hash),
    feed: EMPTY_FEED,
    held: null,
    paused: false,
    open: null,
    cursor: null,
    rows: ROWS,
    loadingOlder: false,
    choice: null,
    order: { by: "age" },
    failure: "",
    said: "",
  };
}

/** The proxy's time by what is known of its clock. */
export function nowOf({ offset }: PageState): number {
  return Date.now() + offset;
}

/** The decisions that the list shows. */
export function shown(
  { held, feed, rows }: PageState,
): readonly Decision[] {
  return (held ?? feed.kept).slice(0, rows);
}

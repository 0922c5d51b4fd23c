/**
 * The address of a view: what stands behind the `#`, so that a view with its
 * filters can be kept as a bookmark.
 *
 * @module
 */

import { DECISIONS } from "../lib/admin/api.ts";
import { type Filter, NO_FILTER } from "./decisions.ts";

/** The views, in the order of their tabs. */
export const VIEWS = {
  decisions: "Decisions",
  clients: "Clients",
  streams: "Streams",
  unused: "Unused grants",
} as const;

/** One of the views. */
export type View = keyof typeof VIEWS;

/** Where the page stands. */
export interface Route {
  readonly view: View;
  readonly filter: Filter;
}

/** Reads a hash; what it does not know is left out. */
export function readRoute(hash: string): Route {
  const [name = "", search = ""] = hash.replace(/^#/, "").split("?", 2);
  const given = new URLSearchParams(search);
  const filter = { ...NO_FILTER };
  filter.client = given.get("client") ?? "";
  filter.operation = given.get("operation") ?? "";
  filter.text = given.get("text") ?? "";
  filter.decision = DECISIONS.find((one) => one === given.get("decision")) ??
    "";
  return { view: isView(name) ? name : "decisions", filter };
}

/** Writes a hash. */
export function writeRoute({ view, filter }: Route): string {
  const given = Object.entries(filter).filter(([, value]) => value !== "");
  const search = new URLSearchParams(given).toString();
  return view === "decisions" && search !== ""
    ? `#${view}?${search}`
    : `#${view}`;
}

function isView(name: string): name is View {
  return Object.hasOwn(VIEWS, name);
}

/**
 * Rewrites the query of a list for a scope: the limit is taken off, since it
 * counts behind the filter, and filters reach no object outside.
 *
 * @module
 */

import {
  type Filters,
  formatFilters,
  readFilters,
} from "../../guard/filters.ts";
import { readQuery } from "../../guard/query.ts";
import type { LookedUpKind } from "../../identity/object_queries.ts";
import { PROJECT_LABELS } from "../../policy/clients.ts";
import { coversImage } from "../../policy/scope_images.ts";
import {
  formatLabel,
  type ImageScope,
  isScoped,
  type ObjectScope,
  type ScopeKind,
} from "../../policy/scope.ts";
import { NOTHING } from "./answer_hold.ts";
import type { HeldCase, NotHeld } from "./held.ts";
import { findInScope } from "./look_up.ts";

/** The query to send, and how many entries are shown at most. */
export interface ListQuery {
  readonly query: string;
  readonly limit: number | null;
  /** As in `AnswerHold`. */
  readonly absent: string | null;
}

/** A limit as the engine takes it; of others nothing is known. */
const LIMIT = /^-?[0-9]{1,9}$/;

/** Filters that place the list before or after an object: one that is absent is an error. */
const PLACES = ["before", "since"] as const;

/** Filters of containers by what they use: of what is absent there are none. */
const USED: readonly (readonly [filter: string, kind: ScopeKind])[] = [
  ["network", "networks"],
  ["volume", "volumes"],
  ["ancestor", "images"],
];

/** Rewrites the query of a list of a kind. */
export async function listQuery(
  of: HeldCase,
  kind: ScopeKind,
  query: string,
): Promise<ListQuery | NotHeld> {
  const names = ["filters", "limit", "all", ...PLACES] as const;
  const read = readQuery(query, names);
  if ("problem" in read) return { kind: "refused", why: read.problem };
  const { filters: written, limit: most, ...old } = read.values;
  if (most !== "" && !LIMIT.test(most)) {
    return {
      kind: "refused",
      why: `the limit '${most.slice(0, 20)}' is not a number`,
    };
  }
  // Versions of the API before 1.22 had them beside the filters.
  if (PLACES.some((place) => old[place] !== "")) {
    return {
      kind: "refused",
      why:
        "'before' and 'since' in the query are outdated; send them in 'filters'",
    };
  }
  const given = readFilters(written);
  if ("problem" in given) return { kind: "refused", why: given.problem };
  const scoped = await scopedFilters(of, kind, given as Filters);
  if ("kind" in scoped) return scoped;
  const { filters, absent } = scoped;
  const limit = kind === "containers" && Number(most) > 0 ? Number(most) : null;
  const kept = keptPairs(query, limit === null ? ["all"] : []);
  // A limit shows containers that do not run, too.
  if (limit !== null) kept.push("all=1");
  const text = formatFilters(filters);
  if (text !== "") kept.push(`filters=${encodeURIComponent(text)}`);
  return { query: kept.join("&"), limit, absent };
}

/** The parameters that are sent on as they came. */
function keptPairs(query: string, more: readonly string[]): string[] {
  const known = new Set(["filters", "limit", "all", ...PLACES]);
  for (const one of more) known.delete(one);
  return query.split("&").filter((pair) => {
    if (pair === "") return false;
    const key = pair.split("=", 1)[0]!;
    // It was read before, so that it can be decoded.
    return !known.has(decodeURIComponent(key.replaceAll("+", " ")));
  });
}

/** The filters with the scope's own added, where the engine's are exact. */
async function scopedFilters(
  of: HeldCase,
  kind: ScopeKind,
  given: Filters,
): Promise<Pick<ListQuery, "absent"> & { filters: Filters } | NotHeld> {
  const filters = new Map(given);
  let absent: string | null = null;
  for (const place of PLACES) {
    const references = filters.get(place);
    if (references === undefined) continue;
    const ids: string[] = [];
    for (const name of references) {
      const id = await placeOf(of, kind, name);
      if (typeof id === "object") return id;
      if (id === NOTHING) absent ??= name;
      ids.push(id);
    }
    filters.set(place, ids);
  }
  if (kind === "containers") {
    for (const [filter, used] of USED) {
      const references = filters.get(filter);
      if (references === undefined || !isScoped(of.scope, used)) continue;
      const shown = await usedIn(of, used, references);
      if ("kind" in shown) return shown as NotHeld;
      filters.set(filter, shown as readonly string[]);
    }
  }
  const label = kind === "images" ? null : onlyLabel(of.scope[kind]);
  const labels = filters.get("label") ?? [];
  if (label !== null && !labels.includes(label)) {
    filters.set("label", [...labels, label]);
  }
  return { filters, absent };
}

/** The object that places a list, by full id; in place of one outside one that does not exist, so that the engine says what it says of those. */
async function placeOf(
  of: HeldCase,
  kind: ScopeKind,
  name: string,
): Promise<string | NotHeld> {
  if (kind === "images") {
    return coversImage(of.scope.images as ImageScope, "use", name)
      ? name
      : NOTHING;
  }
  const found = await findInScope(of, kind, name);
  if (!("kind" in found)) return found.facts.id;
  return found.kind === "absent" ? NOTHING : found;
}

/** What containers use; in place of what is outside one that does not exist. */
async function usedIn(
  of: HeldCase,
  kind: ScopeKind,
  references: readonly string[],
): Promise<readonly string[] | NotHeld> {
  const shown: string[] = [];
  for (const name of references) {
    if (kind === "images") {
      const fits = coversImage(of.scope.images as ImageScope, "use", name);
      shown.push(fits ? name : NOTHING);
      continue;
    }
    const found = await findInScope(of, kind as LookedUpKind, name);
    if (!("kind" in found)) shown.push(name);
    else if (found.kind !== "absent") return found;
    // What the engine has not is no matter of the scope: it may be a path.
    else shown.push(found.hidden === null ? name : NOTHING);
  }
  return shown;
}

/** The one label that all objects in scope have; null where there is none. */
function onlyLabel(scope: ObjectScope | "any" | null): string | null {
  if (scope === null || scope === "any" || scope.anyOf.length !== 1) {
    return null;
  }
  const { label, project } = scope.anyOf[0]!;
  if (label.length === 1) return formatLabel(label[0]!);
  return project.length === 1 && PROJECT_LABELS.length === 1
    ? `${PROJECT_LABELS[0]}=${project[0]}`
    : null;
}

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
import { shown as cut } from "../../guard/json.ts";
import { readQuery } from "../../guard/query.ts";
import type { LookedUpKind } from "../../identity/object_queries.ts";
import { PROJECT_LABELS } from "../../policy/clients.ts";
import { coversAllTags, coversImage } from "../../policy/scope_images.ts";
import {
  formatLabel,
  type ImageScope,
  isScoped,
  type ObjectScope,
  type ScopeKind,
} from "../../policy/scope.ts";
import { NOTHING } from "./answer_hold.ts";
import { type HeldCase, isPodmans, type NotHeld } from "./held.ts";
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

/** Filters that podman alone knows, in both of its APIs: they name objects, or tell what containers outside use. */
const BEYOND: readonly (readonly [filter: string, kind: ScopeKind])[] = [
  ["pod", "containers"],
  ["containers", "containers"],
  ["after", "images"],
  ["after", "volumes"],
];

/** What is understood of the queries of podman's own lists, by the kind. */
const PODMAN_LISTS: Readonly<
  Record<ScopeKind, Readonly<Record<"query" | "filters", readonly string[]>>>
> = {
  containers: {
    query: [
      ...["all", "external", "filters", "last", "limit", "namespace", "pod"],
      ...["size", "sync"],
    ],
    filters: [
      ...["ancestor", "before", "command", "exited", "health", "id", "label"],
      ...["label!", "name", "network", "restart-policy"],
      ...["should-start-on-boot", "since", "status", "until", "volume"],
    ],
  },
  networks: {
    query: ["filters"],
    filters: ["driver", "id", "label", "label!", "name", "until"],
  },
  volumes: {
    query: ["filters"],
    filters: [
      ...["anonymous", "driver", "label", "label!", "name", "opt", "scope"],
      ...["since", "until"],
    ],
  },
  images: {
    query: ["all", "digests", "filters", "shared-size", "size"],
    filters: [
      ...["before", "dangling", "digest", "id", "intermediate", "label"],
      ...["label!", "manifest", "readonly", "reference", "since", "until"],
    ],
  },
};

/** How podman reads that a parameter is not set. */
const OFF = /^(?:0|f|false)?$/i;

/** Rewrites the query of a list of a kind. */
export async function listQuery(
  of: HeldCase,
  kind: ScopeKind,
  query: string,
): Promise<ListQuery | NotHeld> {
  const podmans = isPodmans(of);
  const names = [...KNOWN, ...PLACES] as const;
  const read = readQuery(query, names);
  if ("problem" in read) return { kind: "refused", why: read.problem };
  const { filters: written, limit, last, external, ...old } = read.values;
  const most = podmans && last !== "" ? last : limit;
  if (most !== "" && !LIMIT.test(most)) {
    return {
      kind: "refused",
      why: "the limit in the query is not a number",
    };
  }
  const outdated = outdatedIn(kind, old);
  if (outdated !== null) return { kind: "refused", why: outdated };
  const given = readFilters(written);
  if ("problem" in given) return { kind: "refused", why: given.problem };
  const filtered = given as Filters;
  const unknown = (podmans ? unknownIn(kind, query, filtered) : null) ??
    beyondIn(of, kind, filtered);
  if (unknown !== null) return { kind: "refused", why: unknown };
  // They are containers of other programs, without labels.
  if (podmans && !OFF.test(external)) {
    return {
      kind: "refused",
      why:
        "'external' in the query lists what cannot be held to the client's scope; leave it out",
    };
  }
  const scoped = await scopedFilters(of, kind, filtered);
  if ("kind" in scoped) return scoped;
  const { filters, absent } = scoped;
  const shown = kind === "containers" && Number(most) > 0 ? Number(most) : null;
  const dropped = [
    ...["filters", "limit", ...PLACES],
    ...podmans ? ["last"] : [],
    ...shown === null ? [] : ["all"],
  ];
  const kept = keptPairs(query, dropped);
  // A limit shows containers that do not run, too.
  if (shown !== null) kept.push("all=1");
  const text = formatFilters(filters);
  if (text !== "") kept.push(`filters=${encodeURIComponent(text)}`);
  return { query: kept.join("&"), limit: shown, absent };
}

/** The parameters that are read. */
const KNOWN = [
  "filters",
  "limit",
  "all",
  "last",
  "external",
  "filter",
] as const;

/** Why a query is refused that has beside the filters what versions of the API before 1.22 and 1.25 had there; null where it has none. */
function outdatedIn(
  kind: ScopeKind,
  query: Readonly<Record<"filter" | typeof PLACES[number], string>>,
): string | null {
  if (kind === "images" && query.filter !== "") {
    return "'filter' in the query is outdated; send 'reference' in 'filters'";
  }
  return PLACES.some((place) => query[place] !== "")
    ? "'before' and 'since' in the query are outdated; send them in 'filters'"
    : null;
}

/** Why a query of one of podman's own lists is refused: something in it is not understood; null where all is. */
function unknownIn(
  kind: ScopeKind,
  query: string,
  given: Filters,
): string | null {
  const known = PODMAN_LISTS[kind];
  const parameter = query.split("&").filter((pair) => pair !== "")
    .map(keyOf).find((key) => !known.query.includes(key));
  if (parameter !== undefined) {
    return `'${
      cut(parameter)
    }' in the query is not known to keep to the client's scope; leave it out`;
  }
  const filter = [...given.keys()].find((key) => !known.filters.includes(key));
  return filter === undefined
    ? null
    : `the filter '${
      cut(filter)
    }' is not known to keep to the client's scope; leave it out`;
}

/** Why a filter is refused that reaches beyond the list; null where none does. */
function beyondIn(
  { scope }: HeldCase,
  kind: ScopeKind,
  given: Filters,
): string | null {
  const found = BEYOND.find(([filter, of]) =>
    given.has(filter) &&
    (filter === "after" ? of === kind : isScoped(scope, of))
  );
  return found === undefined
    ? null
    : `the filter '${
      found[0]
    }' reaches other objects, which cannot be held to the client's scope; leave it out`;
}

/** The key of a pair of a query that was read before, so that it can be decoded. */
function keyOf(pair: string): string {
  return decodeURIComponent(pair.split("=", 1)[0]!.replaceAll("+", " "));
}

/** The parameters that are sent on as they came. */
function keptPairs(query: string, dropped: readonly string[]): string[] {
  return query.split("&").filter((pair) =>
    pair !== "" && !dropped.includes(keyOf(pair))
  );
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
  const references = filters.get("reference");
  if (kind === "images" && references !== undefined) {
    const isPodman = isPodmans(of) || await of.sources.objects.isPodman();
    if (typeof isPodman !== "boolean") {
      const reason =
        `sockwarden cannot tell what the filter 'reference' means: ${isPodman.reason}`;
      return { kind: "unsure", reason };
    }
    // Docker shows the names alone that it finds.
    if (isPodman) {
      filters.set("reference", references.map((one) => coveredOr(of, one)));
    }
  }
  // Podman takes the filters of volumes for alternatives.
  const isExact = kind !== "images" && (kind !== "volumes" || given.size === 0);
  const label = isExact ? onlyLabel(of.scope[kind]) : null;
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

/** A name of images that podman looks for; in place of one outside one that no image has: an image in scope would be listed by its names outside, too. */
function coveredOr({ scope }: HeldCase, reference: string): string {
  const images = scope.images as ImageScope;
  return coversImage(images, "use", reference) ||
      coversAllTags(images, "use", reference)
    ? reference
    : NOTHING;
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
    // Podman takes a place after a volume's name.
    const one = kind === "volumes" ? name.split(":", 1)[0]! : name;
    const found = await findInScope(of, kind as LookedUpKind, one);
    // In podman's own API a network may have another name.
    if (!("kind" in found)) shown.push(isPodmans(of) ? found.facts.id : name);
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

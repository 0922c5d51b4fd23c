/**
 * Holds requests that join objects, rename them, or end those that nothing
 * uses. What they join is written as full ids, so that a rename in between
 * changes nothing.
 *
 * @module
 */

import { formatFilterLists, readFilters } from "../../guard/filters.ts";
import { shown } from "../../guard/json.ts";
import type { Joined } from "../../guard/joined.ts";
import { readJoinedFields } from "../../guard/references.ts";
import { readQuery } from "../../guard/query.ts";
import { withParameter } from "../../guard/rewrite.ts";
import { PROJECT_LABELS } from "../../policy/clients.ts";
import { judgeObject, type ObjectScope } from "../../policy/scope.ts";
import {
  type HeldCase,
  type Holder,
  isPodmans,
  type NotHeld,
  refuseHold,
} from "./held.ts";
import { holdImageQuery } from "./images.ts";
import { findInScope, findJoined, takenName } from "./look_up.ts";

/** What could be the start of an id: the engine would find the object of that name in place of another one. */
export const LIKE_AN_ID = /^[0-9a-f]{12,}$/;

/** Holds the objects that the query names. */
export const holdQuery: Holder = async (of, hold, held) => {
  if (hold.kind === "images") return await holdImageQuery(of, hold, held);
  if (hold.kind !== "containers") return refuseHold(of, hold, held);
  const read = readQuery(held.query, ["container"]);
  if ("problem" in read) return refused(read.problem);
  const { container } = read.values;
  if (container === "") return refused("the query names no container");
  const found = await findInScope(of, "containers", container);
  if ("kind" in found) return found;
  return {
    ...held,
    query: withParameter(held.query, "container", found.facts.id),
    by: [...held.by, found.by],
  };
};

/** Holds a new name: under it the container must still be in scope. */
export const holdRename: Holder = async (of, _, held) => {
  const read = readQuery(held.query, ["name"]);
  if ("problem" in read) return refused(read.problem);
  const name = read.values.name.replace(/^\//, "");
  if (LIKE_AN_ID.test(name)) return refused(likeAnId(name));
  const [id = ""] = held.parameters;
  const found = await findInScope(of, "containers", id);
  if ("kind" in found) return found;
  const scope = of.scope.containers as ObjectScope;
  const facts = { ...found.facts, name };
  const { inside, by } = judgeObject("containers", scope, facts);
  if (inside) return await takenName(of, "containers", name) ?? held;
  return refused(
    `as '${name}' the container would be outside the client's scope: ${by}; a client that renames to other names needs a scope by label`,
  );
};

/** Why a name is refused that could be an id. */
export function likeAnId(name: string): string {
  return `the name '${name}' could be the start of an id; use a name that has another character than 0-9 and a-f, or fewer than 12`;
}

/**
 * Holds what a container joined when it was created: the engine looks up at its
 * start what its namespaces, networks and volumes name.
 */
export const holdRejoin: Holder = async (of, { kind }, held) => {
  if (kind === "images") return held;
  const [id = ""] = held.parameters;
  const fields = await of.sources.objects.joined(id);
  if (fields === null) {
    return { kind: "absent", object: "containers", name: id, hidden: null };
  }
  const why = "reason" in fields ? fields.reason : null;
  const joined = "reason" in fields ? null : readJoinedFields(fields);
  if (joined === null || "problem" in joined) {
    const reason = `sockwarden cannot tell what '${id}' joins: ${
      why ?? (joined as { problem: string }).problem
    }`;
    return { kind: "unsure", reason };
  }
  return await judgeJoined(of, kind, joined) ?? held;
};

/** Judges what a container joined; null where all of it is in scope. */
async function judgeJoined(
  of: HeldCase,
  kind: "containers" | "networks" | "volumes",
  { references }: Joined,
): Promise<NotHeld | null> {
  const names = new Map(
    references.filter((one) => one.kind === kind)
      .map(({ name, once }) => [name, once]),
  );
  for (const [name, once] of names) {
    const found = await findJoined(of, kind, name);
    if (!("kind" in found)) continue;
    const isGone = found.kind === "absent" && found.hidden === null;
    if (!(isGone && once)) return found;
  }
  return null;
}

/** Kinds that are pruned by labels. */
const PRUNED: ReadonlySet<string> = new Set([
  "container.prune",
  "network.prune",
  "volume.prune",
  "libpod.container.prune",
  "libpod.network.prune",
  "libpod.volume.prune",
]);

/** Holds a prune: the scope's filter is added where the engine's filter is exact. */
export const holdPrune: Holder = async (of, hold, held) => {
  const labels = hold.kind === "images" || !PRUNED.has(of.match.operation.name)
    ? null
    : exactLabels(of.scope[hold.kind] as ObjectScope);
  if (labels === null) {
    return refused(
      `a prune cannot be held to the client's scope on ${hold.kind}; scope it by one label with its value, or delete what is not used by name`,
    );
  }
  const read = readQuery(held.query, ["filters"]);
  if ("problem" in read) return refused(read.problem);
  const given = readFilters(read.values.filters);
  if ("problem" in given) return refused(given.problem as string);
  const filters = new Map(given as ReadonlyMap<string, readonly string[]>);
  filters.set("label", [
    ...new Set([...filters.get("label") ?? [], ...labels]),
  ]);
  if (hold.kind !== "containers") {
    const widened = await widenedPrune(of, filters);
    if (widened !== null) return widened;
  }
  // Of an error podman says which other objects are in the way.
  const answer = isPodmans(of)
    ? [...held.answer, { ...hold, limit: null, absent: null }]
    : held.answer;
  return {
    ...held,
    answer,
    query: withParameter(held.query, "filters", formatFilterLists(filters)),
    by: [...held.by, ...labels.map((label) => `label ${label}`)],
  };
};

/**
 * Why a prune of volumes or networks with filters beside the scope's label is
 * refused. Of volumes podman prunes what any filter finds, up to its version 5;
 * after that `all` takes the others off. Of networks it takes one filter that
 * comes first, up to its version 3. Docker prunes what all filters find.
 */
async function widenedPrune(
  of: HeldCase,
  filters: ReadonlyMap<string, readonly string[]>,
): Promise<NotHeld | null> {
  const other = [...filters.keys()].find((key) => key !== "label") ??
    (filters.get("label")!.length > 1 ? "label" : null);
  if (other === null) return null;
  const isPodman = isPodmans(of) || await of.sources.objects.isPodman();
  if (isPodman === false) return null;
  if (isPodman !== true) {
    const reason =
      `sockwarden cannot tell what the filters of the prune mean: ${isPodman.reason}`;
    return { kind: "unsure", reason };
  }
  return refused(
    `beside the scope's label podman would prune others by the filter '${
      shown(other)
    }'; leave it out`,
  );
}

/** Labels that only objects in scope have; null where the scope is not of that kind. */
function exactLabels({ anyOf }: ObjectScope): string[] | null {
  const [one] = anyOf;
  if (
    one === undefined || anyOf.length > 1 || one.name.length > 0 ||
    one.not.length > 0 || one.label.length > 1 || one.project.length > 1
  ) return null;
  const labels = one.label.map(({ key, value }) =>
    value === null ? null : `${key}=${value}`
  );
  // The engine takes a key alone for a label with an empty value, too.
  if (labels.includes(null)) return null;
  return [
    ...labels as string[],
    ...one.project.map((project) => `${PROJECT_LABELS[0]}=${project}`),
  ];
}

function refused(why: string): NotHeld {
  return { kind: "refused", why };
}

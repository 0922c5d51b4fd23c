/**
 * The narrowest scope that covers the objects of recorded calls, by the user's
 * choice of key. Names are never widened to a pattern; where it is not known
 * what a call reached, the kind has no scope and a sentence says so. Pure.
 *
 * @module
 */

import { type Hold, HOLDS } from "../policy/scope_table.ts";
import { SCOPE_KINDS, type ScopeKind } from "../policy/scope.ts";
import type { By, ProposedScope } from "./proposal.ts";
import { imageTerms } from "./scope_images.ts";
import {
  commonLabel,
  type Found,
  joinedBy,
  termsOf,
  valueOf,
} from "./scope_values.ts";
import type { Kind } from "./tally.ts";
import { createdIn, groupBy } from "./why.ts";

/** Values of one kind; with more nobody reads the file. */
const MAX_TERMS = 200;
/** Reasons of one kind that are told. */
const MAX_REASONS = 4;

/** Ways in which a request names the object that is recorded. */
const NAMING: ReadonlySet<Hold["way"]> = new Set([
  "path",
  "exec",
  "create",
  "query",
]);

/**
 * Proposes a scope for each kind.
 *
 * @param kinds The calls that must pass, of operations that are known.
 * @param paths Rules for paths that are granted too: beside one there is no scope.
 * @returns A part for each kind about which there is something to say.
 */
export function proposeScopes(
  by: By,
  kinds: readonly Kind[],
  paths: readonly string[] = [],
): ProposedScope[] {
  const proposed = SCOPE_KINDS.map((kind) => scopeOf(by, kind, kinds, paths));
  const isScoped = proposed.some(({ value }) => value !== null);
  return proposed.map((one): ProposedScope => {
    if (one.value !== null || !isScoped) return one;
    const joining = joinsOf(one.kind, kinds);
    return joining.length === 0 ? one : {
      kind: one.kind,
      value: "any",
      says: [
        ...one.says,
        `any, since ${
          joining.join(", ")
        } would be refused beside a scope on another kind`,
      ],
    };
  }).filter(({ value, says }) => value !== null || says.length > 0);
}

/** Operations that join a kind to another one, and are refused where it is closed. */
function joinsOf(kind: ScopeKind, kinds: readonly Kind[]): string[] {
  const names = new Set(kinds.map(({ operation }) => operation));
  return [...names].filter((name) =>
    HOLDS.get(name)?.some((hold) =>
      hold.kind === kind && hold.joins && hold.way !== "events"
    )
  );
}

function scopeOf(
  by: By,
  kind: ScopeKind,
  kinds: readonly Kind[],
  paths: readonly string[],
): ProposedScope {
  const created = createdIn(kinds);
  const reasons = paths.map((rule) => `'${rule}' cannot be held to a scope`);
  const found: Found[] = [];
  for (const [name, calls] of groupBy(kinds, ({ operation }) => operation)) {
    const holds = HOLDS.get(name)?.filter((hold) => hold.kind === kind);
    if (holds === undefined) reasons.push(`${name} cannot be held to a scope`);
    for (const hold of holds ?? []) {
      reasons.push(...heldBy(by, hold, name, calls, created));
      if (NAMING.has(hold.way)) {
        found.push(...calls.map((call) => ({
          call,
          object: call.object?.kind === kind.slice(0, -1) ? call.object : null,
        })));
      }
      if (hold.way !== "body" && hold.way !== "rejoin") continue;
      for (const call of calls) {
        const { joined, unknown } = joinedBy(kind, call);
        found.push(...joined);
        if (hold.way === "body") reasons.push(...unknown);
      }
    }
  }
  // Where nothing was reached by its name there is nothing to hold.
  if (found.length === 0) return { kind, value: null, says: [] };
  return kind === "images"
    ? withReasons(kind, reasons, imageTerms(found))
    : objectScope(by, kind, reasons, found, kinds);
}

/** Why the hold of an operation cannot be met by what was recorded. */
function heldBy(
  by: By,
  { way, kind }: Hold,
  name: string,
  calls: readonly Kind[],
  created: ReadonlySet<string>,
): string[] {
  switch (way) {
    case "never":
      return [`${name} cannot be held to a scope`];
    case "rename":
      return by.key === "name"
        ? [`the new names that ${name} gives are not recorded`]
        : [];
    case "rejoin":
      // What a container of its own joins was seen when it was created.
      return kind === "containers" ||
          calls.every(({ joins, object }) =>
            joins !== null || created.has(object?.name || "\0")
          )
        ? []
        : [`which ${kind} the containers of ${name} use is not recorded`];
    case "prune":
      return by.key === "name" || kind === "images"
        ? [`${name} cannot be held to names`]
        : [];
    default:
      return [];
  }
}

function objectScope(
  by: By,
  kind: Exclude<ScopeKind, "images">,
  reasons: readonly string[],
  found: readonly Found[],
  kinds: readonly Kind[],
): ProposedScope {
  const label = by.key === "label" ? by.label ?? commonLabel(found) : null;
  if (by.key === "label" && label === null) {
    return {
      kind,
      value: null,
      says: shorten([...reasons, "there is no label that all of them have"]),
    };
  }
  const terms = new Map<string, Kind[]>();
  const unknown: string[] = [];
  for (const one of found) {
    const value = valueOf(by.key, label, one);
    if ("unknown" in value) unknown.push(value.unknown);
    else terms.set(value.text, [...terms.get(value.text) ?? [], one.call]);
  }
  // A prune runs with the one label or project of the scope, or not at all.
  const pruned = terms.size > 1
    ? kinds.filter(({ operation }) =>
      HOLDS.get(operation)?.some((hold) =>
        hold.kind === kind && hold.way === "prune"
      )
    ).map(({ operation }) =>
      `${operation} cannot be held to more than one ${by.key}`
    )
    : [];
  const scope = withReasons(kind, [...reasons, ...unknown, ...pruned], {
    value: { key: by.key, terms: termsOf(terms) },
    reasons: terms.size > MAX_TERMS
      ? [`there are ${terms.size} of them: choose another key with --by`]
      : [],
  });
  return by.key === "name" && scope.value !== null
    ? { ...scope, says: changingNames(terms, kinds) }
    : scope;
}

/** Names that the client gave to containers in one of several runs: in the next one it may give others. */
function changingNames(
  terms: ReadonlyMap<string, readonly Kind[]>,
  kinds: readonly Kind[],
): string[] {
  const runsOf = (of: readonly Kind[]) =>
    new Set(of.flatMap(({ runs }) => runs)).size;
  const runs = runsOf(kinds);
  const created = createdIn(kinds);
  const names = [...terms].filter(([name, calls]) =>
    created.has(name) && runsOf(calls) === 1
  ).map(([name]) => `'${name}'`);
  return runs === 1 || names.length === 0 ? [] : [
    `${names.slice(0, MAX_REASONS).join(", ")}${
      names.length > MAX_REASONS ? ", …" : ""
    }: created in one of ${runs} runs only; where names change from run to run, choose another key with --by`,
  ];
}

function withReasons(
  kind: ScopeKind,
  reasons: readonly string[],
  found: {
    readonly value: ProposedScope["value"];
    readonly reasons: readonly string[];
  },
): ProposedScope {
  const all = [...reasons, ...found.reasons];
  return all.length === 0
    ? { kind, value: found.value, says: [] }
    : { kind, value: null, says: shorten(all) };
}

function shorten(reasons: readonly string[]): string[] {
  const each = [...new Set(reasons)];
  return each.length === 0 ? [] : [
    `no scope: ${each.slice(0, MAX_REASONS).join("; ")}${
      each.length > MAX_REASONS ? `; and ${each.length - MAX_REASONS} more` : ""
    }`,
  ];
}

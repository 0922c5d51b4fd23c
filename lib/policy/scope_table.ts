/**
 * How each operation is held to a client's scope: the closed table, and what of
 * it counts for one scope. An operation without a row is never held, so that it
 * cannot be granted beside a scope.
 *
 * | way      | what it means                                                          |
 * | -------- | ---------------------------------------------------------------------- |
 * | `path`   | the path names an object of that kind, which must be in scope           |
 * | `exec`   | the path names an exec, whose container must be in scope                |
 * | `query`  | the query names objects of that kind, which must be in scope            |
 * | `body`   | the query or body joins objects of that kind, which must be in scope    |
 * | `create` | it creates an object of that kind, which must be in scope then          |
 * | `rename` | the name in the query must keep the object in scope                     |
 * | `rejoin` | what the object joined when it was created must still be in scope       |
 * | `list`   | the answer lists objects of that kind: others are taken out             |
 * | `events` | the stream has events of that kind: those of others are taken out       |
 * | `answer` | the answer mentions objects of that kind: others are taken out          |
 * | `prune`  | the scope's filter is added, or it is refused                           |
 * | `force`  | it must not delete the objects of that kind which use the one of the path  |
 * | `never`  | it cannot be held to a scope on that kind                               |
 *
 * @module
 */

import {
  DOCKER_ROWS,
  type HoldRow,
  type HoldWay,
  LIBPOD_ROWS,
} from "./scope_rows.ts";
import {
  isClosed,
  isScoped,
  type Scope,
  SCOPE_KINDS,
  type ScopeKind,
} from "./scope.ts";

/** One way in which an operation is held to the scope on one kind. */
export interface Hold {
  readonly way: HoldWay;
  readonly kind: ScopeKind;
  /** Whether the operation joins that kind to another one: without a scope beside one on the other, the kind is closed for it. */
  readonly joins: boolean;
}

/** The table: how each operation is held. Empty where it touches no object of the four kinds. */
export const HOLDS: ReadonlyMap<string, readonly Hold[]> = new Map(
  [...DOCKER_ROWS, ...LIBPOD_ROWS].map((row) => [row[0], readRow(row)]),
);

function readRow([, ...texts]: HoldRow): Hold[] {
  return texts.flatMap((text) => {
    const [word, kind] = text.split(" ") as [string, ScopeKind | "all"];
    const way = word.replace("+", "") as HoldWay;
    // What is named in a body, and what a stream shows, would be a way around.
    const joins = word.endsWith("+") || way === "body" || way === "events";
    return (kind === "all" ? SCOPE_KINDS : [kind])
      .map((one) => ({ way, kind: one, joins }));
  });
}

/** How an operation cannot be held to a scope; null where it can. */
export function cannotHold(scope: Scope, operation: string): Hold | null {
  const row = HOLDS.get(operation);
  if (row === undefined) {
    const kind = SCOPE_KINDS.find((one) => isScoped(scope, one));
    return kind === undefined ? null : { way: "never", kind, joins: false };
  }
  return row.find(({ way, kind }) =>
    way === "never" && isScoped(scope, kind)
  ) ??
    null;
}

/** How an operation that can be held is held to a scope: what of its row counts. */
export function holdsOf(scope: Scope, operation: string): readonly Hold[] {
  return (HOLDS.get(operation) ?? []).filter(({ way, kind, joins }) =>
    way !== "never" &&
    (isScoped(scope, kind) || joins && isClosed(scope, kind))
  );
}

/** Ways that look themselves at a kind that is closed: the request may not join it. */
const LOOKS_AT_CLOSED: ReadonlySet<HoldWay> = new Set(["body", "events"]);

/** Whether every request is refused that is held in that way, since the kind has no scope beside another one. */
export function isShut(scope: Scope, { way, kind }: Hold): boolean {
  return isClosed(scope, kind) && !LOOKS_AT_CLOSED.has(way);
}

/** What to grant in place of an operation that cannot be held to a scope, by the start of its name. */
const INSTEAD: readonly (readonly [start: string, instead: string])[] = [
  ["system.df", "container.list, image.list and volume.list"],
  ["image.search", "image.pull of the images that it needs"],
  ["image.load", "image.pull"],
  ["image.import", "image.pull"],
  ["libpod.container.create", "container.create, of podman's Docker API"],
  ["libpod.container.stats.all", "libpod.container.stats"],
  ["libpod.image.load", "image.pull"],
  ["libpod.image.import", "image.pull"],
  ["libpod.system.df", "container.list, image.list and volume.list"],
];

/** What to grant in place of an operation that cannot be held to a scope. */
export function insteadOf(operation: string): string {
  const found = INSTEAD.find(([start]) => operation.startsWith(start));
  return found === undefined
    ? "grant it to another client, without a scope"
    : `grant ${found[1]}, or grant it to another client, without a scope`;
}

/**
 * What a new object needs to be in its client's scope, and in no other
 * client's by its labels. Pure.
 *
 * @module
 */

import { PROJECT_LABELS } from "./clients.ts";
import type { Policy } from "./compile.ts";
import {
  type Alternative,
  judgeObject,
  labelKeysOf,
  type ObjectScope,
  type Scope,
} from "./scope.ts";

type NewKind = "containers" | "networks" | "volumes";

/** An object that a request asks for. */
export interface NewObject {
  /** Empty where the engine chooses it. */
  readonly name: string;
  /** As the request gives them. */
  readonly labels: ReadonlyMap<string, string>;
}

/** What is added to it. */
export interface Addition {
  readonly labels: ReadonlyMap<string, string>;
  /** The key of the scope that decides. */
  readonly by: string;
}

/** The value of a label of which a scope names the key alone. */
const ANY_VALUE = "true";

/**
 * The labels that put a new object into a scope: those of the first
 * alternative that can hold. No label that the request gives is changed.
 *
 * @returns A clause where it cannot be in scope.
 */
export function additionFor(
  kind: NewKind,
  scope: ObjectScope,
  { name, labels }: NewObject,
): Addition | { problem: string } {
  const plain = judgeObject(kind, scope, { id: "", name, labels });
  if (plain.inside) return { labels: new Map(), by: plain.by };
  for (const alternative of scope.anyOf) {
    const added = missingOf(alternative, labels);
    const whole = new Map([...added, ...labels]);
    const facts = { id: "", name, labels: whole };
    const { inside, by } = judgeObject(
      kind,
      { ...scope, anyOf: [alternative] },
      facts,
    );
    if (inside) return { labels: added, by };
  }
  return {
    problem: `what it creates would be outside the client's scope (${
      name === "" ? "it has no name" : `name '${name}'`
    }): ${plain.by}`,
  };
}

function missingOf(
  { label, project }: Alternative,
  given: ReadonlyMap<string, string>,
): Map<string, string> {
  const added = new Map<string, string>();
  const first = label[0];
  const has = label.some(({ key, value }) => {
    const one = given.get(key) ?? "";
    return one !== "" && (value === null || value === one);
  });
  if (first !== undefined && !has) {
    added.set(first.key, first.value ?? ANY_VALUE);
  }
  const isOf = PROJECT_LABELS.some((key) =>
    project.includes(given.get(key) ?? "")
  );
  if (project.length > 0 && !isOf) added.set(PROJECT_LABELS[0]!, project[0]!);
  return added;
}

/**
 * The client into whose scope the labels of a request would put a new object,
 * beyond those that its own scope asks for; null where there is none.
 *
 * @param client The client that asks; null for one that is not in the file.
 */
export function claimedScope(
  { clients, rest }: Pick<Policy, "clients" | "rest">,
  client: string | null,
  kind: NewKind,
  { name, labels }: NewObject,
  own: ObjectScope,
): string | null {
  const all = (given: ReadonlyMap<string, string>) => {
    const added = additionFor(kind, own, { name, labels: given });
    return new Map([...given, ..."problem" in added ? [] : added.labels]);
  };
  const whole = all(labels);
  // Of what is given: what the own scope rests on.
  const needed = all(
    new Map([...labels].filter(([key, value]) => rests(own, key, value))),
  );
  for (const other of [...clients.values(), rest]) {
    const scope = other.scope?.[kind] ?? "any";
    if (other.client === client || scope === "any") continue;
    const inside = (given: ReadonlyMap<string, string>) =>
      judgeObject(kind, scope, { id: "", name, labels: given }).inside;
    if (inside(whole) && !inside(needed)) {
      return other.client ?? "default";
    }
  }
  return null;
}

/** Whether a label is one that a scope asks for. */
function rests({ anyOf }: ObjectScope, key: string, given: string): boolean {
  return anyOf.some(({ label, project }) =>
    label.some((one) =>
      one.key === key && (one.value === null || one.value === given)
    ) || PROJECT_LABELS.includes(key) && project.includes(given)
  );
}

/**
 * The keys of labels by which any client's scope judges containers: a
 * container must not get them from its image.
 */
export function scopeLabelKeys(
  { clients, rest }: Pick<Policy, "clients" | "rest">,
): ReadonlySet<string> {
  const scopes: (Scope | null)[] = [...clients.values(), rest]
    .map(({ scope }) => scope);
  return new Set(
    scopes.flatMap((scope) =>
      scope === null ? [] : labelKeysOf(scope, "containers")
    ),
  );
}

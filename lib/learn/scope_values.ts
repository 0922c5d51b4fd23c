/**
 * What recorded objects have of the key of a scope. Pure.
 *
 * @module
 */

import { SCOPE_TERMS } from "../config/policy_format.ts";
import type { ScopeKind } from "../policy/scope.ts";
import type { By, ScopeTerm } from "./proposal.ts";
import type { RecordedObject } from "./recording.ts";
import { compare, type Kind } from "./tally.ts";
import { exampleOf, whyOf } from "./why.ts";

/** An object that a call reached; null where it is not known. */
export interface Found {
  readonly call: Kind;
  readonly object: RecordedObject | null;
}

/** An id of an object in the place of a name. */
const ID = /^[0-9a-f]{12,64}$/;

/**
 * The value of the key.
 *
 * @param label The label's key, where the scope is by label.
 */
export function valueOf(
  key: By["key"],
  label: string | null,
  { call, object }: Found,
): { readonly text: string } | { readonly unknown: string } {
  const unknown = (what: string) => ({ unknown: what });
  if (object === null || object.name === "" && key === "name") {
    return unknown(
      `the name of what ${call.operation} reached is not known (${
        exampleOf(call)
      })`,
    );
  }
  const { name, project = "", labels = [] } = object;
  const text = key === "name"
    ? name
    : key === "project"
    ? project
    : labels.find((one) => one.startsWith(`${label}=`)) ?? "";
  if (text === "" || text === `${label}=`) {
    return unknown(
      `'${name}' has no ${key === "label" ? `label ${label}` : "project"}`,
    );
  }
  return isTerm(key, text)
    ? { text }
    : unknown(`a scope cannot hold the ${key} '${text}'`);
}

/** Whether the policy file takes a text as a value of that key, and as nothing more than itself. */
function isTerm(key: By["key"], text: string): boolean {
  const { pattern } = SCOPE_TERMS.find((one) => one.key === key)!;
  return pattern!.test(text) && !(key === "name" && text.includes("*")) &&
    !/[\ue000\ue001]/.test(text);
}

/** The key of a label that all objects have: of several the one with the fewest values, then the first. */
export function commonLabel(found: readonly Found[]): string | null {
  const values = new Map<string, { objects: number; values: Set<string> }>();
  for (const { object } of found) {
    // No two labels of an object have one key.
    for (const label of object?.labels ?? []) {
      const equals = label.indexOf("=");
      if (equals < 1 || equals === label.length - 1) continue;
      const key = label.slice(0, equals);
      const known = values.get(key) ?? { objects: 0, values: new Set() };
      values.set(key, known);
      known.objects++;
      known.values.add(label);
    }
  }
  const [best] = [...values]
    .filter(([, { objects }]) => objects === found.length)
    .sort(([a, one], [b, other]) =>
      one.values.size - other.values.size || compare(a, b)
    );
  return best?.[0] ?? null;
}

/**
 * What a call joins, of one kind.
 *
 * @returns What is known, and sentences for what is not.
 */
export function joinedBy(
  kind: ScopeKind,
  call: Kind,
): { readonly joined: readonly Found[]; readonly unknown: readonly string[] } {
  const { operation, joins, body } = call;
  if (kind === "images" && body?.needs !== undefined) {
    const name = body.image ?? "";
    return { joined: [{ call, object: { kind: "image", name } }], unknown: [] };
  }
  if (kind === "images" || joins === null) {
    const unknown = [`which ${kind} ${operation} names is not recorded`];
    return { joined: [], unknown };
  }
  return {
    joined: joins.filter((one) => one.kind === kind.slice(0, -1))
      .map((one) => ({
        call,
        object: ID.test(one.name) ? { ...one, name: "" } : one,
      })),
    unknown: [],
  };
}

/** Values with what was seen of each. */
export function termsOf(
  values: ReadonlyMap<string, readonly Kind[]>,
): ScopeTerm[] {
  return [...values].sort(([a], [b]) => compare(a, b))
    .map(([text, calls]) => ({ text, why: whyOf(calls) }));
}

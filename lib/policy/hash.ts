/**
 * The hash of a policy: two policies that decide alike have the same, wherever
 * their rules stand and however they are written.
 *
 * @module
 */

import { encodeUtf8, hex, sha256 } from "../host.ts";
import { allRights, type Policy, type Rights } from "./compile.ts";

/** Hexadecimal digits of the hash that are shown. */
const DIGITS = 16;

/** What says where a rule stands, or how it was written, and changes no decision. */
const PLACES: ReadonlySet<string> = new Set(["setting", "source", "text"]);

/** The hashes that were made. */
const made = new WeakMap<object, string>();

/**
 * The first 16 hexadecimal digits of SHA-256 over the canonical text of what a
 * policy allows, to whom, and under which conditions. Made once for a policy,
 * when it is first asked for. What is found out later, such as sockwarden's own
 * container, is not part of it.
 */
export function policyHash(policy: Policy): string {
  // The same rules, whatever is known of our own container.
  const { rest } = policy;
  const known = made.get(rest);
  if (known !== undefined) return known;
  const text = canonicalText({
    identities: policy.identities,
    rights: allRights(policy).map(effectOf),
  });
  const hash = hex(sha256(encodeUtf8(text))).slice(0, DIGITS);
  made.set(rest, hash);
  return hash;
}

/** What the rights of a client come to. */
function effectOf(rights: Rights) {
  return {
    client: rights.client,
    allowed: [...rights.verdicts.values()].filter(({ allowed }) => allowed)
      .map(({ operation, until }) => [operation.name, until ?? null]),
    allowPaths: rights.allowPaths.map(pathOf),
    denyPaths: rights.denyPaths.map(pathOf),
    origins: rights.origins,
    allowSelf: rights.allowSelf,
    scope: rights.scope,
    guard: rights.guard,
    hide: rights.hide,
    // A policy without limits keeps the hash that it had before there were any.
    limits: rights.limits ?? undefined,
  };
}

function pathOf(
  { method, segments, until }: Rights["allowPaths"][number],
): unknown[] {
  return [method, segments, until ?? null];
}

/**
 * Data as one text: keys of objects and maps, and members of sets, in the order
 * of their code units; what says where something stands left out.
 *
 * @throws Where it holds what is no data: a bug.
 */
export function canonicalText(value: unknown): string {
  if (
    value === null || typeof value === "string" || typeof value === "boolean" ||
    typeof value === "number"
  ) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  if (value instanceof Set) {
    return `{${[...value].map(canonicalText).sort().join(",")}}`;
  }
  if (value instanceof Map) {
    return `{${[...value].map(entryText).sort().join(",")}}`;
  }
  if (typeof value !== "object") {
    throw new Error(`a policy holds a ${typeof value}`);
  }
  const entries = Object.entries(value)
    .filter(([key, of]) => of !== undefined && !PLACES.has(key));
  return `{${entries.map(entryText).sort().join(",")}}`;
}

function entryText([key, value]: [unknown, unknown]): string {
  return `${JSON.stringify(key)}:${canonicalText(value)}`;
}

/**
 * Bodies with the value of a row in them, and their other spellings.
 *
 * @module
 */

import type { JsonObject, JsonValue } from "../../../lib/guard/json.ts";
import { tables } from "../../../lib/guard/schema/operations.ts";
import { parseType, type Type } from "../../../lib/guard/schema/table.ts";

/** A body with a value at a place, made of structures alone; what is beside it stays. */
export function withValue(
  body: JsonValue,
  place: readonly string[],
  value: JsonValue,
): JsonValue {
  const [name, ...rest] = place;
  if (name === undefined) return value;
  const object = (body ?? {}) as JsonObject;
  return { ...object, [name]: withValue(object[name] ?? null, rest, value) };
}

/** A creation whose HostConfig stands at the root. */
export function atRoot(body: JsonObject): JsonObject {
  const { HostConfig, ...rest } = body;
  return { ...rest, ...(HostConfig as JsonObject) };
}

/** Another spelling of the key at a place. */
export type Spell = (place: string, key: string) => string;

/** A body with other keys of its structures; those of maps stay. */
export function respell(
  type: string | Type,
  value: JsonValue,
  spell: Spell,
  place = "",
): JsonValue {
  const is = typeof type === "string" ? parseType(type) : type;
  if (value === null) return value;
  switch (is.kind) {
    case "scalar":
      return value;
    case "pointer":
      return respell(is.to, value, spell, place);
    case "list":
      return (value as readonly JsonValue[]).map((one) =>
        respell(is.of, one, spell, place)
      );
    case "map":
      return Object.fromEntries(
        Object.entries(value).map(([key, one]) => [
          key,
          respell(is.of, one, spell, place),
        ]),
      );
    case "struct": {
      const fields = [...tables().get(is.name)!.values()];
      return Object.fromEntries(
        Object.entries(value as JsonObject).map(([key, one]) => {
          const field = fields.find(({ name }) => name === key);
          const at = place === "" ? key : `${place}.${key}`;
          return [
            spell(at, key),
            field === undefined ? one : respell(field.type, one, spell, at),
          ];
        }),
      );
    }
  }
}

/** A key as Go's decoder folds it to itself: with `ſ` for s and the Kelvin sign for k. */
export function folded(key: string): string {
  const other = key.replace(/s/i, "\u017f").replace(/k/i, "\u212a");
  return other === key ? key.toUpperCase() : other;
}

/**
 * Whether a description has what is expected: each key of an object, a list of
 * the same length, an equal value; null stands for what is absent.
 */
export function hasIn(actual: JsonValue, expected: JsonValue): boolean {
  if (expected === null) return actual === null;
  if (Array.isArray(expected)) {
    return Array.isArray(actual) && actual.length === expected.length &&
      expected.every((one, i) => hasIn(actual[i]!, one));
  }
  if (typeof expected !== "object") return actual === expected;
  return typeof actual === "object" && actual !== null &&
    Object.entries(expected).every(([key, one]) =>
      hasIn((actual as JsonObject)[key] ?? null, one)
    );
}

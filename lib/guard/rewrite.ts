/**
 * Reads a body that will be written again, and writes it. Pure.
 *
 * @module
 */

import { decodeUtf8, encodeUtf8 } from "../host.ts";
import { type JsonValue, parseStrictJson, shown, TOKEN } from "./json.ts";

/** An object of a body that is rewritten in place; it has no prototype. */
export interface MutableObject {
  [key: string]: JsonValue;
}

const NUMBER = /-?[0-9][0-9.eE+-]*/g;

/**
 * Reads a body that can be read in one way only, and whose numbers stay what
 * they are when they are written again.
 *
 * @returns A value of the caller's own; or a clause that says why the body is
 * refused.
 */
export function parseRewritable(
  bytes: Uint8Array,
): { value: MutableObject } | { problem: string } {
  const parsed = parseStrictJson(bytes);
  if ("problem" in parsed) return parsed;
  const { value } = parsed;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { problem: "the body is not an object" };
  }
  const literals = decodeUtf8(bytes).replace(TOKEN, " ");
  for (const [number] of literals.matchAll(NUMBER)) {
    if (JSON.stringify(Number(number)) !== number) {
      return {
        problem: `the body has the number ${
          shown(number)
        }, which cannot be written again exactly; write it as a plain integer below 2^53`,
      };
    }
  }
  return { value: value as MutableObject };
}

/** Writes a body. */
export function formatBody(value: MutableObject): Uint8Array<ArrayBuffer> {
  return encodeUtf8(JSON.stringify(value));
}

/**
 * Replaces a parameter of a query, and leaves the others as they came.
 *
 * @param query A raw query that `readQuery()` takes.
 */
export function withParameter(
  query: string,
  name: string,
  value: string,
): string {
  const kept = query.split("&").filter((pair) =>
    pair !== "" &&
    decodeURIComponent(pair.split("=", 1)[0]!.replaceAll("+", " ")) !== name
  );
  return [...kept, `${name}=${encodeURIComponent(value)}`].join("&");
}

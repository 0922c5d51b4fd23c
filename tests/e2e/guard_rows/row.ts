/**
 * What the tables of rows are made of: for each field of the schema the values
 * that a guard lets pass, and those that it refuses.
 *
 * @module
 */

import type { JsonValue } from "../../../lib/guard/json.ts";

/**
 * Which engine takes a value: Debian's 20.10, a current one, both or none of
 * them; `any` where that is not looked at, and `unsent` where an engine would
 * wait long for a plugin that is not there.
 */
export type Taken = "both" | "old" | "new" | "neither" | "any" | "unsent";

/** A value, and what becomes of it. */
export interface Case {
  /** Of the first field of the row's key, with all that belongs to it. */
  readonly value: JsonValue;
  /** The knob that refuses it at each level; null where it is accepted. */
  readonly standard: string | null;
  readonly strict: string | null;
  /**
   * What the engine's description has then, where the family shows the field:
   * one of these; null where it shows nothing, so that its presence is all
   * that is seen.
   */
  readonly seen: readonly JsonValue[] | null;
  readonly taken: Taken;
}

/** A field of the schema. */
export interface Row {
  readonly cases: readonly Case[];
  /** Why no value is refused, or why no engine here takes one; empty where neither is so. */
  readonly why: string;
}

/** Rows by their places below a table's own; the first part is the field that is sent. */
export type Rows = Readonly<Record<string, Row>>;

type Kept = Pick<Case, "seen" | "taken">;

function kept(value: JsonValue, more: Partial<Kept>): Kept {
  return { seen: [value], taken: "both", ...more };
}

/** A value that both levels accept. */
export function ok(value: JsonValue, more: Partial<Kept> = {}): Case {
  return { value, standard: null, strict: null, ...kept(value, more) };
}

/** A value that `strict` alone refuses. */
export function hard(
  value: JsonValue,
  knob: string,
  more: Partial<Kept> = {},
): Case {
  return { value, standard: null, strict: knob, ...kept(value, more) };
}

/** A value that both levels refuse. */
export function no(
  value: JsonValue,
  knob: string,
  more: Partial<Kept> = {},
): Case {
  return { value, standard: knob, strict: knob, ...kept(value, more) };
}

/** A field of which a level refuses some value. */
export function judged(...cases: readonly Case[]): Row {
  return { cases, why: "" };
}

/** A field that widens nothing, whatever its value is. */
export function neutral(why: string, ...cases: readonly Case[]): Row {
  return { cases, why };
}

/** A field that no engine here takes: the decoder's tests show how it is read. */
export function notHere(why: string, ...cases: readonly Case[]): Row {
  return {
    cases: cases.map((one) => ({ ...one, taken: "neither" })),
    why: `not here: ${why}`,
  };
}

/** A row of which it is not looked at what an engine itself does. */
export function loosely(row: Row): Row {
  return {
    ...row,
    cases: row.cases.map((one) => ({ ...one, taken: "any" })),
  };
}

/** Whether an engine takes a case's value. */
export function isTaken({ taken }: Case, modern: boolean): boolean {
  return taken === "both" || taken === (modern ? "new" : "old");
}

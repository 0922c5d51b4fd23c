/**
 * Judges a body by the places of its fields, and reads queries for the judges.
 *
 * @module
 */

import type { JsonValue } from "../json.ts";
import { readLists } from "../query.ts";
import type { Collector } from "../rules.ts";
import type { Read } from "../schema/read.ts";
import { isFull, type Judge, type Judging } from "./judging.ts";
import { placeOf } from "./unknown.ts";

/** Judges by place without indexes; `A.B.*` stands for all that is below `A.B`. */
export type Places = Readonly<Record<string, Judge>>;

/** Widens nothing, or is judged with what it stands in. */
export const letBe: Judge = () => {};

/** All of these places are let be. */
export function allLetBe(places: string): Places {
  return Object.fromEntries(places.split(" ").map((place) => [place, letBe]));
}

/**
 * Judges all fields of a body: one that has no judge is refused. Those that no
 * table has are for `judgeUnknown()`, which takes all operations alike.
 */
export function judgePlaces(of: Judging, places: Places): void {
  const { request: { body }, collector } = of;
  if (body === null) return;
  for (const read of body.fields) {
    if (isFull(collector)) return;
    if (read.knob === "free") continue;
    const judge = judgeOf(places, placeOf(read.path));
    if (judge !== null) judge(of, read);
    else refuse(collector, read.path, "is not judged by this release");
  }
}

function judgeOf(places: Places, place: string): Judge | null {
  if (Object.hasOwn(places, place)) return places[place]!;
  for (
    let end = place.lastIndexOf(".");
    end > 0;
    end = place.lastIndexOf(".", end - 1)
  ) {
    const above = `${place.slice(0, end)}.*`;
    if (Object.hasOwn(places, above)) return places[above]!;
  }
  return null;
}

/** Adds what no knob allows. */
export function refuse(
  { refused }: Collector,
  path: string,
  what: string,
): void {
  refused.push({ knob: "guard", path, what, remedy: "guard: none" });
}

/**
 * Reads parameters of the query, all values of each.
 *
 * @returns null where it was refused, since engines could read it in other ways.
 */
export function queryOf<Name extends string>(
  { collector, request }: Judging,
  names: readonly Name[],
): Record<Name, readonly string[]> | null {
  const read = readLists(request.query, names);
  if (!("problem" in read)) return read.values;
  refuse(collector, "", `it cannot be judged: ${read.problem}`);
  return null;
}

/**
 * The values of a parameter without needs of a judgement: what cannot be read is
 * refused by the judge.
 */
export function valuesOf(query: string, name: string): readonly string[] {
  const read = readLists(query, [name]);
  return "problem" in read ? [] : read.values[name]!;
}

/** A value outside of a body, such as a parameter's, as a field that a judge takes. */
export function asField(path: string, value: JsonValue): Read {
  return { path, value, knob: "free", field: PARAMETER };
}

const PARAMETER: Read["field"] = {
  name: "",
  others: [],
  go: "string",
  type: { kind: "scalar", scalar: "string" },
  knob: "free",
  structure: null,
};

/**
 * The places of all fields that a body can have.
 *
 * @module
 */

import {
  BODIES,
  type JudgedOperation,
  tables,
} from "../../../lib/guard/schema/operations.ts";

function* below(
  structure: string,
  path: string,
): Generator<[place: string, knob: string]> {
  for (
    const { name, knob, structure: inner } of tables().get(structure)!.values()
  ) {
    yield [path + name, knob];
    if (inner !== null) yield* below(inner, `${path}${name}.`);
  }
}

/** The places of an operation's fields with the knobs of their rows, without indexes and keys. */
export function placesOf(operation: JudgedOperation): Map<string, string> {
  return new Map(below(BODIES[operation], ""));
}

/** Whether a place of a creation's root is one of HostConfig too. */
export function isAtRoot(place: string): boolean {
  return tables().get("HostConfig")!.values()
    .some(({ name }) => place.split(".")[0] === name);
}

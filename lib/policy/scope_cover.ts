/**
 * Whether one scope provably covers all that another one does. Pure; where it
 * cannot be proven, the answer is no.
 *
 * @module
 */

import {
  type Alternative,
  fits,
  type ImageScope,
  type LabelTerm,
  type NamePattern,
  type ObjectScope,
} from "./scope.ts";

/**
 * Whether all that a scope covers is covered by a wider one of the same kind.
 *
 * @returns false where that is not so, and where it cannot be proven.
 */
export function covers(
  wide: ObjectScope | ImageScope,
  narrow: ObjectScope | ImageScope,
): boolean {
  if ("anyOf" in wide && "anyOf" in narrow) {
    return narrow.anyOf.every((one) =>
      wide.anyOf.some((other) => coversAlternative(other, one))
    );
  }
  return "use" in wide && "use" in narrow &&
    coversAll(wide.use, narrow.use, coversName) &&
    coversAll(wide.change, narrow.change, coversName);
}

function coversAlternative(wide: Alternative, narrow: Alternative): boolean {
  return coversKey(wide.name, narrow.name, coversName) &&
    coversKey(wide.label, narrow.label, coversLabel) &&
    coversKey(wide.project, narrow.project, isEqual) &&
    // What the wide one takes out, the narrow one takes out too.
    wide.not.every((out) =>
      narrow.not.some((other) => coversAlternative(other, out))
    );
}

/** A key without values asks nothing. */
function coversKey<T>(
  wide: readonly T[],
  narrow: readonly T[],
  coversOne: (wide: T, narrow: T) => boolean,
): boolean {
  return wide.length === 0 ||
    narrow.length > 0 && coversAll(wide, narrow, coversOne);
}

function coversAll<T>(
  wide: readonly T[],
  narrow: readonly T[],
  coversOne: (wide: T, narrow: T) => boolean,
): boolean {
  return narrow.every((one) => wide.some((other) => coversOne(other, one)));
}

/**
 * A pattern that fits another one's text fits every name of that one: its parts
 * have no star, so they stand between the stars of the other.
 */
function coversName(wide: NamePattern, narrow: NamePattern): boolean {
  return fits(wide, narrow.text);
}

function coversLabel(wide: LabelTerm, narrow: LabelTerm): boolean {
  return wide.key === narrow.key &&
    (wide.value === null || wide.value === narrow.value);
}

function isEqual(one: string, other: string): boolean {
  return one === other;
}

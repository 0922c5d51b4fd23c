/**
 * Rewrites an answer that differs in one member from one that was rewritten
 * before: only that member. Answers that are polled differ in a state or in the
 * output of a health check. Pure but for the places, which are kept.
 *
 * Where the text before is an object that was judged, and the new one is the same
 * but for the value of one member of its root, the new one is judged if the
 * object of that member alone is: nothing is hidden in one member for what
 * stands in another, each member is as deep as in the whole, and the keys of the
 * root stay. Only the number of all keys is a matter of the whole.
 *
 * @module
 */

import { parseJson, placesIn } from "../../host.ts";
import { MAX_KEYS } from "../json.ts";
import type { AnswerGuard } from "./rewrite.ts";
import { memberPlaces } from "./walk.ts";

/** Of a text at most so much may differ: where it is more, several members do. */
const MOST = 1 / 4;

/** An answer and what is shown of it, one code unit a byte. */
export interface Pair {
  readonly text: string;
  readonly shown: string;
}

/** Where the values of the root's members begin and end, in turn, in a {@link Pair}. Made by {@link outlineOf}. */
export interface Outline {
  readonly text: number[];
  readonly shown: number[];
  /** Colons in the text: there are no more keys. */
  colons: number;
}

/** The outline of an answer that was rewritten; null where what is shown has other members. */
export function outlineOf({ text, shown }: Pair): Outline | null {
  const outline = {
    text: placesOf(text),
    shown: placesOf(shown),
    colons: colonsIn(text),
  };
  const count = outline.text.length;
  if (outline.shown.length !== count) return null;
  for (let at = 0; at < count; at += 2) {
    const isSame = gapBefore(text, outline.text, at) ===
      gapBefore(shown, outline.shown, at);
    if (!isSame) return null;
  }
  return outline;
}

function placesOf(text: string): number[] {
  const found = placesIn(text, "*");
  // The first of three numbers says which path led there.
  return found === null
    ? memberPlaces(text)
    : found.filter((_, i) => i % 3 !== 0);
}

function colonsIn(text: string): number {
  return text.split(":").length - 1;
}

/** The part of a text that differs from another one: all before `start` and from `end` on is the same. */
interface Difference {
  readonly start: number;
  readonly end: number;
}

/** What differs in `before`; null where it is too much to be of one member. */
export function differenceOf(before: string, text: string): Difference | null {
  const shorter = Math.min(before.length, text.length);
  const start = sameFrom(
    shorter,
    (from, to) => before.slice(from, to) === text.slice(from, to),
  );
  const same = sameFrom(
    shorter - start,
    (from, to) =>
      before.slice(before.length - to, before.length - from) ===
        text.slice(text.length - to, text.length - from),
  );
  const end = before.length - same;
  return Math.max(end, text.length - same) - start > text.length * MOST
    ? null
    : { start, end };
}

/** How far two texts are the same, by halves: each part is compared once or twice. */
function sameFrom(
  most: number,
  isSame: (from: number, to: number) => boolean,
): number {
  let same = 0;
  let differs = most + 1;
  while (same + 1 < differs) {
    const middle = Math.min(most, (same + differs) >> 1);
    if (isSame(same, middle)) same = middle;
    else differs = middle;
    if (same === most) break;
  }
  return same;
}

/** What stands in place of a part of what is shown. */
export interface Splice {
  readonly from: number;
  readonly to: number;
  readonly part: string;
}

/**
 * Rewrites an answer of which one member differs.
 *
 * @param before An answer that was rewritten by `rewrite`.
 * @param outline Its outline, which becomes that of the new one.
 * @param rewrite Rewrites each member without regard to others.
 * @returns What becomes of what was shown; null where the whole must be
 * rewritten. Then the outline is as before.
 */
export function rewriteMember(
  before: string,
  outline: Outline,
  { start, end }: Difference,
  text: string,
  rewrite: NonNullable<AnswerGuard["rewrite"]>,
): Splice | null {
  const { text: places, shown } = outline;
  let at = 0;
  while (at < places.length && places[at + 1]! < end) at += 2;
  if (at === places.length || places[at]! > start) return null;
  const from = places[at]!;
  const to = places[at + 1]!;
  const longer = text.length - before.length;
  const value = text.slice(from, to + longer);
  const colons = outline.colons - colonsIn(before.slice(from, to)) +
    colonsIn(value);
  // White space beside it, or an escape in it, are of no form that is polled.
  const key = /^[{,]("[^"\\]*":)$/.exec(gapBefore(before, places, at))?.[1];
  if (colons > MAX_KEYS || key === undefined) return null;
  const part = rewriteOne(key, value, rewrite);
  if (part === null) return null;
  const splice = { from: shown[at]!, to: shown[at + 1]!, part };
  move(places, at, longer);
  move(shown, at, part.length - (splice.to - splice.from));
  outline.colons = colons;
  return splice;
}

/** What stands before a value: a brace or comma, key and colon. */
function gapBefore(
  text: string,
  places: readonly number[],
  at: number,
): string {
  return text.slice(at === 0 ? 0 : places[at - 1], places[at]);
}

/** What is shown of a member's value; null where that is no single value, or cannot be judged. */
function rewriteOne(
  key: string,
  value: string,
  rewrite: NonNullable<AnswerGuard["rewrite"]>,
): string | null {
  const whole = `{${key}${value}}`;
  const shown = rewrite(whole);
  // It was judged, so that it is an object without a key twice.
  return typeof shown === "string" &&
      Object.keys(parseJson(whole)).length === 1 &&
      shown.startsWith(`{${key}`) && shown.endsWith("}")
    ? shown.slice(key.length + 1, -1)
    : null;
}

/** Moves the end of the value at a place, and all places behind it. */
function move(places: number[], at: number, by: number): void {
  for (let i = at + 1; i < places.length; i++) places[i]! += by;
}

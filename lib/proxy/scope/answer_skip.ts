/**
 * Tells from the text of a list entry that it cannot be in scope, so that it
 * need not be parsed: most entries of a long list are outside.
 *
 * @module
 */

import { decodeLatin1, encodeUtf8 } from "../../host.ts";
import type { Alternative, ObjectScope } from "../../policy/scope.ts";

/** Escapes behind which any character may stand; other escapes stand for what {@link PLAIN} has not. */
const ESCAPES = ["\\u", "\\/"] as const;
/** How engines begin an entry; others are read, so that a list which is none is found out. */
const START = '{"Id":"';
/** What stands in a JSON text as it is. */
// deno-lint-ignore no-control-regex -- JSON escapes them
const PLAIN = /^[^"\\\u0000-\u001f]*$/;

/** Texts of which one must stand in an entry, each with all its parts. */
type Needles = readonly (readonly string[])[];

/**
 * Makes the test of the entries of one list.
 *
 * @returns Whether an entry cannot be in scope, from its JSON text, one code
 * unit a byte of UTF-8; false where that must be found out.
 */
export function skipsOf({ anyOf }: ObjectScope): (text: string) => boolean {
  const alternatives = anyOf.map(needlesOf);
  return (text) =>
    text.startsWith(START) && text.endsWith("}") &&
    alternatives.every((lists) => lists.some((one) => !has(text, one))) &&
    !ESCAPES.some((escape) => text.includes(escape));
}

/** One list for each key of an alternative: all of them must hold. */
function needlesOf({ name, label, project }: Alternative): Needles[] {
  const lists: (readonly string[])[][] = [
    name.map(({ parts }) => parts),
    label.map(({ key, value }) => value === null ? [key] : [key, value]),
    project.map((one) => [one]),
  ];
  return lists.filter((list) => list.length > 0)
    .map((list) => list.map((parts) => parts.filter(isPlain).map(inBytes)));
}

function isPlain(text: string): boolean {
  return PLAIN.test(text);
}

function inBytes(text: string): string {
  return decodeLatin1(encodeUtf8(text));
}

function has(text: string, needles: Needles): boolean {
  return needles.some((parts) => parts.every((part) => text.includes(part)));
}

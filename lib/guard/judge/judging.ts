/**
 * What the judges of a body share.
 *
 * @module
 */

import { CUT, type JsonObject, type JsonValue, shown } from "../json.ts";
import { fitsPattern } from "../pattern.ts";
import { type Collector, find, knobOf } from "../rules.ts";
import type { Read } from "../schema/read.ts";
import type { GuardedRequest, GuardFacts } from "./request.ts";

/** One body while it is judged. */
export interface Judging {
  readonly collector: Collector;
  readonly request: GuardedRequest;
  readonly facts: GuardFacts;
  /** Whether the body is the description of a container that is there. */
  readonly inspected: boolean;
  /**
   * Judges a container that this one joins.
   *
   * @param path Where it is named.
   */
  readonly join: (path: string, name: string) => void;
}

/** Judges one field. */
export type Judge = (of: Judging, read: Read) => void;

/** At most so many findings are told. */
export const MAX_FINDINGS = 64;

/** Whether so much is refused already that no more is told. */
export function isFull({ refused }: Collector): boolean {
  return refused.length >= MAX_FINDINGS;
}

/** Characters of a text that is to be copied: one that was cut allows nothing. */
const MAX_ITEM = 256;

/** A text as an item of a list in the policy file: `/srv/data`, or in quotes where YAML wants them. */
export function item(text: string): string {
  const cut = shown(text, MAX_ITEM);
  return /^[\w./](?:[\w./=@+:-]*[\w./=@+-])?$/.test(cut)
    ? cut
    : JSON.stringify(cut);
}

/** A list of one item, as in the policy file. */
export function listOf(text: string): string {
  return `[${item(text)}]`;
}

/**
 * An address for a message: without user, password and query, which may be
 * secrets.
 *
 * @example `https://…@git.example/app.git?…`
 */
export function shownAddress(text: string): string {
  const at = text.lastIndexOf("@") + 1;
  const [scheme = ""] = /^[a-z][a-z0-9+.-]{0,20}:\/\//i.exec(text) ?? [];
  const plain = at === 0 ? text : `${scheme}${CUT}@${text.slice(at)}`;
  const mark = plain.indexOf("?");
  return shown(mark < 0 ? plain : `${plain.slice(0, mark)}?${CUT}`);
}

/** The texts of a list, each with its place; null is "". */
export function* texts(
  { path, value }: Pick<Read, "path" | "value">,
): Generator<[path: string, text: string]> {
  if (!Array.isArray(value)) return;
  for (const [i, one] of value.entries()) yield [`${path}[${i}]`, textOf(one)];
}

/** A value that is a text; "" for null and what is none. */
export function textOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

/** The keys and values of an object; none for null and what is no object. */
export function entriesOf(
  value: JsonValue | undefined,
): [key: string, value: JsonValue][] {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value)
    : [];
}

/** An object's field; null for null and what is no object. */
export function at(value: JsonValue | undefined, name: string): JsonValue {
  return typeof value === "object" && value !== null &&
      !Array.isArray(value) && Object.hasOwn(value, name)
    ? (value as JsonObject)[name]!
    : null;
}

/** The elements of a list; none for what is no list. */
export function listed(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

/** The place of a key of a map. */
export function keyed(path: string, key: string): string {
  return `${path}[${JSON.stringify(shown(key))}]`;
}

/** A field of a body by its place; null where it is absent. */
export function fieldAt({ request }: Judging, path: string): JsonValue {
  return request.body?.fields.find((read) => read.path === path)?.value ?? null;
}

/** Whether the body is a creation's, or the description of what one made. */
export function isCreation({ request }: Judging): boolean {
  return request.operation === "container.create";
}

/** Adds what was found, unless the knob allows it, or its list has that value. */
export function findListed(
  collector: Collector,
  knob: string,
  path: string,
  what: string,
  value: string,
): void {
  find(collector, knob, path, what, listOf(value), (entry) => entry === value);
}

/** The remedy of what no entry can name: it is no list that a policy file takes. */
export const UNLISTED = "[?]";

/**
 * Adds what was found, unless the knob allows it, or an entry of its list covers
 * the name. A name that has `*` is told, but not as an entry: that would be a
 * pattern which covers others.
 */
export function findNamed(
  collector: Collector,
  knob: string,
  path: string,
  what: string,
  name: string,
  covers: (entry: string) => boolean = (entry) => fitsPattern(entry, name),
): void {
  const isPattern = name.includes("*");
  find(
    collector,
    knob,
    path,
    isPattern
      ? `${what}; no entry names it alone, since '*' stands for any characters`
      : what,
    isPattern ? UNLISTED : listOf(name),
    covers,
  );
}

/**
 * Adds what a knob of the kind `words` asks for; its remedy is the list without
 * that word.
 */
export function findWord(
  { rules, refused, warned }: Collector,
  knob: string,
  word: string,
  path: string,
  what: string,
): void {
  const { verdict, list } = knobOf(rules, knob);
  const rest = list.filter((other) => other !== word).map(item).join(", ");
  (verdict === "warn" ? warned : refused).push({
    knob,
    path,
    what,
    remedy: `${knob}: [${rest}]`,
  });
}

/** A number in a body; 0 where it is absent. */
export function numberAt(of: Judging, path: string): number {
  const value = fieldAt(of, path);
  return typeof value === "number" ? value : 0;
}

/** A user that is root, or that only the image names. */
export const ROOT = /^(?:root|[+-]?0+)?(?::.*)?$/;

/**
 * Reads the rules of `allow`, of which each may have an end.
 *
 * @module
 */

import { parseUntil, UNTIL_WORDS } from "../policy/until.ts";
import type { Entry, Mapping, Node } from "./document.ts";
import { ENDING_KEYS, type Key } from "./policy_format.ts";
import {
  describe,
  type PlacedText,
  type PolicyReading,
  readKeys,
  readTexts,
  report,
} from "./policy_shape.ts";

/** The text of a rule, with its end. */
export interface EndingText extends PlacedText {
  /** In milliseconds since 1970; null if it never ends. */
  readonly until: number | null;
}

const EXAMPLE = "{ rule: container.restart, until: 2027-03-01 }";

/**
 * Reads a value that is one rule or a list of rules, each a text or a mapping
 * with `rule` and `until`; problems are reported.
 *
 * @param expected What a rule is, for messages.
 */
export function readAllow(
  reading: PolicyReading,
  node: Node,
  where: string,
  expected: string,
): EndingText[] {
  return itemsOf(node).flatMap((item) =>
    item.kind === "mapping" && hasSome(item, ENDING_KEYS)
      ? readEnding(reading, item, where, expected)
      : readTexts(reading, asList(node, item), where, expected, true).map(
        (text) => ({ ...text, until: null }),
      )
  );
}

/**
 * A value without the rules that have an end, each of which is reported.
 *
 * @param why Why it may have none there, as a clause.
 */
export function withoutEnding(
  reading: PolicyReading,
  node: Node,
  where: string,
  why: string,
): Node {
  const isEnding = (item: Node) =>
    item.kind === "mapping" && hasSome(item, ENDING_KEYS);
  const ending = itemsOf(node).filter(isEnding);
  for (const { offset } of ending) report(reading, offset, where, why);
  if (ending.length === 0) return node;
  const kept = itemsOf(node).filter((item) => !isEnding(item));
  return { kind: "sequence", offset: node.offset, items: kept };
}

function readEnding(
  reading: PolicyReading,
  mapping: Mapping,
  where: string,
  expected: string,
): EndingText[] {
  const keys = readKeys(reading, mapping, where, ENDING_KEYS, EXAMPLE);
  const missing = ENDING_KEYS.filter(({ key }) => !keys.has(key));
  if (missing.length > 0) {
    const [first] = missing;
    report(
      reading,
      mapping.offset,
      where,
      `${first!.key} is missing: expected ${EXAMPLE}`,
    );
    return [];
  }
  const until = readUntil(reading, keys.get("until")!, `${where}.until`);
  const texts = readTexts(
    reading,
    keys.get("rule")!.value,
    `${where}.rule`,
    expected,
    false,
  );
  return until === null ? [] : texts.map((text) => ({ ...text, until }));
}

function readUntil(
  reading: PolicyReading,
  { value }: Entry,
  where: string,
): number | null {
  const until = value.kind === "scalar" && typeof value.value === "string"
    ? parseUntil(value.value)
    : null;
  if (until !== null) return until;
  report(
    reading,
    value.offset,
    where,
    `found ${describe(value)}: expected ${UNTIL_WORDS}`,
  );
  return null;
}

function hasSome({ entries }: Mapping, keys: readonly Key[]): boolean {
  return entries.some((entry) => keys.some(({ key }) => key === entry.key));
}

function itemsOf(node: Node): readonly Node[] {
  return node.kind === "sequence" ? node.items : [node];
}

/** One item as a list of its own; a list in a list stays one, and is no text. */
function asList(node: Node, item: Node): Node {
  return node.kind === "sequence" ? { ...node, items: [item] } : item;
}

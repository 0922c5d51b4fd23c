/**
 * Reads the parts that a policy file consists of (mappings with known keys,
 * texts, lists of texts) and reports values of other kinds.
 *
 * @module
 */

import type { ListenAddress } from "../net/address.ts";
import type { Document, Entry, Mapping, Node } from "./document.ts";
import { nearest, slips } from "./nearest.ts";
import type { Key } from "./policy_format.ts";

/** The policy file while it is read, and what was found so far. */
export interface PolicyReading {
  readonly document: Document;
  readonly problems: { readonly offset: number; readonly text: string }[];
  readonly warnings: string[];
  /** The listeners by address, with where each was first named. */
  readonly listeners: Map<
    string,
    { readonly address: ListenAddress; readonly offset: number }
  >;
}

/** A text with its place. */
export interface PlacedText {
  readonly text: string;
  readonly offset: number;
}

/**
 * Reports a problem.
 *
 * @param offset Where it is in the text.
 * @param where The key that has the problem; empty for the file itself.
 */
export function report(
  reading: PolicyReading,
  offset: number,
  where: string,
  problem: string,
): void {
  reading.problems.push({
    offset,
    text: where === "" ? problem : `${where}: ${problem}`,
  });
}

/**
 * The entries of a mapping by key; those with an unknown key are reported.
 *
 * @param example The value written as a mapping, for one that is not.
 */
export function readKeys(
  reading: PolicyReading,
  node: Node,
  where: string,
  keys: readonly Key[],
  example = "",
): Map<string, Entry> {
  const mapping = expectMapping(
    reading,
    node,
    where,
    `a mapping with ${listOf(keys)}${
      example === "" ? "" : `, such as ${example}`
    }`,
  );
  const known = new Map<string, Entry>();
  for (const entry of mapping?.entries ?? []) {
    const { key, keyOffset } = entry;
    if (keys.some((one) => one.key === key)) known.set(key, entry);
    else {
      const near = nearest(key, keys.map((one) => one.key), slips(key));
      report(
        reading,
        keyOffset,
        where,
        `unknown key '${key}': expected ${listOf(keys)}${
          near !== null
            ? `; did you mean ${near}?`
            : where === ""
            ? "; clients belong under the key clients"
            : ""
        }`,
      );
    }
  }
  return known;
}

/** A value as a mapping; null if it is not, which is reported. */
export function expectMapping(
  reading: PolicyReading,
  node: Node,
  where: string,
  expected: string,
): Mapping | null {
  if (node.kind === "mapping") return node;
  report(
    reading,
    node.offset,
    where,
    `found ${describe(node)}: expected ${expected}`,
  );
  return null;
}

/**
 * The texts of a value that is one text or a list of texts; anything else is
 * reported.
 *
 * @param none Whether the list may be empty.
 */
export function readTexts(
  reading: PolicyReading,
  node: Node,
  where: string,
  expected: string,
  none: boolean,
): PlacedText[] {
  if (node.kind === "sequence" && (none || node.items.length > 0)) {
    return node.items.flatMap((item) =>
      item.kind === "sequence"
        ? notText(reading, item, where, expected)
        : readTexts(reading, item, where, expected, none)
    );
  }
  return node.kind === "scalar" && typeof node.value === "string"
    ? [{ text: node.value, offset: node.offset }]
    : notText(reading, node, where, expected);
}

function notText(
  reading: PolicyReading,
  node: Node,
  where: string,
  expected: string,
): PlacedText[] {
  report(
    reading,
    node.offset,
    where,
    `found ${describe(node)}: expected ${expected}${
      node.kind === "scalar" && node.value !== null
        ? "; if it is a name, write it in quotes"
        : ""
    }`,
  );
  return [];
}

/** What a value is, in words. */
export function describe(node: Node): string {
  if (node.kind === "mapping") return "a mapping";
  if (node.kind === "sequence") {
    return node.items.length === 0 ? "an empty list" : "a list";
  }
  if (node.value === null) return "nothing";
  if (typeof node.value === "string") return `'${node.value}'`;
  return `the ${typeof node.value} ${node.value}`;
}

/** Whether a value is missing, or null. */
export function isNothing(node: Node): boolean {
  return node.kind === "scalar" && node.value === null;
}

/** Keys in words, without those for editors. */
export function listOf(keys: readonly Key[]): string {
  return keys.map(({ key }) => key).filter((key) => !key.startsWith("$"))
    .join(", ");
}

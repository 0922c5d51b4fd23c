/**
 * The shapes of a policy file: mappings with known keys, texts and lists of
 * them; and the problems where it has others.
 *
 * @module
 */

import type { ListenAddress } from "../net/address.ts";
import type { Document, Entry, Mapping, Node } from "./document.ts";
import { nearest, slips } from "./nearest.ts";
import type { Key } from "./policy_format.ts";

/** The file while it is read. */
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

/** Reports a problem: where it is, the key it is of (empty for the file itself), and what. */
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
 * @param example How to write what stands there, where that is no mapping.
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
        `'${key}' is no key of this: expected ${listOf(keys)}${
          near !== null
            ? `; did you mean ${near}?`
            : where === ""
            ? "; each client stands under clients"
            : ""
        }`,
      );
    }
  }
  return known;
}

/** A value as a mapping; null where it is none, which is reported. */
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
 * The texts of a value that is one text or a list of them; what is neither is
 * reported.
 *
 * @param none Whether an empty list will do.
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
function describe(node: Node): string {
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

/**
 * A summary of rights: groups of operations, each with the access classes that
 * are granted.
 *
 * @module
 */

import {
  ACCESS_CLASSES,
  type AccessClass,
  type Operation,
  OPERATIONS,
} from "../docker/operations.ts";
import type { Rights } from "./compile.ts";

/** The letter of each access class. */
export const CLASS_LETTERS: Readonly<Record<AccessClass, string>> = {
  "read": "r",
  "sensitive-read": "s",
  "write": "w",
  "exec": "x",
};

/** The operations of each group, in the order of the table of operations. */
const GROUPS: ReadonlyMap<string, readonly Operation[]> = gather();

/** The group of an operation: `container` of `container.exec.create`, `libpod.pod` of `libpod.pod.list`. */
export function groupOf(name: string): string {
  return /^(?:libpod\.)?[a-z]+/.exec(name)![0];
}

/** The groups in which some of the rights grant an operation, in the order of the table. */
export function heldGroups(all: readonly Rights[]): string[] {
  return [...GROUPS.keys()].filter((group) =>
    all.some((rights) => classesHeld(rights, group) !== "-")
  );
}

/**
 * The classes of a group that are granted, as letters: a capital if all
 * operations of that class in the group are, a small letter if some are.
 *
 * @returns Such as `Rsw`; `-` if none is granted.
 */
export function classesHeld(rights: Rights, group: string): string {
  const letters = ACCESS_CLASSES.map((access) => {
    const letter = CLASS_LETTERS[access];
    const all = (GROUPS.get(group) ?? []).filter((operation) =>
      operation.access === access
    );
    const held = all.filter(({ name }) => rights.verdicts.get(name)?.allowed);
    if (held.length === 0) return "";
    return held.length === all.length ? letter.toUpperCase() : letter;
  }).join("");
  return letters === "" ? "-" : letters;
}

function gather(): Map<string, Operation[]> {
  const groups = new Map<string, Operation[]>();
  for (const operation of OPERATIONS) {
    const group = groupOf(operation.name);
    groups.set(group, [...groups.get(group) ?? [], operation]);
  }
  return groups;
}

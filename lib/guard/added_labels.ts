/**
 * The labels that a guard adds to what its client creates (`labels-added`), and
 * where they go. Pure.
 *
 * @module
 */

import { type GuardRules, knobOf } from "./rules.ts";

/** A label that is added. */
export type AddedLabel = readonly [key: string, value: string];

/** The labels that a guard adds; none for most. */
export function addedLabels(rules: GuardRules): readonly AddedLabel[] {
  return knobOf(rules, "labels-added").list.map((word) => {
    const mark = word.indexOf("=");
    return [word.slice(0, mark), word.slice(mark + 1)];
  });
}

/** Whether a label is exactly one that is added. */
export function isAdded(
  added: readonly AddedLabel[],
  key: string,
  value: unknown,
): boolean {
  return added.some((one) => one[0] === key && one[1] === value);
}

/** The key of a label as podman splits it, which writes `KEY=VALUE` as one text. */
export function labelKey(key: string): string {
  return key.split("=", 1)[0]!;
}

/** An operation, and the places of labels in its body. */
const ROWS = `
container.create Labels
volume.create Labels
network.create Labels
secret.create Labels
secret.update Labels
config.create Labels
config.update Labels
service.create Labels TaskTemplate.ContainerSpec.Labels
service.update Labels TaskTemplate.ContainerSpec.Labels
`;

/**
 * Where the body of each operation has labels, for those that create something,
 * or give something that is there all its labels anew. A service's containers
 * get labels of their own.
 */
export const LABEL_PLACES: ReadonlyMap<string, readonly (readonly string[])[]> =
  new Map(
    ROWS.trim().split("\n").map((row) => {
      const [name = "", ...places] = row.split(" ");
      return [name, places.map((place) => place.split("."))];
    }),
  );

/** Operations that make an image and change it by the instructions in `changes`. */
export const BY_CHANGES: ReadonlySet<string> = new Set([
  "container.commit",
  "image.import",
]);

/** What needs no quotes in a Dockerfile. */
const PLAIN = /^[\w./:@%+,-]*$/;

function quoted(text: string): string {
  return PLAIN.test(text) ? text : `"${text.replace(/["\\$]/g, "\\$&")}"`;
}

/**
 * The `changes` that add labels to the image of a commit or an import, one a label: podman
 * reads one pair in each, and without the escapes. Docker's engine and podman's
 * take them before the labels of the container.
 *
 * They must be the first ones: what follows an escape at a line's end would be
 * part of that line.
 */
export function labelChanges(added: readonly AddedLabel[]): string[] {
  return added.map(([key, value]) => `LABEL ${quoted(key)}=${quoted(value)}`);
}

/** Whether `changes` begin with those that add the labels. */
export function beginWith(
  changes: readonly string[],
  own: readonly string[],
): boolean {
  return own.every((one, i) => changes[i] === one);
}

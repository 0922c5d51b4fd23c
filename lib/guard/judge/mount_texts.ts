/**
 * Judges the texts of a mount that podman reads anew.
 *
 * @module
 */

import type { JsonValue } from "../json.ts";
import { type Collector, find } from "../rules.ts";
import { at, textOf } from "./judging.ts";

/** What begins another field where podman writes a mount as one line of CSV. */
const CSV = /[,"\r\n]/;

/**
 * Judges texts that podman reads as further fields: it writes a mount into one
 * line of CSV, and reads that again, so that a target `/x,source=/` mounts `/`.
 */
export function judgeMountTexts(
  collector: Collector,
  path: string,
  mount: JsonValue,
): void {
  const texts: readonly [name: string, value: JsonValue][] = [
    ...["Source", "Target", "Consistency"].map((
      name,
    ): [string, JsonValue] => [name, at(mount, name)]),
    [
      "BindOptions.Propagation",
      at(at(mount, "BindOptions"), "Propagation"),
    ],
    ["VolumeOptions.Subpath", at(at(mount, "VolumeOptions"), "Subpath")],
    ["ImageOptions.Subpath", at(at(mount, "ImageOptions"), "Subpath")],
  ];
  for (const [name, value] of texts) {
    if (!CSV.test(textOf(value))) continue;
    find(
      collector,
      "binds",
      `${path}.${name}`,
      "has a comma, a quote or a line end, which podman reads as another field",
    );
  }
}

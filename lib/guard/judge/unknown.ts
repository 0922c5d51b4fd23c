/**
 * Judges fields that no table has.
 *
 * @module
 */

import type { Collector } from "../rules.ts";
import type { BodyFields } from "../schema/read.ts";
import { isFull, item } from "./judging.ts";

/** An index, or a key of a map in brackets, in the middle of a place. */
const INDEX = /\[(?:\d+|"(?:[^"\\]|\\.)*")\](?=[.[])/g;

/** A field's place without indexes: `HostConfig.Mounts[0].New` is `HostConfig.Mounts.New`. */
export function placeOf(path: string): string {
  return path.replace(INDEX, "");
}

/** Refuses fields that no table has, unless the guard names them. */
export function judgeUnknown(
  collector: Collector,
  { unknown }: Pick<BodyFields, "unknown">,
): void {
  const { rules, refused } = collector;
  for (const path of unknown) {
    if (isFull(collector)) return;
    const place = placeOf(path);
    if (rules.fields.has(place)) continue;
    refused.push({
      knob: "fields",
      path,
      what: "is not known to this release, nor what it does",
      remedy: `fields: [${item(place)}]`,
    });
  }
}

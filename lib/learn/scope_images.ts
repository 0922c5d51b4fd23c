/**
 * The scope on images that covers recorded calls: by name, whatever the other
 * kinds are held by. Pure.
 *
 * @module
 */

import { hasTagOrDigest } from "../docker/image_name.ts";
import { IMAGE_SCOPE_KEYS } from "../config/policy_format.ts";
import { mayBeImageId } from "../policy/scope_images.ts";
import type { ProposedScope } from "./proposal.ts";
import { type Found, termsOf } from "./scope_values.ts";
import type { Kind } from "./tally.ts";
import { exampleOf } from "./why.ts";

/** Operations that change the image that they name. */
const CHANGING: ReadonlySet<string> = new Set([
  "image.push",
  "image.delete",
  "libpod.image.push",
  "libpod.image.delete",
]);
/** Operations that give an image a name, which is not recorded. */
const NAMING: ReadonlySet<string> = new Set([
  "image.tag",
  "container.commit",
  "image.export.multi",
  "libpod.image.tag",
  "libpod.image.untag",
  "libpod.container.commit",
  "libpod.image.export.multi",
]);
/** Operations that mean all tags of a name without one. */
const ALL_TAGS =
  /^(?:libpod\.)?image\.(?:pull|push|export)$|^distribution\.inspect$/;

/** Whether an operation changes the image that it names. */
export function changesImage(operation: string): boolean {
  return CHANGING.has(operation);
}

/** Whether an operation names an image that is not recorded. */
export function namesUnknownImage(operation: string): boolean {
  return NAMING.has(operation);
}

/** Whether an operation means all tags of a name. */
export function meansAllTags(operation: string, name: string): boolean {
  return ALL_TAGS.test(operation) && !hasTagOrDigest(name);
}

/** Names with their tags, by what is done with the image; or why that is not known. */
export function imageTerms(
  found: readonly Found[],
): { value: ProposedScope["value"]; reasons: string[] } {
  const use = new Map<string, Kind[]>();
  const change = new Map<string, Kind[]>();
  const reasons: string[] = [];
  for (const { call, object } of found) {
    const { operation } = call;
    // What a call on a container says of images stands in its body.
    const name = object?.kind === "image" ? object.name : "";
    const problem = namesUnknownImage(operation)
      ? `the image that ${operation} names is not recorded`
      : problemOf(operation, name);
    if (problem !== null) {
      reasons.push(problem.replace("CALL", exampleOf(call)));
      continue;
    }
    const into = changesImage(operation) ? change : use;
    into.set(name, [...into.get(name) ?? [], call]);
  }
  return {
    value: { key: "images", use: termsOf(use), change: termsOf(change) },
    reasons,
  };
}

/** Why a name cannot be written in a scope; null where it can. */
function problemOf(operation: string, name: string): string | null {
  const [{ pattern }] = IMAGE_SCOPE_KEYS as [typeof IMAGE_SCOPE_KEYS[number]];
  if (name === "") {
    return `the name of an image of ${operation} is not known (CALL)`;
  }
  if (mayBeImageId(name)) return `'${name}' may be the id of an image`;
  if (!pattern!.test(name) || name.includes("*")) {
    return `a scope cannot hold the image '${name}'`;
  }
  if (name.includes("@")) {
    return `'${name}' has a digest, which is covered where all tags are`;
  }
  return meansAllTags(operation, name)
    ? `${operation} of '${name}' without a tag needs all its tags`
    : null;
}

/**
 * Names of images under a scope. Pure.
 *
 * @module
 */

import {
  hasTagOrDigest,
  tagOf,
  withoutHub,
  withoutTag,
} from "../docker/image_name.ts";
import {
  fits,
  type ImageScope,
  type NamePattern,
  namePattern,
} from "./scope.ts";

/** What a request does with an image. */
export type ImageUse = "use" | "change";

/** No name contains it: a star alone covers it. */
const ANY_TAG = ":\0";

/** A name as the engine shows it: `docker.io/library/x` is `x:latest`. */
export function imageName(name: string): string {
  const short = withoutHub(name);
  return hasTagOrDigest(short) ? short : `${short}:latest`;
}

/** What could be an image's id or the start of one. */
export function mayBeImageId(reference: string): boolean {
  return /^(?:sha256:)?[0-9a-f]+$/.test(reference);
}

/**
 * Whether a scope covers an image by its name, written as in the scope or as
 * the engine shows it. A name with a digest is covered where all tags are.
 *
 * @param name No id.
 */
export function coversImage(
  scope: ImageScope,
  use: ImageUse,
  name: string,
): boolean {
  const short = imageName(name);
  const repository = withoutTag(short.split("@", 1)[0]!);
  const digest = short.includes("@") ? short.slice(short.indexOf("@")) : null;
  // Engines leave out the tag that stands before a digest.
  const forms = digest === null
    ? [short, short.replace(/:latest$/, "")]
    : [repository + digest, repository + ANY_TAG];
  const patterns = use === "change"
    ? scope.change
    : [...scope.use, ...scope.change];
  return patterns.some((pattern) =>
    [...forms, ...forms.map(inFull)].some((form) => fitsName(pattern, form))
  );
}

/** Whether a scope covers all tags of a repository. */
export function coversAllTags(
  scope: ImageScope,
  use: ImageUse,
  repository: string,
): boolean {
  return coversImage(scope, use, repository + ANY_TAG);
}

/** A name with its registry, where that is Docker Hub. */
function inFull(name: string): string {
  const [first = "", ...rest] = name.split("/");
  if (rest.length === 0) return `docker.io/library/${name}`;
  // Current engines take a part with capital letters for a host, too.
  const hasHost = /[.:A-Z]/.test(first) || first === "localhost";
  return hasHost ? name : `docker.io/${name}`;
}

/**
 * Whether the name of an image fits a pattern. The tag of a pattern stands for
 * the tag alone: `postgres:*` does not cover `postgres:5000/x`, of which the
 * engine takes `postgres:5000` for the registry.
 */
function fitsName(pattern: NamePattern, name: string): boolean {
  const tag = tagOf(pattern.text);
  if (tag === "") return fits(pattern, name);
  // What stands behind the algorithm of a digest is no tag.
  if (name.includes("@") && !pattern.text.includes("@")) return false;
  const own = tagOf(name);
  return own !== "" && fits(namePattern(tag), own) &&
    fits(namePattern(withoutTag(pattern.text)), withoutTag(name));
}

/**
 * Names of images under a scope. Pure.
 *
 * @module
 */

import {
  fits,
  type ImageScope,
  type NamePattern,
  namePattern,
} from "./scope.ts";

/** What stands before a name that Docker Hub has, in its full form. */
const HUB =
  /^(?:index\.)?docker\.io\/(?![^/]*[.:][^/]*\/|localhost\/)(?:library\/)?/;

/**
 * Whether a scope covers an image by its name, for use or change.
 *
 * @param name As engines list it; `docker.io/library/x:latest` is `x`. An id
 * is no name.
 */
export function fitsImage({ use, change }: ImageScope, name: string): boolean {
  const short = name.replace(HUB, "");
  const tagged = /:[^/]*$|@/.test(short) ? short : `${short}:latest`;
  const forms = [tagged, tagged.replace(/:latest$/, "")];
  return [...use, ...change].some((pattern) =>
    forms.some((form) => fitsName(pattern, form))
  );
}

/** The tag at the end of a name or a pattern, with its colon; a port is followed by a slash. */
const TAG = /:[^/]*$/;

/**
 * Whether the name of an image fits a pattern. The tag of a pattern stands for
 * the tag alone: `postgres:*` does not cover `postgres:5000/x`, of which the
 * engine takes `postgres:5000` for the registry.
 */
export function fitsName(pattern: NamePattern, name: string): boolean {
  const tag = TAG.exec(pattern.text);
  if (tag === null) return fits(pattern, name);
  // What stands behind the algorithm of a digest is no tag.
  if (name.includes("@") && !pattern.text.includes("@")) return false;
  const own = TAG.exec(name);
  return own !== null && fits(namePattern(tag[0]), own[0]) &&
    fits(
      namePattern(pattern.text.slice(0, tag.index)),
      name.slice(0, own.index),
    );
}

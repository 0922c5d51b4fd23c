/**
 * Names of images under a scope. Pure.
 *
 * @module
 */

import { fits, type ImageScope } from "./scope.ts";

/** What stands before a name that Docker Hub has, in its full form. */
const HUB = /^(?:index\.)?docker\.io\/(?:library\/)?/;

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
    forms.some((form) => fits(pattern, form))
  );
}

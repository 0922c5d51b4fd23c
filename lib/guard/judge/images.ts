/**
 * Judges images by their names.
 *
 * @module
 */

import { tagOf, withoutHub, withoutTag } from "../../docker/image_name.ts";
import { fitsPattern } from "../pattern.ts";
import { shown } from "../json.ts";
import { type Collector, find } from "../rules.ts";
import { findNamed } from "./judging.ts";

/** No name contains it: a star alone covers it. */
const ANY_TAG = ":\0";

/**
 * Whether an entry of a list covers an image, by the rules of a scope's images:
 * `docker.io/library/x` is `x`, `x` is `x:latest`, the tag of a pattern stands
 * for a tag alone, and a name with a digest is covered by that digest or where
 * all tags are. What may be an id is covered by the same id alone.
 */
export function coversImage(entry: string, image: string): boolean {
  if (image === "") return false;
  if (/^(?:sha256:)?[0-9a-f]+$/.test(image)) {
    return entry.replace(/^sha256:/, "") === image.replace(/^sha256:/, "");
  }
  return formsOf(image).some((form) => fitsName(entry, form));
}

/** The texts by which a pattern can name an image. */
function formsOf(image: string): string[] {
  const plain = withoutHub(image);
  const [name = "", digest] = plain.split("@");
  const repository = withoutTag(name);
  const tagged = tagOf(name) !== "" ? name : `${name}:latest`;
  const forms = digest === undefined
    ? [tagged, tagged.replace(/:latest$/, "")]
    : [`${repository}@${digest}`, repository + ANY_TAG];
  return [...forms, ...forms.map(inFull)];
}

/** A name with its registry, where that is Docker Hub. */
function inFull(name: string): string {
  const [first = "", ...rest] = name.split("/");
  if (rest.length === 0) return `docker.io/library/${name}`;
  const hasHost = /[.:A-Z]/.test(first) || first === "localhost";
  return hasHost ? name : `docker.io/${name}`;
}

function fitsName(pattern: string, name: string): boolean {
  const tag = tagOf(pattern);
  if (tag === "") return fitsPattern(pattern, name);
  if (name.includes("@") && !pattern.includes("@")) return false;
  const own = tagOf(name);
  return own !== "" && fitsPattern(tag, own) &&
    fitsPattern(withoutTag(pattern), withoutTag(name));
}

/**
 * Judges an image that is used.
 *
 * @param verb What is done with it, such as `mounts`.
 */
export function judgeImage(
  collector: Collector,
  path: string,
  image: string,
  verb: string,
): void {
  const covers = (entry: string) => coversImage(entry, image);
  if (image === "") {
    const what = "names no image";
    return find(collector, "images", path, what, "allow", covers);
  }
  findNamed(
    collector,
    "images",
    path,
    `${verb} the image '${shown(image)}', which is not named`,
    image,
    covers,
  );
}

/**
 * Holds requests that name an image. Images keep the name that was asked for:
 * to delete one by its id drops all its names.
 *
 * @module
 */

import type { Image } from "../../identity/object_queries.ts";
import { readExactly, readQuery } from "../../guard/query.ts";
import type { ImageScope } from "../../policy/scope.ts";
import {
  coversAllTags,
  coversImage,
  imageName,
  type ImageUse,
  mayBeImageId,
} from "../../policy/scope_images.ts";
import {
  type HeldCase,
  type Holder,
  type NotHeld,
  refuseHold,
} from "./held.ts";
import { usersInScope } from "./look_up.ts";

/** Operations that change the image that the path names. */
const CHANGING: ReadonlySet<string> = new Set([
  "image.push",
  "image.delete",
  "image.tag",
  "libpod.image.push",
  "libpod.image.delete",
  "libpod.image.tag",
  "libpod.image.untag",
]);
/** Of these the path names what they read. */
const READING: ReadonlySet<string> = new Set([
  "image.tag",
  "libpod.image.tag",
]);
/** Operations that give the image a name, in `repo` and `tag`. */
const NAMING: ReadonlySet<string> = new Set([
  "image.tag",
  "container.commit",
  "libpod.image.tag",
  "libpod.image.untag",
  "libpod.container.commit",
]);

/** Holds the image that the path names. */
export const holdImage: Holder = async (of, _, held) => {
  const [reference = "", ...rest] = held.parameters;
  const { name } = of.match.operation;
  const use = CHANGING.has(name) && !READING.has(name) ? "change" : "use";
  // A push names its tag in the query; without one podman and older engines push all.
  const tag = name === "image.push" ? readQuery(held.query, ["tag"]) : null;
  if (tag !== null && "problem" in tag) return refused(tag.problem);
  const asked = tag === null ? reference : withTag(reference, tag.values.tag);
  if (asked === null) return refused("it names two tags; give one");
  if (tag !== null && asked === reference && !hasTag(reference)) {
    const { images } = of.scope;
    return coversAllTags(images as ImageScope, use, reference)
      ? { ...held, parameters: [reference, ...rest] }
      : outside(reference);
  }
  const found = await findImage(of, asked, use);
  return found !== null ? found : held;
};

/** Holds the images that the query names: what is pulled, and the name that an image gets. */
export const holdImageQuery: Holder = (of, hold, held) => {
  const { name } = of.match.operation;
  const scope = of.scope.images as ImageScope;
  if (NAMING.has(name)) {
    const read = readQuery(held.query, ["repo", "tag"]);
    if ("problem" in read) return refused(read.problem);
    const { repo, tag } = read.values;
    const image = withTag(repo, tag);
    if (repo === "" || image === null) {
      return refused(
        "the image must get a name in scope: give 'repo' and 'tag'",
      );
    }
    return coversImage(scope, "change", image)
      ? held
      : refused(`the image name '${image}' is outside the client's scope`);
  }
  if (name !== "image.pull") return refuseHold(of, hold, held);
  return holdPull(scope, held);
};

/** What a pull reads of the query. */
const PULL = ["fromImage", "tag", "fromSrc", "repo"] as const;

/** Holds a pull: `fromImage` with its tag. */
function holdPull(
  scope: ImageScope,
  held: Parameters<Holder>[2],
): ReturnType<Holder> {
  const read = readExactly(held.query, PULL);
  if ("problem" in read) return refused(read.problem);
  const { fromImage: repository, tag, fromSrc } = read.values;
  if (fromSrc !== "") {
    return refused(
      "an import cannot be held to the client's scope; use 'fromImage'",
    );
  }
  const image = withTag(repository, tag);
  if (repository === "" || repository.endsWith(":") || image === null) {
    return refused("it must name one image, with one tag");
  }
  const inside = hasTag(image)
    ? coversImage(scope, "use", image)
    : coversAllTags(scope, "use", image);
  return inside ? held : outside(image);
}

/**
 * Looks an image up, and judges it by the client's scope.
 *
 * @returns null where it is in scope.
 */
export async function findImage(
  of: HeldCase,
  reference: string,
  use: ImageUse,
): Promise<NotHeld | null> {
  const images = of.scope.images as ImageScope;
  if (!mayBeImageId(reference)) {
    return coversImage(images, use, reference) ? null : outside(reference);
  }
  const image = await of.sources.objects.image(reference);
  if (image !== null && "reason" in image) {
    const reason =
      `sockwarden cannot tell which image '${reference}' is: ${image.reason}`;
    return { kind: "unsure", reason };
  }
  if (image !== null && isCovered(images, use, reference, image)) return null;
  if (use === "use") {
    // Asked of what is absent too: the two must not be told apart.
    const users = await usersInScope(of, "images", image?.id ?? reference);
    if ("kind" in users) return users;
    if (image?.names.length === 0 && users.inside > 0) return null;
  }
  return image === null
    ? { kind: "absent", object: "images", name: reference, hidden: null }
    : outside(reference);
}

/** Whether a scope covers an image by the names that it has. */
function isCovered(
  images: ImageScope,
  use: ImageUse,
  reference: string,
  { names }: Image,
): boolean {
  const covered = (name: string) => coversImage(images, use, name);
  const own = imageName(reference);
  if (names.some((name) => imageName(name) === own)) return covered(reference);
  // By its id it is changed with all its names.
  return use === "use"
    ? names.some(covered)
    : names.length > 0 && names.every(covered);
}

function hasTag(name: string): boolean {
  return /:[^/]*$|@/.test(name);
}

/** A name with a tag or digest from the query; null where it has one already. */
function withTag(name: string, tag: string): string | null {
  if (tag === "") return name;
  if (hasTag(name)) return null;
  return `${name}${tag.includes(":") ? "@" : ":"}${tag}`;
}

function outside(name: string): NotHeld {
  const hidden = `image '${name}' is outside the scope`;
  return { kind: "absent", object: "images", name, hidden };
}

function refused(why: string): NotHeld {
  return { kind: "refused", why };
}

/**
 * Holds requests that name an image. Images keep the name that was asked for:
 * to delete one by its id drops all its names.
 *
 * @module
 */

import { hasTagOrDigest } from "../../docker/image_name.ts";
import { shown } from "../../guard/json.ts";
import { readExactly, readLists, readQuery } from "../../guard/query.ts";
import type { Image } from "../../identity/object_queries.ts";
import type { ImageScope } from "../../policy/scope.ts";
import {
  coversAllTags,
  coversImage,
  imageName,
  type ImageUse,
  mayBeImageId,
} from "../../policy/scope_images.ts";
import {
  type Held,
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
/** Operations that give out all tags of a name without one. */
const EXPORTING: ReadonlySet<string> = new Set([
  "image.export",
  "libpod.image.export",
]);
/** Operations that give the image a name, in `repo` and `tag`. */
const NAMING: ReadonlySet<string> = new Set([
  "image.tag",
  "container.commit",
  "libpod.image.tag",
  "libpod.image.untag",
  "libpod.container.commit",
]);

/** Operations that send the image to a registry. */
const PUSHING: ReadonlySet<string> = new Set([
  "image.push",
  "libpod.image.push",
]);
const SHORT_ID = /^[0-9a-f]{1,63}$/;
/** A repository that another client could mean as an id. */
const LIKE_AN_ID = /^[0-9a-f]{12,}:/;

/** Holds the image that the path names. */
export const holdImage: Holder = async (of, _, held) => {
  const [reference = "", ...rest] = held.parameters;
  const { name } = of.match.operation;
  const use = CHANGING.has(name) && !READING.has(name) ? "change" : "use";
  if (name === "distribution.inspect") {
    // The engine asks the registry of that name, whatever image has such an id.
    return coversImage(of.scope.images as ImageScope, use, reference)
      ? held
      : outside(reference);
  }
  if (EXPORTING.has(name)) {
    const sent = await findExported(of, reference);
    return typeof sent === "string"
      ? { ...held, parameters: [sent, ...rest] }
      : sent;
  }
  const failed = PUSHING.has(name)
    ? await findPushed(of, reference, held.query)
    : await findImage(of, reference, use);
  return failed ?? held;
};

/** Judges what is pushed, and where to; null where it is in scope. */
async function findPushed(
  of: HeldCase,
  reference: string,
  query: string,
): Promise<NotHeld | null> {
  const images = of.scope.images as ImageScope;
  // Podman pushes to the destination; Docker does not know it.
  const read = readQuery(query, ["tag", "destination"]);
  if ("problem" in read) return refused(read.problem);
  const { tag, destination } = read.values;
  if (destination !== "" && !coversImage(images, "change", destination)) {
    return refused(
      `'${shown(destination)}' in the query is outside the client's scope`,
    );
  }
  const asked = withTag(reference, tag);
  if (asked === null) return refused("it names two tags; give one");
  // Without a tag podman and older engines push all.
  if (hasTagOrDigest(asked)) return await findImage(of, asked, "change");
  return coversAllTags(images, "change", reference) ? null : outside(reference);
}

/**
 * Judges an image that is exported: a name without a tag stands for all tags
 * that it has, also where it looks like the start of an id.
 *
 * @returns The name under which it is sent.
 */
async function findExported(
  of: HeldCase,
  reference: string,
): Promise<string | NotHeld> {
  const images = of.scope.images as ImageScope;
  if (coversAllTags(images, "use", reference)) return reference;
  if (!hasTagOrDigest(reference) && !mayBeImageId(reference)) {
    return outside(reference);
  }
  const sent = SHORT_ID.test(reference) ? `sha256:${reference}` : reference;
  return await findImage(of, sent, "use") ?? sent;
}

/** Holds the images that the query names: what is pulled, and the name that an image gets. */
export const holdImageQuery: Holder = async (of, hold, held) => {
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
    if (LIKE_AN_ID.test(imageName(image))) {
      return refused(
        `the image name '${image}' could be the start of an id; use a name that has another character than 0-9 and a-f, or fewer than 12`,
      );
    }
    return coversImage(scope, "change", image)
      ? held
      : refused(`the image name '${image}' is outside the client's scope`);
  }
  if (name === "image.export.multi") return await holdExports(of, held);
  if (name !== "image.pull") return refuseHold(of, hold, held);
  return holdPull(scope, held);
};

/** Images that one export may name: each may cost a question to the engine. */
const MAX_EXPORTS = 64;

/** Holds an export: every image in `names`. */
async function holdExports(
  of: HeldCase,
  held: Held,
): Promise<Held | NotHeld> {
  const read = readLists(held.query, ["names"]);
  if ("problem" in read) return refused(read.problem);
  const { names } = read.values;
  if (names.length === 0 || names.length > MAX_EXPORTS) {
    return refused(`it must name from 1 to ${MAX_EXPORTS} images in 'names'`);
  }
  for (const name of names) {
    const sent = await findExported(of, name);
    if (typeof sent !== "string") return sent;
    if (sent !== name) {
      return refused(`write '${name}' as the image's full id, '${sent}'`);
    }
  }
  return held;
}

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
  const inside = hasTagOrDigest(image)
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
  // With a digest some engines take the image that has it, whatever its name.
  if (!mayBeImageId(reference) && !reference.includes("@")) {
    if (coversImage(images, use, reference)) return null;
    return coversImage(images, "use", reference)
      ? onlyUsed(reference)
      : outside(reference);
  }
  const image = await lookUpImage(of, reference);
  if (image !== null && "kind" in image) return image;
  if (image !== null && isCovered(images, use, reference, image)) return null;
  if (use === "use") {
    // Asked of what is absent too: the two must not be told apart.
    const users = await usersInScope(of, "images", image?.id ?? reference);
    if ("kind" in users) return users;
    if (image?.names.length === 0 && users.inside > 0) return null;
  }
  if (image === null) {
    return { kind: "absent", object: "images", name: reference, hidden: null };
  }
  return image.names.some((name) => coversImage(images, "use", name))
    ? onlyUsed(reference)
    : outside(reference);
}

/** Whether a scope covers an image by the names that it has. */
function isCovered(
  images: ImageScope,
  use: ImageUse,
  reference: string,
  { id, names }: Image,
): boolean {
  const covered = (name: string) => coversImage(images, use, name);
  const own = imageName(reference);
  // The engine deletes it by its id where that begins so, though it is a name too.
  const isName = !id.replace(/^sha256:/, "").startsWith(reference) &&
    names.some((name) => imageName(name) === own);
  if (isName) return covered(reference);
  // By its id it is changed with all its names.
  return use === "use"
    ? names.some(covered)
    : names.length > 0 && names.every(covered);
}

/** Looks an image up; null where there is none. */
export async function lookUpImage(
  { sources }: Pick<HeldCase, "sources">,
  reference: string,
): Promise<Image | NotHeld | null> {
  const image = await sources.objects.image(reference);
  if (image === null || !("reason" in image)) return image;
  const reason =
    `sockwarden cannot tell which image '${reference}' is: ${image.reason}`;
  return { kind: "unsure", reason };
}

/** A name with a tag or digest from the query; null where it has one already. */
function withTag(name: string, tag: string): string | null {
  if (tag === "") return name;
  if (hasTagOrDigest(name)) return null;
  return `${name}${tag.includes(":") ? "@" : ":"}${tag}`;
}

/** The client sees the image, so that it is told. */
function onlyUsed(name: string): NotHeld {
  return refused(
    `the client's scope lets it use the image '${
      shown(name)
    }', and not change it; to allow it add all its names to 'change'`,
  );
}

function outside(name: string): NotHeld {
  const hidden = `image '${name}' is outside the scope`;
  return { kind: "absent", object: "images", name, hidden };
}

function refused(why: string): NotHeld {
  return { kind: "refused", why };
}

/**
 * Holds requests that name an image. Images keep the name that was asked for:
 * to delete one by its id drops all its names.
 *
 * @module
 */

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
  if (EXPORTING.has(name)) {
    const sent = await findExported(of, reference);
    return typeof sent === "string"
      ? { ...held, parameters: [sent, ...rest] }
      : sent;
  }
  return await findImage(of, asked, use) ?? held;
};

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
  if (!hasTag(reference) && !mayBeImageId(reference)) return outside(reference);
  const failed = await findImage(of, reference, "use");
  if (failed !== null) return failed;
  if (hasTag(reference) || FULL_ID.test(reference)) return reference;
  const image = await lookUpImage(of, reference);
  if (image === null) {
    return { kind: "absent", object: "images", name: reference, hidden: null };
  }
  return "kind" in image ? image : image.id;
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
  { sources, scope }: HeldCase,
  reference: string,
  use: ImageUse,
): Promise<NotHeld | null> {
  const images = scope.images as ImageScope;
  if (!mayBeImageId(reference)) {
    if (coversImage(images, use, reference)) return null;
    return coversImage(images, "use", reference)
      ? onlyUsed(reference)
      : outside(reference);
  }
  const image = await lookUpImage({ sources }, reference);
  if (image === null) {
    return { kind: "absent", object: "images", name: reference, hidden: null };
  }
  if ("kind" in image) return image;
  const { names } = image;
  const covered = (name: string) => coversImage(images, use, name);
  const own = imageName(reference);
  const isName = names.some((name) => imageName(name) === own);
  // By its id it is changed with all its names.
  const inside = isName
    ? covered(reference)
    : use === "use"
    ? names.some(covered)
    : names.length > 0 && names.every(covered);
  if (inside) return null;
  return names.some((name) => coversImage(images, "use", name))
    ? onlyUsed(reference)
    : outside(reference);
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

/** An id that engines never take for a name. */
const FULL_ID = /^(?:sha256:)?[0-9a-f]{64}$/;

function hasTag(name: string): boolean {
  return /:[^/]*$|@/.test(name);
}

/** A name with a tag or digest from the query; null where it has one already. */
function withTag(name: string, tag: string): string | null {
  if (tag === "") return name;
  if (hasTag(name)) return null;
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

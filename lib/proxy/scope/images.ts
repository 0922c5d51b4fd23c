/**
 * Holds requests that name an image. Images keep the name that was asked for:
 * to delete one by its id drops all its names.
 *
 * @module
 */

import { shown } from "../../guard/json.ts";
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
  if (name === "image.export") return await holdExport(of, reference, held);
  // Podman pushes to it; Docker does not know it.
  const to = PUSHING.has(name) ? readQuery(held.query, ["destination"]) : null;
  if (to !== null && "problem" in to) return refused(to.problem);
  const { destination = "" } = to?.values ?? {};
  if (
    destination !== "" &&
    !coversImage(of.scope.images as ImageScope, "change", destination)
  ) {
    return refused(
      `'${shown(destination)}' in the query is outside the client's scope`,
    );
  }
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

/**
 * Holds an export: without a tag the engine takes all of the repository, and
 * what could be the start of an id for a repository first.
 */
async function holdExport(
  of: HeldCase,
  reference: string,
  held: Held,
): Promise<Held | NotHeld> {
  if (hasTag(reference) || mayBeImageId(reference)) {
    const asked = SHORT_ID.test(reference) ? `sha256:${reference}` : reference;
    return await findImage(of, asked, "use") ??
      { ...held, parameters: [asked] };
  }
  const { images } = of.scope;
  return coversAllTags(images as ImageScope, "use", reference)
    ? held
    : outside(reference);
}

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
    if (LIKE_AN_ID.test(imageName(image))) {
      return refused(
        `the image name '${image}' could be the start of an id; use a name that has another character than 0-9 and a-f, or fewer than 12`,
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
  { sources, scope }: HeldCase,
  reference: string,
  use: ImageUse,
): Promise<NotHeld | null> {
  const images = scope.images as ImageScope;
  // With a digest some engines take the image that has it, whatever its name.
  if (!mayBeImageId(reference) && !reference.includes("@")) {
    return coversImage(images, use, reference) ? null : outside(reference);
  }
  const image = await sources.objects.image(reference);
  if (image === null) {
    return { kind: "absent", object: "images", name: reference, hidden: null };
  }
  if ("reason" in image) {
    const reason =
      `sockwarden cannot tell which image '${reference}' is: ${image.reason}`;
    return { kind: "unsure", reason };
  }
  const { names } = image;
  const covered = (name: string) => coversImage(images, use, name);
  const own = imageName(reference);
  // The engine deletes it by its id where that begins so, though it is a name too.
  const isName = !image.id.replace(/^sha256:/, "").startsWith(reference) &&
    names.some((name) => imageName(name) === own);
  // By its id it is changed with all its names.
  const inside = isName
    ? covered(reference)
    : use === "use"
    ? names.some(covered)
    : names.length > 0 && names.every(covered);
  return inside ? null : outside(reference);
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

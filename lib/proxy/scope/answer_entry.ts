/**
 * Entries of lists: whether one is in scope, and how it is shown. Pure.
 *
 * @module
 */

import { withValues } from "../../guard/values.ts";
import { parseListed } from "../../identity/engine_queries.ts";
import { readLabels } from "../../policy/inventory.ts";
import { coversImage } from "../../policy/scope_images.ts";
import {
  type ImageScope,
  isScoped,
  judgeObject,
  type ObjectScope,
  type Scope,
} from "../../policy/scope.ts";
import type { AnswerHold } from "./answer_hold.ts";

/** The text of an entry as it is shown; null where it is left out. Throws where it is no entry. */
export type Edit = (text: string, scope: Scope) => string | null;

/** How the entries of a list of each kind are shown, and the layers of an image. */
export const EDITS: Readonly<Record<AnswerHold["kind"] | "layers", Edit>> = {
  containers: editContainer,
  networks: editNetwork,
  volumes: (text, scope) => showsVolume(parseListed(text), scope) ? text : null,
  images: editImage,
  layers: editLayer,
};

/** Whether a list entry of the volumes of an answer is in scope, and its text. */
export function showsVolume(entry: Json, scope: Scope): boolean {
  const { Name: id, Labels: labels } = entry;
  return judgeListed("volumes", scope, { id, name: id, labels });
}

/** The state of an entry in scope, empty where it has none; null for one outside. Throws where it is no entry. */
export function listedIn(
  scope: Scope,
  kind: "containers" | "images",
  text: string,
): string | null {
  if (EDITS[kind](text, scope) === null) return null;
  const { State } = parseListed(text);
  return typeof State === "string" ? State : "";
}

type Json = Readonly<Record<string, unknown>>;
type ListedKind = "containers" | "networks" | "volumes";
/** What an entry says of itself, unread. */
type ListedFacts = Readonly<Record<"id" | "name" | "labels", unknown>>;

/** Whether an entry of a list is in scope. Throws where it has no id or no name. */
export function judgeListed(
  kind: ListedKind,
  scope: Scope,
  { id, name, labels: given }: ListedFacts,
): boolean {
  const one = scope[kind];
  if (one === null || one === "any") return true;
  if (typeof id !== "string" || id === "" || typeof name !== "string") {
    throw new Error("it has no id or no name");
  }
  const labels = readLabels(given);
  // One with so many labels that they are not read is outside.
  return labels !== null &&
    judgeObject(kind, one as ObjectScope, { id, name, labels }).inside;
}

/** A container's own name: one with a second slash is a link's, and begins with another container's. */
const OWN_NAME = /^\/[^/]+$/;

function editContainer(text: string, scope: Scope): string | null {
  const entry = parseListed(text);
  const names = namesIn(entry.Names);
  const own = names.filter((one) => OWN_NAME.test(one));
  const name = (own[0] ?? "").slice(1);
  const { Id: id, Labels: labels } = entry;
  if (!judgeListed("containers", scope, { id, name, labels })) return null;
  return own.length === names.length
    ? text
    : withValues(text, new Map([["Names", asLatin1(own)]]));
}

/** JSON text in ASCII: the text of a list has one code unit a byte. */
export function asLatin1(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u0080-\uffff]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function editNetwork(text: string, scope: Scope): string | null {
  const entry = parseListed(text);
  const { Id: id, Name: name, Labels: labels } = entry;
  if (!judgeListed("networks", scope, { id, name, labels })) return null;
  // Engines of today list none; old versions of the API name them here.
  return isScoped(scope, "containers")
    ? withValues(
      text,
      new Map([["Containers", "{}"], ["Services", "{}"]]),
    )
    : text;
}

/** An image with its names in scope; left out where it has none. */
function editImage(text: string, scope: Scope): string | null {
  const entry = parseListed(text);
  if (typeof entry.Id !== "string") throw new Error("it has no id");
  const values = new Map<string, string>();
  if (isScoped(scope, "containers")) {
    values.set("Containers", "-1");
    // It names the containers of each platform.
    values.set("Manifests", "null");
  }
  if (isScoped(scope, "images")) {
    const { tags, digests } = shownNames(scope.images as ImageScope, entry);
    if (tags.length === 0) return null;
    values.set("RepoTags", asLatin1(tags));
    values.set("RepoDigests", asLatin1(digests));
    // Podman says here once more which names it has, and which it had.
    for (const key of ["Names", "History"]) {
      const names = coveredNames(scope.images as ImageScope, entry[key]);
      values.set(key, asLatin1(names));
    }
  }
  return withValues(text, values);
}

/** The names of an image that are in scope, and the digests of their repositories. */
export function shownNames(
  images: ImageScope,
  { RepoTags, RepoDigests }: Json,
): { readonly tags: string[]; readonly digests: string[] } {
  const tags = coveredNames(images, RepoTags);
  const repositories = tags.map((tag) => tag.replace(/:[^/:]*$/, ""));
  const digests = namesIn(RepoDigests).filter((one) =>
    repositories.includes(one.split("@", 1)[0]!)
  );
  return { tags, digests };
}

/** The names of a list that are in scope. */
export function coveredNames(images: ImageScope, names: unknown): string[] {
  return namesIn(names).filter((one) => coversImage(images, "use", one));
}

/** A layer with the names in scope that images have which end with it. */
function editLayer(text: string, scope: Scope): string {
  const { Tags } = parseListed(text);
  const tags = coveredNames(scope.images as ImageScope, Tags);
  const shown = tags.length === 0 ? "null" : asLatin1(tags);
  return withValues(text, new Map([["Tags", shown]]));
}

/** The texts of a list; none where it is no list. */
export function namesIn(value: unknown): string[] {
  return Array.isArray(value)
    ? value.filter((one) => typeof one === "string")
    : [];
}

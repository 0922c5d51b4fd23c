/**
 * Filters lists entry by entry as they come: only one entry is held.
 *
 * @module
 */

import { withValues } from "../../guard/values.ts";
import { monotonic, pause } from "../../host.ts";
import { parseListed } from "../../identity/engine_queries.ts";
import { readList } from "../../identity/list_reader.ts";
import { readLabels } from "../../policy/inventory.ts";
import { coversImage } from "../../policy/scope_images.ts";
import {
  type ImageScope,
  isScoped,
  judgeObject,
  type ObjectFacts,
  type ObjectScope,
  type Scope,
} from "../../policy/scope.ts";
import type { AnswerFilter, AnswerHold } from "./answer_hold.ts";
import { skipsOf } from "./answer_skip.ts";

/** Bytes that are read at once, and milliseconds after which others get a turn. */
const SLICE = 16 * 1024;
const TURN_MS = 3;

/** The text of an entry as it is shown; null where it is left out. Throws where it is no entry. */
type Edit = (text: string, scope: Scope) => string | null;

/** What is listed: objects of a kind, or the layers of an image. */
export type Listed = AnswerHold["kind"] | "layers";

/** How the entries of a list of each kind are shown. */
const EDITS: Readonly<Record<Listed, Edit>> = {
  containers: editContainer,
  networks: editNetwork,
  volumes: (text, scope) => showsVolume(parseListed(text), scope) ? text : null,
  images: editImage,
  layers: editLayer,
};

/** Filters a JSON list of the kind that the operation lists. */
export function filterList(
  scope: Scope,
  listed: Listed,
  limit: number | null,
): AnswerFilter {
  let shown: string[] = [];
  let count = 0;
  const one = listed === "images" || listed === "layers" ? null : scope[listed];
  const skips = one === null || one === "any" ? null : skipsOf(one);
  const reader = readList((text) => {
    if (skips?.(text)) return;
    const edited = EDITS[listed](text, scope);
    if (edited === null || limit !== null && count >= limit) return;
    shown.push(count === 0 ? edited : `,${edited}`);
    count++;
  });
  let isOpen = false;
  const taken = (problem: string | null, end: string) => {
    if (problem !== null) return { problem: `the list ${problem}` };
    const start = isOpen ? "" : "[";
    isOpen = true;
    const text = start + shown.join("") + end;
    shown = [];
    return text;
  };
  return {
    live: false,
    async add(bytes) {
      let since = monotonic();
      for (let from = 0; from < bytes.length; from += SLICE) {
        const problem = reader.add(bytes.subarray(from, from + SLICE));
        if (problem !== null) return taken(problem, "");
        if (monotonic() - since < TURN_MS) continue;
        await pause(0);
        since = monotonic();
      }
      return taken(null, "");
    },
    end: () => Promise.resolve(taken(reader.end(), "]\n")),
  };
}

/** Whether a list entry of the volumes of an answer is in scope, and its text. */
export function showsVolume(entry: Json, scope: Scope): boolean {
  return judgeListed("volumes", entry, scope);
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

function judgeListed(kind: ListedKind, entry: Json, scope: Scope): boolean {
  const one = scope[kind];
  if (one === null || one === "any") return true;
  const facts = listedFacts(kind, entry);
  return facts !== null && judgeObject(kind, one as ObjectScope, facts).inside;
}

/** The facts of an entry; null where it has so many labels that it is not read. */
function listedFacts(kind: ListedKind, entry: Json): ObjectFacts | null {
  const { Id, Name, Names, Labels } = entry;
  const name = kind === "containers"
    ? (namesIn(Names).find((one) => /^\/[^/]+$/.test(one)) ?? "").slice(1)
    : Name;
  const id = kind === "volumes" ? Name : Id;
  if (typeof id !== "string" || id === "" || typeof name !== "string") {
    throw new Error("it has no id or no name");
  }
  const labels = readLabels(Labels);
  return labels === null ? null : { id, name, labels };
}

function editContainer(text: string, scope: Scope): string | null {
  const entry = parseListed(text);
  if (!judgeListed("containers", entry, scope)) return null;
  // A name with a second slash is a link's, and begins with another container's.
  const names = namesIn(entry.Names);
  const own = names.filter((one) => /^\/[^/]+$/.test(one));
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
  if (!judgeListed("networks", entry, scope)) return null;
  // Engines of today list none; old versions of the API name them here.
  return isScoped(scope, "containers")
    ? withValues(
      text,
      new Map([["Containers", "{}"], ["Services", "{}"]]),
    )
    : text;
}

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
  }
  return withValues(text, values);
}

/** The names of an image that are in scope, and the digests of their repositories. */
export function shownNames(
  images: ImageScope,
  { RepoTags, RepoDigests }: Json,
): { readonly tags: string[]; readonly digests: string[] } {
  const tags = namesIn(RepoTags).filter((one) =>
    coversImage(images, "use", one)
  );
  const repositories = tags.map((tag) => tag.replace(/:[^/:]*$/, ""));
  const digests = namesIn(RepoDigests).filter((one) =>
    repositories.includes(one.replace(/@.*$/, ""))
  );
  return { tags, digests };
}

/** A layer with the names in scope that images have which end with it. */
function editLayer(text: string, scope: Scope): string {
  const { Tags } = parseListed(text);
  const tags = namesIn(Tags).filter((one) =>
    coversImage(scope.images as ImageScope, "use", one)
  );
  const shown = tags.length === 0 ? "null" : asLatin1(tags);
  return withValues(text, new Map([["Tags", shown]]));
}

export function namesIn(value: unknown): string[] {
  return Array.isArray(value)
    ? value.filter((one) => typeof one === "string")
    : [];
}

/**
 * The engine's events under a scope: which objects an event is about, and
 * whether a client may see it. Pure.
 *
 * @module
 */

import { findProblem } from "../guard/json.ts";
import { parseJson } from "../host.ts";
import type { KnownKind } from "./known_objects.ts";
import { coversImage } from "./scope_images.ts";
import {
  isScoped,
  judgeObject,
  labelKeysOf,
  type ObjectFacts,
  type ObjectScope,
  type Scope,
} from "./scope.ts";

/** An object that an event is about. */
export interface Actor {
  readonly kind: KnownKind;
  /** Its full id; of a volume, its name. */
  readonly id: string;
  /** Its names at the time of the event; none where the event does not say. */
  readonly names: readonly string[];
  /** What the event says of it; null where labels are not among that. */
  readonly facts: ObjectFacts | null;
}

/** What an event is about. */
export interface EventSubject {
  readonly actors: readonly Actor[];
  /** The image that it is about; null where it is about none. */
  readonly image: string | null;
}

/** Attributes that engines write beside the labels of a container, and over one of the same name. */
const NOT_LABELS: ReadonlySet<string> = new Set([
  "arguments",
  "comment",
  "container",
  "containerExitCode",
  "containerInspectData",
  "destination",
  "driver",
  "error",
  "execDuration",
  "execID",
  "exitCode",
  "health_status",
  "height",
  "image",
  "imageID",
  "imageRef",
  "name",
  "network",
  "newName",
  "oldName",
  "oomKilled",
  "path",
  "podId",
  "signal",
  "width",
]);

const KINDS: ReadonlyMap<unknown, KnownKind> = new Map([
  ["container", "containers"],
  ["network", "networks"],
  ["volume", "volumes"],
]);

/** Characters of an event with so few keys that no choice of them costs much. */
const SMALL_EVENT = 8192;

/**
 * Reads what one event is about.
 *
 * @param text Its JSON text.
 * @param scope The event is read for it.
 * @returns null where the event cannot be shown under a scope: it is about
 * something else, or is dangerous to parse; `unreadable` where it is no event.
 */
export function subjectOf(
  text: string,
  scope: Scope,
): EventSubject | null | "unreadable" {
  let event;
  try {
    if (text.length > SMALL_EVENT && findProblem(text) !== null) return null;
    event = parseJson(text);
  } catch {
    return "unreadable";
  }
  if (typeof event !== "object" || event === null || Array.isArray(event)) {
    return "unreadable";
  }
  const { Type, Actor } = event;
  const { ID, Attributes } = Object(Actor);
  const attributes = Object(Attributes);
  // Podman leaves the id of a volume and of a pulled image empty.
  const id = ID === "" && (Type === "volume" || Type === "image")
    ? stringIn(attributes, "name")
    : ID;
  if (typeof id !== "string" || id === "") return null;
  if (Type === "image") {
    const name = stringIn(attributes, "name");
    return { actors: [], image: name === "" ? id : name };
  }
  const kind = KINDS.get(Type);
  if (kind === undefined) return null;
  if (kind === "containers") {
    return { actors: [containerOf(id, attributes, scope)], image: null };
  }
  const other = stringIn(attributes, "container");
  const actors: Actor[] = [{ kind, id, names: [], facts: null }];
  if (other !== "") {
    actors.push({ kind: "containers", id: other, names: [], facts: null });
  }
  return { actors, image: null };
}

function containerOf(
  id: string,
  attributes: Record<string, unknown>,
  scope: Scope,
): Actor {
  const name = stringIn(attributes, "name");
  const old = stringIn(attributes, "oldName").replace(/^\//, "");
  const names = [name, old].filter((one) => one !== "");
  const keys = labelKeysOf(scope, "containers");
  // What an event writes over a label is no label.
  const readable = name !== "" && !keys.some((key) => NOT_LABELS.has(key));
  if (!readable) return { kind: "containers", id, names, facts: null };
  const labels = new Map(
    keys.map((key) => [key, stringIn(attributes, key)] as const),
  );
  return { kind: "containers", id, names, facts: { id, name, labels } };
}

function stringIn(object: Record<string, unknown>, key: string): string {
  const value = Object.hasOwn(object, key) ? object[key] : "";
  return typeof value === "string" ? value : "";
}

/**
 * Whether an object of an event is in scope.
 *
 * @param facts What is known of it; null where nothing is.
 */
export function showsActor(
  scope: Scope,
  { kind, names }: Actor,
  facts: ObjectFacts | null,
): boolean {
  const one = scope[kind];
  if (one === "any") return true;
  // A kind without a scope beside another one is left out.
  if (one === null || facts === null) return false;
  const all = names.length === 0 ? [facts.name] : names;
  return all.every((name) =>
    judgeObject(kind, one as ObjectScope, { ...facts, name }).inside
  );
}

/** Whether an actor must be looked up to be judged. */
export function needsFacts(scope: Scope, { kind }: Actor): boolean {
  return isScoped(scope, kind);
}

/** Whether the image of an event is in scope. */
export function showsImage({ images }: Scope, name: string): boolean {
  if (images === null || images === "any") return images === "any";
  return coversImage(images, "use", name);
}

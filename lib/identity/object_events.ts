/**
 * Reads the engine's events that make, rename or end an object. Pure.
 *
 * @module
 */

import { findProblem } from "../guard/json.ts";
import { parseJson } from "../host.ts";
import type { KnownKind } from "../policy/known_objects.ts";

/** What has happened to an object. */
export interface ObjectEvent {
  readonly kind: KnownKind;
  /** Its full id; of a volume, its name. */
  readonly id: string;
  readonly action: "made" | "renamed" | "gone";
  /** Of a container, the name that it has now. */
  readonly name: string | null;
  /** Of a container, its labels, with other attributes of the event among them. */
  readonly labels: ReadonlyMap<string, string> | null;
}

const KINDS: ReadonlyMap<unknown, KnownKind> = new Map([
  ["container", "containers"],
  ["network", "networks"],
  ["volume", "volumes"],
]);

/** `remove` is podman's word, and dockerd's for a network of a swarm. */
const ACTIONS: ReadonlyMap<unknown, ObjectEvent["action"]> = new Map([
  ["create", "made"],
  ["rename", "renamed"],
  ["destroy", "gone"],
  ["remove", "gone"],
]);

/**
 * Reads one event.
 *
 * @param text Its JSON text.
 * @returns null where it is not one of those that were asked for.
 */
export function readEvent(text: string): ObjectEvent | null {
  const event = parseEvent(text);
  const actor = Object(event.Actor);
  const kind = KINDS.get(event.Type);
  const action = ACTIONS.get(event.Action);
  // Podman leaves the id of a volume empty: its name is one.
  const id = actor.ID === "" && kind === "volumes"
    ? Object(actor.Attributes).name
    : actor.ID;
  if (
    kind === undefined || action === undefined || typeof id !== "string" ||
    id === ""
  ) return null;
  if (kind !== "containers") {
    return { kind, id, action, name: null, labels: null };
  }
  const labels = new Map<string, string>();
  for (const [key, value] of Object.entries(Object(actor.Attributes))) {
    if (typeof value === "string") labels.set(key, value);
  }
  const name = labels.get("name") ?? "";
  return {
    kind,
    id,
    action,
    name: name === "" ? null : name,
    labels,
  };
}

/** The start of an event as engines write it: all but what someone chose. */
const START =
  /^\{(?:"(?:status|id|from)":"[^"\\]*",)*"Type":"([a-z]+)","Action":"([a-z]+)","Actor":\{"ID":"([A-Za-z0-9_.-]+)"/;

/** An event as an object; without its attributes where it would be dangerous to parse: whoever makes a container chooses keys in them. */
function parseEvent(text: string): Record<string, unknown> {
  try {
    if (findProblem(text) === null) return Object(parseJson(text));
  } catch {
    return {};
  }
  const [, Type, Action, ID] = START.exec(text) ?? [];
  return { Type, Action, Actor: { ID } };
}

/**
 * What a call is about, by name: the engine is asked which object an id or the
 * start of one is, since ids are others after the next start.
 *
 * @module
 */

import type { Match } from "../docker/match.ts";
import { readExactly, readQuery } from "../guard/query.ts";
import type {
  LookedUpKind,
  ObjectQueries,
} from "../identity/object_queries.ts";
import {
  fields,
  type JsonValue,
  parseStrictJson,
  readFields,
} from "../guard/json.ts";
import { readLabels } from "../policy/inventory.ts";
import { HOLDS } from "../policy/scope_table.ts";
import {
  MAX_LABEL,
  MAX_LABELS,
  recordedName,
  type RecordedObject,
} from "./recording.ts";

/** The questions that are asked. */
export type NameQueries = Pick<ObjectQueries, "find" | "exec" | "image">;

/** An operation that was matched. */
export type Called = Extract<Match, { kind: "operation" }>;

/** Labels that say nothing of whose the object is. */
const NOT_OF_INTEREST =
  /^(?:com\.docker\.|org\.opencontainers\.|desktop\.docker\.|io\.podman\.)/;
const PROJECTS = ["com.docker.compose.project", "com.docker.stack.namespace"];
const SERVICES = [
  "com.docker.compose.service",
  "com.docker.swarm.service.name",
];

/** What creates an object, and of which kind. */
const CREATED: ReadonlyMap<string, string> = new Map([
  ["container.create", "container"],
  ["network.create", "network"],
  ["volume.create", "volume"],
]);

/** Fields of a creation that say what is created. */
const OWN_FIELDS = fields(["Name", "Labels"]);
/** The same of a container, which the query names: dockerode writes that into the body too. */
const CONTAINER_FIELDS = fields(["Name", "Labels"], ["name"]);

/** What could be an id or the start of one. */
const LIKE_AN_ID = /^(?:sha256:)?[0-9a-f]{12,64}$|^[0-9a-z]{25}$/;

/** Kinds that a path can name beside those of scopes, by the start of an operation's name. */
const OTHER_KINDS = [
  "service",
  "task",
  "node",
  "secret",
  "config",
  "plugin",
] as const;

/**
 * What a call names.
 *
 * @param body Its whole body; empty where none was read.
 * @returns undefined where it names nothing; with an empty name where the engine
 * does not say which object it is.
 */
export async function namedObject(
  objects: NameQueries,
  match: Called,
  body: Uint8Array,
): Promise<RecordedObject | undefined> {
  const { operation: { name }, parameters } = match;
  const created = CREATED.get(name);
  if (created !== undefined) return newObject(created, match, body);
  const [reference] = parameters;
  const holds = HOLDS.get(name) ?? [];
  if (reference !== undefined && holds.some(({ way }) => way === "exec")) {
    return await containerOfExec(objects, reference);
  }
  const path = holds.find(({ way }) => way === "path");
  if (path === undefined) return await otherObject(objects, match);
  if (reference === undefined) return undefined;
  return path.kind === "images"
    ? await imageOf(objects, reference)
    : await lookedUp(objects, path.kind, reference);
}

/** An object that the engine is asked for; what is not there by the name that was asked for. */
export async function lookedUp(
  objects: Pick<NameQueries, "find">,
  kind: LookedUpKind,
  reference: string,
): Promise<RecordedObject> {
  const one = kind.slice(0, -1);
  const found = await objects.find(kind, reference);
  if (found === null || "reason" in found) {
    // What is not there was asked for by that name all the same.
    return { kind: one, name: plainName(reference) };
  }
  return { kind: one, name: recordedName(found.name), ...owners(found.labels) };
}

async function containerOfExec(
  objects: NameQueries,
  id: string,
): Promise<RecordedObject> {
  const exec = await objects.exec(id);
  return exec === null || "reason" in exec
    ? { kind: "container", name: "" }
    : await lookedUp(objects, "containers", exec.container);
}

async function imageOf(
  objects: NameQueries,
  reference: string,
): Promise<RecordedObject> {
  if (!LIKE_AN_ID.test(reference)) {
    return { kind: "image", name: recordedName(reference) };
  }
  const found = await objects.image(reference);
  const names = found === null || "reason" in found ? [] : found.names;
  return { kind: "image", name: recordedName(names[0] ?? "") };
}

/** Images that a query names, and kinds that no scope has. */
async function otherObject(
  objects: NameQueries,
  { operation: { name }, parameters: [reference], target: { query } }: Called,
): Promise<RecordedObject | undefined> {
  if (name === "image.pull") {
    const read = readExactly(query, ["fromImage", "tag"]);
    if ("problem" in read) return { kind: "image", name: "" };
    const { fromImage, tag } = read.values;
    return { kind: "image", name: recordedName(withTag(fromImage, tag)) };
  }
  if (name === "container.commit") {
    const read = readQuery(query, ["container"]);
    return "problem" in read
      ? { kind: "container", name: "" }
      : await lookedUp(objects, "containers", read.values.container);
  }
  const kind = OTHER_KINDS.find((one) => name.startsWith(`${one}.`));
  return kind === undefined || reference === undefined
    ? undefined
    : { kind, name: plainName(reference) };
}

function withTag(image: string, tag: string): string {
  if (tag === "") return image;
  return image + (tag.includes(":") ? "@" : ":") + tag;
}

/** An object that is created: named by the query or the body. */
function newObject(
  kind: string,
  { target: { query } }: Called,
  body: Uint8Array,
): RecordedObject {
  const known = kind === "container" ? CONTAINER_FIELDS : OWN_FIELDS;
  const { Name = null, Labels = null } = ownFields(body, known) ?? {};
  const read = readQuery(query, ["name"]);
  const given = kind !== "container"
    ? Name
    : "problem" in read
    ? ""
    : read.values.name.replace(/^\//, "");
  return {
    kind,
    name: typeof given === "string" ? recordedName(given) : "",
    ...owners(readLabels(Labels ?? {}) ?? new Map()),
  };
}

/**
 * The fields that say what is created; null where the engine may read others: it
 * takes `name` for `Name` too, and of both the last one.
 */
function ownFields(
  body: Uint8Array,
  known: typeof OWN_FIELDS,
): Record<"Name" | "Labels", JsonValue> | null {
  const parsed = parseStrictJson(body);
  if ("problem" in parsed) return null;
  const problems: string[] = [];
  const read = readFields(parsed.value, "the body", known, (problem) => {
    problems.push(problem);
  });
  return problems.length === 0 ? read : null;
}

/** A reference as a name; empty where it may be an id. */
function plainName(reference: string): string {
  return LIKE_AN_ID.test(reference) ? "" : recordedName(reference);
}

/** Whose an object is, by its labels. */
function owners(
  labels: ReadonlyMap<string, string>,
): Omit<RecordedObject, "kind" | "name"> {
  // Half a project's name would be another project.
  const project = recordedName(firstOf(labels, PROJECTS));
  const service = recordedName(firstOf(labels, SERVICES));
  const others = [...labels]
    // With `=` in its key it would be the text of another label.
    .filter(([key]) => !NOT_OF_INTEREST.test(key) && !key.includes("="))
    .map(([key, value]) => `${key}=${value}`)
    // A label that is cut would be another one.
    .filter((text) => text.length <= MAX_LABEL)
    .sort().slice(0, MAX_LABELS);
  return {
    ...(project === "" ? {} : { project }),
    ...(service === "" ? {} : { service }),
    ...(others.length === 0 ? {} : { labels: others }),
  };
}

function firstOf(
  labels: ReadonlyMap<string, string>,
  keys: readonly string[],
): string {
  for (const key of keys) {
    const value = labels.get(key);
    if (value !== undefined && value !== "") return value;
  }
  return "";
}

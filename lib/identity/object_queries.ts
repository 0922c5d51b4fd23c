/**
 * What the gate asks the engine about the objects that a request names, to hold
 * it to a scope.
 *
 * @module
 */

import { ask, type NoAnswer } from "../engine/ask.ts";
import { sharedBy } from "../engine/shared.ts";
import type { EngineAddress } from "../net/address.ts";
import {
  type JsonObject,
  type JsonValue,
  parseStrictJson,
} from "../guard/json.ts";
import { encodeUtf8 } from "../host.ts";
import { readLabels } from "../policy/inventory.ts";
import type { KnownKind } from "../policy/known_objects.ts";
import type { ObjectFacts } from "../policy/scope.ts";
import type { ContainerQueries } from "./container_index.ts";
import {
  askJson,
  eachContainer,
  MAX_LIST_BYTES,
  MAX_OBJECT_BYTES,
  unexpectedStatus,
} from "./engine_queries.ts";

/** Kinds of object that are looked up by a reference. */
export type LookedUpKind = KnownKind;

/** An exec, and the container that it runs in. */
export interface Exec {
  readonly id: string;
  /** The full id of its container. */
  readonly container: string;
}

/** An image, and the names that it has. */
export interface Image {
  readonly id: string;
  /** With tags or digests. */
  readonly names: readonly string[];
  /** The paths for which the engine makes a volume (`VOLUME` of a Dockerfile). */
  readonly volumes: readonly string[];
}

/** The fields of a container that name what it joins, as its creation has them. */
export interface JoinedFields {
  readonly HostConfig: JsonValue;
  readonly NetworkingConfig: { readonly EndpointsConfig: JsonValue };
}

/** An object whole; or why its description, which the engine gave, is not read. */
export type DescribedObject =
  | { readonly description: JsonObject }
  | { readonly problem: string };

/** The questions about objects. Made by {@link createObjectQueries}. */
export interface ObjectQueries {
  /**
   * Looks an object up, once for all who ask at the same time.
   *
   * @param reference A name, an id or, but for a volume, the start of one.
   * @returns null where the engine has none, or where its answer does not have
   * the form of the API.
   */
  readonly find: (
    kind: LookedUpKind,
    reference: string,
  ) => Promise<ObjectFacts | NoAnswer | null>;
  /** Looks an exec up by its id; as {@link find}. */
  readonly exec: (id: string) => Promise<Exec | NoAnswer | null>;
  /** Looks an image up by its id, the start of one or a name; as {@link find}. */
  readonly image: (reference: string) => Promise<Image | NoAnswer | null>;
  /**
   * The containers that have a volume of that name or an image of that full id,
   * stopped ones too; none where there is no such object.
   */
  readonly usersOf: (
    kind: "volumes" | "images",
    id: string,
  ) => Promise<readonly ObjectFacts[] | NoAnswer>;
  /** What a container joined when it was created, by its full id; as {@link find}. */
  readonly joined: (id: string) => Promise<JoinedFields | NoAnswer | null>;
  /** The engine's description of an object, whole; as {@link find}. */
  readonly describe: (
    kind: LookedUpKind | "execs",
    reference: string,
  ) => Promise<DescribedObject | NoAnswer | null>;
  /** Whether the engine is podman (`GET /version`). */
  readonly isPodman: () => Promise<boolean | NoAnswer>;
}

/** Makes the questions; they ask the engine, and keep no answer. */
export function createObjectQueries(
  engine: EngineAddress,
  index: Pick<ContainerQueries, "container">,
): ObjectQueries {
  const network = sharedBy((reference) =>
    inspect(engine, `/networks/${encodeURIComponent(reference)}`, readNetwork)
  );
  const volume = sharedBy((reference) =>
    inspect(engine, `/volumes/${encodeURIComponent(reference)}`, readVolume)
  );
  const volumeUsers = sharedBy((name) => users(engine, "volume", name));
  const described = sharedBy((path) => describe(engine, path));
  const imageUsers = sharedBy((id) => users(engine, "ancestor", id));
  return {
    find(kind, reference) {
      switch (kind) {
        case "containers":
          return index.container(reference);
        case "networks":
          return network(reference);
        case "volumes":
          return volume(reference);
      }
    },
    exec: sharedBy((id) =>
      inspect(engine, `/exec/${encodeURIComponent(id)}/json`, readExec)
    ),
    image: sharedBy((reference) =>
      inspect(
        engine,
        `/images/${encodeURIComponent(reference)}/json`,
        readImage,
      )
    ),
    usersOf: (kind, id) =>
      kind === "volumes" ? volumeUsers(id) : imageUsers(id),
    joined: sharedBy((id) =>
      inspect(engine, `/containers/${encodeURIComponent(id)}/json`, readJoins)
    ),
    describe: (kind, reference) => described(pathOf(kind, reference)),
    isPodman: () => askPodman(engine),
  };
}

const PATHS: Readonly<Record<LookedUpKind | "execs", readonly string[]>> = {
  containers: ["/containers/", "/json"],
  networks: ["/networks/", ""],
  volumes: ["/volumes/", ""],
  execs: ["/exec/", "/json"],
};

function pathOf(kind: LookedUpKind | "execs", reference: string): string {
  const [before, after] = PATHS[kind];
  return `${before}${encodeURIComponent(reference)}${after}`;
}

/** Whoever makes an object chooses what is in its description: it is read as a body is. */
async function describe(
  engine: EngineAddress,
  path: string,
): Promise<DescribedObject | NoAnswer | null> {
  const answer = await ask(engine, path, MAX_OBJECT_BYTES);
  if ("reason" in answer) return answer;
  if (answer.status === 404) return null;
  if (answer.status !== 200) return unexpectedStatus(path, answer.status);
  const parsed = parseStrictJson(encodeUtf8(answer.body));
  if ("problem" in parsed) {
    return {
      problem: `of the engine's answer to GET ${path} ${parsed.problem}`,
    };
  }
  const { value } = parsed;
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? { description: value as JsonObject }
    : { problem: `the engine's answer to GET ${path} is no object` };
}

/** What podman calls itself among the components of `/version`. */
const PODMAN = "Podman Engine";

async function askPodman(engine: EngineAddress): Promise<boolean | NoAnswer> {
  const path = "/version";
  const answer = await askJson(engine, path, MAX_OBJECT_BYTES);
  if ("reason" in answer) return answer;
  if (answer.status !== 200) return unexpectedStatus(path, answer.status);
  const { Components } = Object(answer.value);
  return Array.isArray(Components) &&
    Components.some((one) => Object(one).Name === PODMAN);
}

async function users(
  engine: EngineAddress,
  filter: "volume" | "ancestor",
  id: string,
): Promise<readonly ObjectFacts[] | NoAnswer> {
  const found: ObjectFacts[] = [];
  const failed = await eachContainer(
    engine,
    ({ id: of, name, labels }, one) => {
      // Images that are made from another one are listed with it.
      if (filter === "ancestor" && one.ImageID !== id) return;
      found.push({ id: of, name, labels });
    },
    `&filters=${encodeURIComponent(JSON.stringify({ [filter]: [id] }))}`,
  );
  return failed ?? found;
}

async function inspect<T>(
  engine: EngineAddress,
  path: string,
  read: (value: Json) => T | null,
): Promise<T | NoAnswer | null> {
  const answer = await askJson(engine, path, MAX_OBJECT_BYTES);
  if ("reason" in answer) return answer;
  const { status, value } = answer;
  if (status === 404) return null;
  return status === 200 ? read(Object(value)) : unexpectedStatus(path, status);
}

/**
 * Lists all objects of a kind.
 *
 * @param each Gets each object; one that does not have the form of the API is
 * left out.
 * @returns null at the end, or why the engine did not list them.
 */
export async function eachObject(
  engine: EngineAddress,
  kind: LookedUpKind,
  each: (facts: ObjectFacts) => void,
): Promise<NoAnswer | null> {
  if (kind === "containers") return await eachContainer(engine, each);
  const path = `/${kind}`;
  const answer = await askJson(engine, path, MAX_LIST_BYTES);
  if ("reason" in answer) return answer;
  const { status, value } = answer;
  if (status !== 200) return unexpectedStatus(path, status);
  const isVolumes = kind === "volumes";
  const list = isVolumes ? Object(value).Volumes : value;
  for (const one of Array.isArray(list) ? list : []) {
    const facts = (isVolumes ? readVolume : readNetwork)(Object(one));
    if (facts !== null) each(facts);
  }
  return null;
}

type Json = Readonly<Record<string, unknown>>;

const FULL_ID = /^[0-9a-f]{64}$/;

/** A network's id: that of a swarm's has 25 characters. */
const NETWORK_ID = /^(?:[0-9a-f]{64}|[0-9a-z]{25})$/;

function readNetwork({ Id, Name, Labels }: Json): ObjectFacts | null {
  return typeof Id === "string" && NETWORK_ID.test(Id)
    ? factsOf(Id, Name, Labels)
    : null;
}

function readVolume({ Name, Labels }: Json): ObjectFacts | null {
  return factsOf(Name, Name, Labels);
}

function readExec({ ID, ContainerID }: Json): Exec | null {
  return typeof ID === "string" && FULL_ID.test(ID) &&
      typeof ContainerID === "string" && FULL_ID.test(ContainerID)
    ? { id: ID, container: ContainerID }
    : null;
}

function readImage(
  { Id, RepoTags, RepoDigests, Config }: Json,
): Image | null {
  const names = [RepoTags, RepoDigests].flatMap((list) =>
    Array.isArray(list) ? list : []
  ).filter((name) => typeof name === "string" && !name.startsWith("<none>"));
  const volumes = Object.keys(Object(Object(Config).Volumes));
  return typeof Id === "string" && Id !== ""
    ? { id: Id, names, volumes }
    : null;
}

function readJoins({ HostConfig, NetworkSettings }: Json): JoinedFields | null {
  const { Networks = null } = Object(NetworkSettings);
  const { Mounts = null, ...host } = Object(HostConfig);
  return {
    HostConfig: {
      ...host,
      // Labels are lists here; only what is mounted matters.
      Mounts: Array.isArray(Mounts)
        ? Mounts.map((mount) => ({ ...mount, VolumeOptions: null }))
        : Mounts,
    },
    NetworkingConfig: { EndpointsConfig: Networks },
  };
}

function factsOf(
  id: unknown,
  name: unknown,
  given: unknown,
): ObjectFacts | null {
  const labels = readLabels(given);
  if (
    typeof id !== "string" || typeof name !== "string" || name === "" ||
    labels === null
  ) return null;
  return { id, name, labels };
}

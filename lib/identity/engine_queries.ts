/**
 * What identity asks the engine: its containers and its networks.
 *
 * @module
 */

import { ask, askInPieces, type NoAnswer } from "../engine/ask.ts";
import { findProblem } from "../guard/json.ts";
import { decodeUtf8, encodeLatin1, monotonic, parseJson } from "../host.ts";
import type { EngineAddress } from "../net/address.ts";
import {
  type Container,
  type Inventory,
  type Networks,
  readEntry,
  readInspected,
  readNetworks,
} from "../policy/inventory.ts";
import { emptyInventory, put } from "../policy/placing.ts";
import { readList } from "./list_reader.ts";

/** A list of containers or networks that is longer is not read. */
export const MAX_LIST_BYTES = 32 * 1024 * 1024;
/** The description of a container that is longer is not read. */
export const MAX_OBJECT_BYTES = 4 * 1024 * 1024;

/** A reference to a container: a name, an id or the start of one. */
const CONTAINER_REFERENCE = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/**
 * Lists the running containers (`GET /containers/json`), without their labels:
 * they never change, and no list of them is kept.
 *
 * @param before The containers as they were listed before: what they have still
 * keeps its time.
 * @returns The containers by id and by address, or why the engine did not list
 * them.
 */
export async function listContainers(
  engine: EngineAddress,
  before: Inventory = emptyInventory(),
): Promise<Inventory | NoAnswer> {
  const inventory = emptyInventory();
  const failed = await readContainers(engine, "/containers/json", (text) => {
    const container = readEntry(parseEntry(text, false));
    if (container === null) return;
    const known = before.containers.get(container.id) ?? null;
    put(inventory, container, known, monotonic());
  });
  return failed ?? inventory;
}

/**
 * Lists all containers, stopped ones too (`GET /containers/json?all=1`).
 *
 * @param each Gets each container, with its labels, and its entry.
 * @param more What the query has besides `all`.
 * @returns null at the end, or why the engine did not list them.
 */
export async function eachContainer(
  engine: EngineAddress,
  each: (
    container: Container,
    entry: Readonly<Record<string, unknown>>,
  ) => void,
  more = "",
): Promise<NoAnswer | null> {
  const path = `/containers/json?all=1${more}`;
  return await readContainers(engine, path, (text) => {
    const entry = parseListed(text);
    const container = readEntry(entry);
    if (container !== null) each(container, entry);
  });
}

/** Asks for a list of containers, and hands on the text of each entry; null at the end, or why there is none. */
async function readContainers(
  engine: EngineAddress,
  path: string,
  entry: (text: string) => void,
): Promise<NoAnswer | null> {
  const reader = readList(entry);
  let problem: string | null = null;
  const answer = await askInPieces(engine, path, (bytes, status) => {
    if (status === 200) problem = reader.add(bytes);
    return problem === null;
  });
  if (!("reason" in answer)) {
    if (answer.status !== 200) return unexpectedStatus(path, answer.status);
    problem = reader.end();
  } else if (problem === null) return answer;
  return problem === null
    ? null
    : { reason: `the engine's answer to GET ${path} ${problem}` };
}

/**
 * Lists the networks (`GET /networks`), those without a container included.
 *
 * @returns None where the engine does not list them: a proxy before the engine
 * may show the containers and not the networks.
 */
export async function listNetworks(engine: EngineAddress): Promise<Networks> {
  const answer = await askJson(engine, "/networks", MAX_LIST_BYTES);
  return "status" in answer && answer.status === 200
    ? readNetworks(answer.value)
    : emptyInventory();
}

/**
 * Inspects a container (`GET /containers/{reference}/json`).
 *
 * @param reference A name, an id or the start of one.
 * @returns null where the engine has no such container.
 */
export async function inspectContainer(
  engine: EngineAddress,
  reference: string,
): Promise<Container | NoAnswer | null> {
  if (!CONTAINER_REFERENCE.test(reference)) return null;
  const path = `/containers/${reference}/json`;
  const answer = await askJson(engine, path, MAX_OBJECT_BYTES);
  if ("reason" in answer) return answer;
  if (answer.status === 404) return null;
  return answer.status === 200
    ? readInspected(answer.value)
    : unexpectedStatus(path, answer.status);
}

const HOST_NETWORK = ["/networks/host", "/networks/host?scope=swarm"] as const;

/**
 * The ids of the host's network (`GET /networks/host`): the engine's own, and
 * the one that services of a swarm are given for it.
 *
 * @returns Those that there are; or why that is not known.
 */
export async function inspectHostNetwork(
  engine: EngineAddress,
): Promise<readonly string[] | NoAnswer> {
  const ids: string[] = [];
  const answers = await Promise.all(
    HOST_NETWORK.map((path) => askJson(engine, path, MAX_OBJECT_BYTES)),
  );
  for (const [i, answer] of answers.entries()) {
    const path = HOST_NETWORK[i]!;
    if ("reason" in answer) return answer;
    if (answer.status === 404) continue;
    if (answer.status !== 200) return unexpectedStatus(path, answer.status);
    const { Id } = Object(answer.value);
    if (typeof Id !== "string" || Id === "") {
      return { reason: `the engine's answer to GET ${path} has no Id` };
    }
    ids.push(Id);
  }
  return ids;
}

/** Asks for a JSON answer; the labels in it are lists of pairs. */
export async function askJson(
  engine: EngineAddress,
  path: string,
  maxBytes: number,
): Promise<{ status: number; value: unknown } | NoAnswer> {
  const answer = await ask(engine, path, maxBytes);
  if ("reason" in answer) return answer;
  const { status, body } = answer;
  try {
    // Whoever makes an image or a container chooses keys in these answers.
    const problem = maxBytes === MAX_LIST_BYTES ? null : findProblem(body);
    return problem === null
      ? { status, value: parseJson(labelsAsLists(body)) }
      : { reason: `the engine's answer to GET ${path} ${problem}` };
  } catch {
    return status === 200
      ? { reason: `the engine's answer to GET ${path} is not valid JSON` }
      : { status, value: null };
  }
}

/** The labels of one object, or what else is a map of chosen keys, as engines write them: without a space. */
const LABELS =
  /"(Labels|labels|Annotations|Options|options|AuxiliaryAddresses)":\{((?:"[^"\\]*(?:\\.[^"\\]*)*"[:,]?)*)\}/g;
const LABEL = /("[^"\\]*(?:\\.[^"\\]*)*"):("[^"\\]*(?:\\.[^"\\]*)*")/g;

/**
 * Makes each object of labels in a JSON text a list of pairs. The keys of a long
 * list are of any number, and no key that someone chose may become the key of an
 * object: the runtime hashes it without a seed.
 */
function labelsAsLists(text: string): string {
  return text.replace(
    LABELS,
    (_, name, labels) => `"${name}":[${labels.replace(LABEL, "[$1,$2]")}]`,
  );
}

/**
 * An entry without its ports and mounts: objects without lists, the last of
 * which ends with a string. In a string each quote has a backslash before it.
 */
function withoutParts(text: string): string {
  for (const name of ["Ports", "Mounts"]) {
    const start = text.indexOf(`"${name}":[{`);
    let end = text.indexOf('"}]', start);
    while (end > 0 && text[end - 1] === "\\") {
      end = text.indexOf('"}]', end + 1);
    }
    if (start < 0 || end < 0) continue;
    const part = text.slice(start, end + 3);
    // What the addresses stand in must never be left out.
    if (part.includes('"NetworkSettings":')) continue;
    text = `${text.slice(0, start)}"${name}":null${text.slice(end + 3)}`;
  }
  return text;
}

/** Characters of an entry with so few keys that no choice of them costs much. */
const SMALL_ENTRY = 8192;

/**
 * Parses an entry of a list without its ports and mounts, which nothing asks
 * for: they are of any number, as labels are, and chosen by whoever makes a
 * container or its image. One such container must not make the whole list
 * unreadable.
 *
 * @param labelled Whether its labels are asked for; then they are lists of pairs.
 * @throws Where it would be dangerous to parse even so.
 */
function parseEntry(text: string, labelled: boolean): unknown {
  let rest = labelled ? labelsAsLists(text) : text.replace(LABELS, '"$1":null');
  if (rest.length <= SMALL_ENTRY) return parseJson(rest);
  rest = withoutParts(rest);
  // Others give a container names without number: by links to it.
  const problem = findProblem(rest, Infinity);
  if (problem !== null) throw new Error(problem);
  return parseJson(rest);
}

/**
 * Parses an entry of a list with its labels, as lists of pairs.
 *
 * @param text One code unit a byte, of UTF-8.
 * @throws Where it is no entry, or would be dangerous to parse.
 */
export function parseListed(text: string): Record<string, unknown> {
  const isAscii = !/[\u0080-\u00ff]/.test(text);
  const entry = parseEntry(
    isAscii ? text : decodeUtf8(encodeLatin1(text)),
    true,
  );
  return Object(entry);
}

/** Why an answer with that status says nothing. */
export function unexpectedStatus(path: string, status: number): NoAnswer {
  return {
    reason: `the engine answered GET ${path} with status ${status}`,
    refused: status >= 400 && status < 500,
  };
}

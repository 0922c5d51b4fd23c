/**
 * What identity asks the engine: its containers and its networks.
 *
 * @module
 */

import { ask, type NoAnswer } from "../engine/ask.ts";
import type { EngineAddress } from "../net/address.ts";
import {
  type Container,
  EMPTY_INVENTORY,
  type Inventory,
  type Networks,
  readInspected,
  readInventory,
  readNetworks,
} from "../policy/inventory.ts";

/** A list of containers or networks that is longer is not read. */
const MAX_LIST_BYTES = 32 * 1024 * 1024;
/** The description of a container that is longer is not read. */
const MAX_OBJECT_BYTES = 4 * 1024 * 1024;

/** A reference to a container: a name, an id or the start of one. */
const CONTAINER_REFERENCE = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/**
 * Lists the running containers (`GET /containers/json`).
 *
 * @returns The containers by id and by address, or why the engine did not list
 * them.
 */
export async function listContainers(
  engine: EngineAddress,
): Promise<Inventory | NoAnswer> {
  const path = "/containers/json";
  const answer = await askJson(engine, path, MAX_LIST_BYTES);
  if ("reason" in answer) return answer;
  return answer.status === 200
    ? readInventory(answer.value)
    : unexpectedStatus(path, answer.status);
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
    : EMPTY_INVENTORY;
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

async function askJson(
  engine: EngineAddress,
  path: string,
  maxBytes: number,
): Promise<{ status: number; value: unknown } | NoAnswer> {
  const answer = await ask(engine, path, maxBytes);
  if ("reason" in answer) return answer;
  try {
    return { status: answer.status, value: JSON.parse(answer.body) };
  } catch {
    return answer.status === 200
      ? { reason: `the engine's answer to GET ${path} is not valid JSON` }
      : { status: answer.status, value: null };
  }
}

function unexpectedStatus(path: string, status: number): NoAnswer {
  return {
    reason: `the engine answered GET ${path} with status ${status}`,
    refused: status >= 400 && status < 500,
  };
}

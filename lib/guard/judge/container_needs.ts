/**
 * What a container's creation names, and must be asked of the engine.
 *
 * @module
 */

import { entriesOf, listed, textOf, texts } from "./judging.ts";
import type { Read } from "../schema/read.ts";
import { boundVolume, volumeOfMount, volumesSource } from "./mounts.ts";
import { joinedContainer, MODE_NAMES } from "./namespaces.ts";
import { isBuiltIn } from "./network_settings.ts";
import type { GuardedRequest } from "./request.ts";

/** At most so many names of a kind are looked up; a creation with more is refused. */
export const MAX_NAMES = 64;

/** Names as in the request: one more than {@link MAX_NAMES} at most. */
export interface ContainerNeeds {
  readonly containers: string[];
  readonly volumes: string[];
  readonly networks: string[];
}

/** What must be asked of the engine to judge a creation, or a container's description made one. */
export function containerNeeds({ body }: GuardedRequest): ContainerNeeds {
  const needs: ContainerNeeds = { containers: [], volumes: [], networks: [] };
  for (const read of body?.fields ?? []) addNeeds(needs, read);
  return needs;
}

/** Whether a body names more than what is looked up. */
export function namesTooMany(request: GuardedRequest): boolean {
  return Object.values(containerNeeds(request)).some((names) =>
    names.length > MAX_NAMES
  );
}

function add(names: string[], name: string): void {
  if (names.length > MAX_NAMES || names.includes(name)) return;
  names.push(name);
}

function addNeeds(needs: ContainerNeeds, read: Read): void {
  const { containers, volumes } = needs;
  const { field: { name, knob }, value } = read;
  if (name === "NetworkMode" || MODE_NAMES.includes(name)) {
    const container = joinedContainer(textOf(value));
    if (container !== null) add(containers, container);
    else if (name === "NetworkMode") addNetwork(needs, textOf(value));
  } else if (name === "VolumesFrom") {
    for (const [, text] of texts(read)) add(containers, volumesSource(text));
  } else if (name === "EndpointsConfig") {
    for (const [network] of entriesOf(value)) addNetwork(needs, network);
  } else if (name === "NetworkID") addNetwork(needs, textOf(value));
  else if (name === "Binds") {
    for (const [, text] of texts(read)) addVolume(volumes, text);
  } else if (name === "Volumes") {
    for (const [key] of entriesOf(value)) addVolume(volumes, key);
  } else if (name === "Mounts" && knob === "mounts") {
    for (const mount of listed(value)) {
      const volume = volumeOfMount(mount);
      if (volume !== null) add(volumes, volume);
    }
  }
}

function addNetwork({ networks }: ContainerNeeds, name: string): void {
  if (!isBuiltIn(name) && !name.includes(":")) add(networks, name);
}

function addVolume(volumes: string[], bind: string): void {
  const volume = boundVolume(bind);
  if (volume !== null) add(volumes, volume);
}

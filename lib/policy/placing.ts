/**
 * Puts containers into an inventory and takes them out, and compares what they
 * were with what they are.
 *
 * @module
 */

import { canonicalAddress } from "../net/cidr.ts";
import type {
  Container,
  Counted,
  Endpoint,
  Inventory,
  Networks,
} from "./inventory.ts";

/** An inventory without containers. */
export function emptyInventory(): Inventory {
  return {
    containers: new Map(),
    owners: new Map(),
    gateways: new Map(),
    blocks: new Map(),
  };
}

/**
 * Puts a container in, in place of the one of that id.
 *
 * @param before What it was before; it keeps the time of the endpoints that it has still.
 * @param now The time of those that are new: before, their addresses may have been another's.
 */
export function put(
  inventory: Inventory,
  container: Container,
  before: Container | null,
  now: number,
): void {
  remove(inventory, container.id);
  const placed = before !== null && isSameContainer(container, before)
    ? before
    : placedOf(inventory, container, before, now);
  const { containers, owners, gateways, blocks } = inventory;
  containers.set(placed.id, placed);
  for (const { network, address } of placed.endpoints) {
    const key = canonicalAddress(address)!;
    owners.set(key, [
      ...owners.get(key) ?? [],
      { container: placed, network },
    ]);
  }
  for (const gateway of placed.gateways) count(gateways, gateway, null, 1);
  for (const block of placed.blocks) count(blocks, block.text, block, 1);
}

/** What is kept of a container: without labels, and sharing what others have too. */
function placedOf(
  { blocks }: Networks,
  container: Container,
  before: Container | null,
  now: number,
): Container {
  const endpoints = container.endpoints.map((endpoint) => ({
    ...endpoint,
    since: before?.endpoints.find((one) => isSame(one, endpoint))?.since ?? now,
  }));
  return {
    ...container,
    labels: NO_LABELS,
    aliases: NO_NAMES,
    joined: NO_NAMES,
    endpoints,
    blocks: container.blocks.map((one) => blocks.get(one.text)?.value ?? one),
  };
}

const NO_LABELS: Container["labels"] = new Map();
const NO_NAMES: readonly string[] = [];

/** Takes a container out; does nothing where it is not in. */
export function remove(inventory: Inventory, id: string): void {
  const { containers, owners, gateways, blocks } = inventory;
  const placed = containers.get(id);
  if (placed === undefined) return;
  containers.delete(id);
  for (const { address } of placed.endpoints) {
    const key = canonicalAddress(address)!;
    const others = (owners.get(key) ?? [])
      .filter(({ container }) => container !== placed);
    if (others.length > 0) owners.set(key, others);
    else owners.delete(key);
  }
  for (const gateway of placed.gateways) count(gateways, gateway, null, -1);
  for (const block of placed.blocks) count(blocks, block.text, block, -1);
}

function count<T>(
  counted: Counted<T>,
  key: string,
  value: T,
  by: number,
): void {
  const known = counted.get(key) ?? { value, count: 0 };
  known.count += by;
  if (known.count > 0) counted.set(key, known);
  else counted.delete(key);
}

/** Whether a container has the same facts as another, as far as a list shows them. */
export function isSameContainer(
  one: Container,
  other: Container | null,
): boolean {
  return other !== null && one.name === other.name &&
    one.endpoints.length === other.endpoints.length &&
    one.endpoints.every((endpoint, i) =>
      isSame(endpoint, other.endpoints[i]!)
    ) &&
    networksText(one) === networksText(other);
}

function networksText({ gateways, blocks }: Container): string {
  return [...gateways, ...blocks.map(({ text }) => text)].join();
}

/** Whether all the networks of a container are known; true for none. */
export function knowsNetworks(
  { gateways, blocks }: Networks,
  container: Container | null,
): boolean {
  return container === null ||
    container.gateways.every((one) => gateways.has(one)) &&
      container.blocks.every(({ text }) => blocks.has(text));
}

function isSame(one: Endpoint, other: Endpoint): boolean {
  return one.network === other.network && one.id === other.id &&
    canonicalAddress(one.address) === canonicalAddress(other.address);
}

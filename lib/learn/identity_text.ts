/**
 * How the clients of a proposal are identified, as lines of a policy file: as in
 * the running policy, or by a placeholder. Pure.
 *
 * @module
 */

import {
  formatAddress,
  formatListener,
  type ListenAddress,
} from "../net/address.ts";
import type { ClientIdentity, Selector } from "../policy/clients.ts";
import type { PolicyFile } from "../policy/compile.ts";
import type { IdentityLines } from "./policy_text.ts";
import { commentText, scalar } from "./yaml_text.ts";

/**
 * The lines of each client.
 *
 * @param file The running policy; null where it is not known.
 * @param listeners Its listeners, with their modes and groups.
 */
export function identityLines(
  file: PolicyFile | null,
  listeners: readonly ListenAddress[],
): IdentityLines {
  return (name) => {
    const client = file?.clients.find(({ identity }) => identity.name === name);
    return client === undefined ? placeholder(name) : [
      ...fromLines(client.identity, client.source),
      ...listenLines(client.identity, listeners),
    ];
  };
}

/** The folder of sockets that nobody has yet. */
const FOLDER = "/run/sockwarden";

function placeholder(name: string): string[] {
  return [
    `# A placeholder: say how it is identified (docs/policy.md), or give the running policy by --config.`,
    `listen: ${scalar(`unix://${FOLDER}/${name}.sock`)}`,
  ];
}

function fromLines({ from }: ClientIdentity, source: string): string[] {
  if (from.length === 0) return [];
  const maps = from.map((conditions) => `{ ${conditionsText(conditions)} }`);
  const comment = ` # as in ${commentText(source)}`;
  return maps.length === 1
    ? [`from: ${maps[0]}${comment}`]
    : [`from:${comment}`, ...maps.map((map) => `  - ${map}`)];
}

/** Conditions that must all hold; of one kind several cannot stand in one mapping. */
function conditionsText(conditions: readonly Selector[]): string {
  return conditions.map((selector) =>
    `${selector.kind}: ${scalar(valueOf(selector))}`
  ).join(", ");
}

function valueOf(selector: Selector): string {
  switch (selector.kind) {
    case "cidr":
      return selector.cidr.text;
    case "label":
      return selector.value === null
        ? selector.key
        : `${selector.key}=${selector.value}`;
    default:
      return selector.name;
  }
}

function listenLines(
  { listen }: ClientIdentity,
  listeners: readonly ListenAddress[],
): string[] {
  const texts = listen.map((text) => {
    const address = listeners.find((one) => formatAddress(one) === text);
    return address === undefined ? text : formatListener(address);
  });
  return texts.length === 0
    ? []
    : texts.length === 1
    ? [`listen: ${scalar(texts[0]!)}`]
    : ["listen:", ...texts.map((text) => `  - ${scalar(text)}`)];
}

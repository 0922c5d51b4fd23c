/**
 * What is worth saying of settings that are right and may not be meant.
 *
 * @module
 */

import { isLocal } from "../net/loopback.ts";
import { formatAddress } from "../net/address.ts";
import type { Config } from "../config/config.ts";
import { ofContainer } from "../policy/clients.ts";
import { allRights, type Policy, type Rights } from "../policy/compile.ts";
import { canBeClaimed } from "../policy/conditions.ts";
import { sensitiveReads } from "../policy/warnings.ts";

/** What a dry run means, said at the start and by `check`. */
const DRY_RUN =
  "dry run: nothing is refused that a policy could allow, so whoever connects has the whole engine, which is root on the host, and sockwarden's own container too; leave out --dry-run (SOCKWARDEN_DRY_RUN) to enforce the policy";

/** What the start says as a warning; one sentence each. */
export function warningsOf(config: Config, policy: Policy): string[] {
  return [
    ...(config.dryRun ? [DRY_RUN] : []),
    ...config.warnings,
    ...switchesBesideFile(policy),
    ...unreachable(config, policy),
    ...sensitiveReads(policy),
  ];
}

/** What `check` says beside that: nothing that a start must repeat. */
export function notesOf(config: Config, policy: Policy): string[] {
  return [
    ...withoutPing(policy),
    ...grantedNothing(policy),
    ...updaters(policy),
    ...openListeners(config, policy),
  ];
}

/** Switches that were written for a time without a policy file. */
function switchesBesideFile({ clients, rest }: Policy): string[] {
  if (clients.size === 0) return [];
  const on = [...rest.grants.switches.values()]
    .filter(({ on }) => on).map(({ source }) => source);
  return on.length === 0 ? [] : [
    `${
      on.join(" ")
    } grants to whoever is no client of ${rest.source}, and nothing to its clients: remove it where that is not meant`,
  ];
}

/** Clients that are told by their container, on listeners that no container reaches. */
function unreachable(
  { listeners }: Config,
  { identities }: Policy,
): string[] {
  const addresses = listeners.map((address) => ({
    address,
    text: formatAddress(address),
  }));
  const owned = new Set(identities.flatMap(({ listen }) => listen));
  const common = addresses.filter(({ text }) => !owned.has(text));
  const lost = identities.filter(({ from, listen }) =>
    from.some((conditions) => conditions.some(ofContainer)) &&
    (listen.length === 0
      ? common
      : addresses.filter(({ text }) => listen.includes(text)))
      .every(({ address }) => isLocal(address))
  ).map(({ name }) => name);
  if (lost.length === 0) return [];
  return [
    `${
      lost.length === 1
        ? `client ${lost[0]} is`
        : `clients ${lost.join(", ")} are`
    } known by the address of a container, and no container reaches ${
      common.map(({ text }) => text).join(", ")
    }: listen where they can connect (--listen tcp://ADDRESS:2375; on the host, the gateway's address of their network)`,
  ];
}

/** Clients that cannot agree on a version of the API. */
function withoutPing({ clients }: Policy): string[] {
  const without = [...clients.values()].filter((rights) =>
    grantsAnything(rights) && !rights.verdicts.get("system.ping")?.allowed
  ).map(({ client }) => client);
  return without.length === 0 ? [] : [
    `without system.ping the docker CLI and most SDKs fail with 'client version … is too new': ${
      without.join(", ")
    }; add it to allow where such a client is meant`,
  ];
}

function grantedNothing({ clients }: Policy): string[] {
  return [...clients.values()].filter((rights) => !grantsAnything(rights))
    .map(({ client, source }) =>
      `client ${client} (${source}) is granted nothing: add preset or allow`
    );
}

function grantsAnything({ verdicts, allowPaths }: Rights): boolean {
  return allowPaths.length > 0 ||
    [...verdicts.values()].some(({ allowed }) => allowed);
}

/** Who makes containers, where some must not be made anew by others. */
function updaters(policy: Policy): string[] {
  if (!canBeClaimed(policy)) return [];
  const makers = allRights(policy).filter(({ verdicts }) =>
    verdicts.get("container.create")?.allowed
  ).map(({ client }) => client ?? "default");
  return makers.length === 0 ? [] : [
    `${
      makers.join(", ")
    } may create containers, but none with another client's name, label or alias: an updater cannot recreate other clients; give those a socket of their own (listen) if it should`,
  ];
}

/** Listeners of clients that more can reach than the client. */
function openListeners(
  { listeners }: Config,
  { identities }: Policy,
): string[] {
  return identities.flatMap(({ name, listen, from }) =>
    from.length > 0 ? [] : listeners.flatMap((address) => {
      const text = formatAddress(address);
      if (!listen.includes(text)) return [];
      const open = address.kind === "unix"
        ? (address.mode & 0o007) !== 0
        : !isLocal(address);
      return open
        ? [
          `whoever reaches ${text}${
            address.kind === "unix"
              ? ` (mode 0${address.mode.toString(8)})`
              : ""
          } is client ${name}`,
        ]
        : [];
    })
  );
}

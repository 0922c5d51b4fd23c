/**
 * Warnings and notes about settings that are valid but may not be intended.
 *
 * @module
 */

import { isLocal } from "../net/loopback.ts";
import { formatAddress } from "../net/address.ts";
import type { Config } from "../config/config.ts";
import { wallClock } from "../host.ts";
import { ofContainer } from "../policy/clients.ts";
import { allRights, type Policy, type Rights } from "../policy/compile.ts";
import { canBeClaimed } from "../policy/conditions.ts";
import { keepsOffHost } from "../policy/guarded.ts";
import { isScoped, type ObjectScope } from "../policy/scope.ts";
import { SWITCHES } from "../policy/switches.ts";
import { sensitiveReads } from "../policy/warnings.ts";
import { endWarnings } from "./ends.ts";
import { hideWarnings } from "./hide_lines.ts";
import { presetWarnings } from "./preset_lines.ts";

/** What a dry run means; the start and `check` print it. */
const DRY_RUN =
  "dry run: requests that the policy refuses are logged and forwarded, so every client has full access to the engine, which is root on the host, and to sockwarden's own container; remove --dry-run (SOCKWARDEN_DRY_RUN) to enforce the policy";

/** The warnings of the start and of `check`, one sentence each. */
export function warningsOf(
  config: Config,
  policy: Policy,
  now = wallClock(),
): string[] {
  return [
    ...(config.dryRun ? [DRY_RUN] : []),
    ...config.warnings,
    ...presetWarnings(policy),
    ...switchesBesideFile(policy),
    ...execAlone(policy),
    ...beyondScope(policy),
    ...unreachable(config, policy),
    ...sensitiveReads(policy),
    ...hideWarnings(policy),
    ...endWarnings(policy, now),
  ];
}

/** The notes of `check` alone, one sentence each. */
export function notesOf(config: Config, policy: Policy): string[] {
  return [
    ...defaultsOff(config, policy),
    ...withoutPing(policy),
    ...grantedNothing(policy),
    ...updaters(policy),
    ...scopesByName(policy),
    ...openListeners(config, policy),
  ];
}

/** The switches that a preset turns off and that grant more than it; the start tells them too. */
export function defaultsOff(
  { grants, policyFile }: Config,
  { rest }: Policy,
): string[] {
  if (policyFile !== null || grants.defaultSwitches) return [];
  const off = SWITCHES.filter((one) =>
    one.onByDefault === true && !grants.switches.has(one.name) &&
    !one.grants.every((name) => rest.verdicts.get(name)?.allowed)
  ).map(({ name }) => name);
  return off.length === 0 ? [] : [
    `${off.join(", ")}, on by default, ${
      off.length === 1 ? "is" : "are"
    } off beside a preset: set ${off[0]}=1 if a client needs it`,
  ];
}

/** Switches that are on beside a policy file, to whose clients they do not apply. */
function switchesBesideFile({ clients, rest }: Policy): string[] {
  if (clients.size === 0) return [];
  const on = [...rest.grants.switches.values()]
    .filter(({ on }) => on).map(({ source }) => source);
  return on.length === 0 ? [] : [
    `${on.join(" ")} ${
      on.length === 1 ? "applies" : "apply"
    } only to connections that match no client of ${rest.source}: remove ${
      on.length === 1 ? "it" : "them"
    } if that is not intended`,
  ];
}

/** EXEC and POST without CONTAINERS, which creating an exec needs too. */
function execAlone({ rest }: Policy): string[] {
  const on = (name: string) => rest.grants.switches.get(name)?.on === true;
  return ["", "LIBPOD_"].flatMap((prefix) => {
    const create = `${
      prefix.toLowerCase().replace("_", ".")
    }container.exec.create`;
    return !on(`${prefix}EXEC`) || !on("POST") ||
        rest.verdicts.get(create)?.allowed
      ? []
      : [
        `${prefix}EXEC=1 POST=1 does not let a client run a command, since ${create} needs ${prefix}CONTAINERS=1 too: set it, or unset ${prefix}EXEC`,
      ];
  });
}

/** Clients that are identified by their container, on listeners that no container can reach. */
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
  const listenersOf = (listen: readonly string[]) =>
    listen.length === 0
      ? common
      : addresses.filter(({ text }) => listen.includes(text));
  const lost = identities.filter(({ from, listen }) =>
    from.some((conditions) => conditions.some(ofContainer)) &&
    listenersOf(listen).every(({ address }) => isLocal(address))
  );
  if (lost.length === 0) return [];
  const names = lost.map(({ name }) => name);
  const local = new Set(
    lost.flatMap(({ listen }) => listenersOf(listen).map(({ text }) => text)),
  );
  return [
    `${
      names.length === 1
        ? `client ${names[0]} is identified by the address of its container`
        : `clients ${
          names.join(", ")
        } are identified by the addresses of their containers`
    }, but no container can reach ${
      [...local].join(", ")
    }: listen on an address that containers can reach (--listen tcp://ADDRESS:2375; on the host, the gateway's address of their network)`,
  ];
}

/** Clients that cannot negotiate a version of the API. */
function withoutPing({ clients }: Policy): string[] {
  const without = [...clients.values()].filter((rights) =>
    grantsAnything(rights) && !rights.verdicts.get("system.ping")?.allowed
  ).map(({ client }) => client);
  return without.length === 0 ? [] : [
    `${
      without.join(", ")
    } may not call system.ping, without which the docker CLI and most SDKs fail with 'client version … is too new'; add it to allow if such a client uses them`,
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

/** Clients that may create containers, if other clients are identified by theirs. */
function updaters(policy: Policy): string[] {
  if (!canBeClaimed(policy)) return [];
  const makers = allRights(policy).filter(({ verdicts }) =>
    verdicts.get("container.create")?.allowed
  ).map(({ client }) => client ?? "default");
  return makers.length === 0 ? [] : [
    `${
      makers.join(", ")
    } may create containers, but not with the name, label or alias of another client, so an updater cannot recreate the containers of other clients; to let it, identify those clients by a socket (listen) instead`,
  ];
}

/** Clients with a scope that can get out of it, since nothing bounds what they create or run. */
function beyondScope(policy: Policy): string[] {
  return scopedRights(policy).flatMap((rights) => {
    const { client, verdicts } = rights;
    const ways = ["container.create", "container.exec.create"].filter((name) =>
      verdicts.get(name)?.allowed && !keepsOffHost(rights, name)
    );
    if (ways.length === 0) return [];
    return [
      `${client ?? "default"} has a scope and ${
        ways.join(" and ")
      }: a container that mounts the host or is privileged makes it root on the host, and the scope does not hold against that`,
    ];
  });
}

/** Clients that may create or rename containers, with a scope that names alone decide. */
function scopesByName(policy: Policy): string[] {
  return scopedRights(policy).flatMap(({ client, scope, verdicts }) => {
    const one = scope!.containers as ObjectScope;
    const byName = one.anyOf.every(({ label, project }) =>
      label.length + project.length === 0
    );
    const renames = ["container.create", "container.rename"]
      .some((name) => verdicts.get(name)?.allowed);
    return byName && renames
      ? [
        `${
          client ?? "default"
        } has a scope on containers by name (${one.setting}): it cannot give a container a name outside it, as updaters do that rename the old one to a random name; such a client needs a scope by label`,
      ]
      : [];
  });
}

/** The rights that cover only some containers. */
function scopedRights(policy: Policy): Rights[] {
  return allRights(policy).filter(({ scope }) =>
    scope !== null && isScoped(scope, "containers")
  );
}

/** Listeners of one client that others can reach too. */
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
          `every connection to ${text}${
            address.kind === "unix"
              ? ` (mode 0${address.mode.toString(8)})`
              : ""
          } is treated as client ${name}`,
        ]
        : [];
    })
  );
}

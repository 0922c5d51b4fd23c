/**
 * What one policy allows that another refuses, client by client.
 *
 * @module
 */

import { formatListener, type ListenAddress } from "../net/address.ts";
import { type Operation, OPERATIONS } from "../docker/operations.ts";
import { compareConditions, conditionsOf } from "../policy/conditions.ts";
import { formatSelector } from "../policy/clients.ts";
import { type Policy, type Rights, rightsOf } from "../policy/compile.ts";
import type { PathRule } from "../policy/rules.ts";

/** How two policies differ. */
export interface Differences {
  /** One line for each client and kind of change; empty where there is none. */
  readonly lines: readonly string[];
  /** Whether something is allowed to somebody that was not before. */
  readonly wider: boolean;
}

/** Compares two policies. */
export function differences(before: Policy, after: Policy): Differences {
  const lines: string[] = [];
  let wider = false;
  const note = (client: string, what: string, names: readonly string[]) => {
    if (names.length === 0) return;
    lines.push(`${client}: ${what}: ${names.join(", ")}`);
    wider ||= what.startsWith(NEWLY_ALLOWED);
  };
  const clients = new Set([...before.clients.keys(), ...after.clients.keys()]);
  for (const client of [...clients, null]) {
    const was = client === null ? "" : whoIs(before, client);
    const is = client === null ? "" : whoIs(after, client);
    const name = client === null
      ? EVERYBODY_ELSE
      : was === ""
      ? `${client} (new: ${is})`
      : is === ""
      ? `${client} (removed: ${was})`
      : client;
    // Whoever has no entry has the rights of all others.
    const old = rightsOf(before, client);
    const now = rightsOf(after, client);
    note(name, NEWLY_ALLOWED, beyond([after, now], [before, old]));
    note(name, "newly refused", beyond([before, old], [after, now]));
    for (const change of ["narrower", "wider", "changed"] as const) {
      const names = conditionChanges([before, old], [after, now], change);
      note(name, CONDITIONS[change], names);
      wider ||= names.length > 0 && change !== "narrower";
    }
    note(
      name,
      `${NEWLY_ALLOWED} on sockwarden's own container`,
      minus(now.allowSelf, old.allowSelf),
    );
    note(
      name,
      "newly refused on sockwarden's own container",
      minus(old.allowSelf, now.allowSelf),
    );
    note(name, `${NEWLY_ALLOWED} to pages of`, minus(now.origins, old.origins));
    note(name, "newly refused to pages of", minus(old.origins, now.origins));
    // Somebody who was not meant before may be now.
    if (was !== "" && is !== "" && was !== is) {
      note(name, `${NEWLY_ALLOWED} to`, [is]);
      lines.push(`${name}: no longer: ${was}`);
    }
  }
  const common = (policy: Policy, other: Policy) =>
    [...policy.clients.keys()].filter((name) => other.clients.has(name))
      .join(", ");
  const order = common(after, before);
  // Who is two of them at once is the first.
  if (order !== common(before, after)) {
    note("clients", `${NEWLY_ALLOWED} to some by another order`, [order]);
  }
  return { lines, wider };
}

/** Compares who may open the sockets of both. */
export function socketDifferences(
  before: readonly ListenAddress[],
  after: readonly ListenAddress[],
): Differences {
  const lines: string[] = [];
  let wider = false;
  for (const now of after) {
    const old = before.find((one) =>
      one.kind === "unix" && now.kind === "unix" && one.path === now.path
    );
    if (old?.kind !== "unix" || now.kind !== "unix") continue;
    if (old.mode === now.mode && old.group === now.group) continue;
    const more = (now.mode & ~old.mode) !== 0 || old.group !== now.group;
    wider ||= more;
    lines.push(
      `sockets: ${more ? NEWLY_ALLOWED : "newly refused"} to open: ${
        formatListener(now)
      } (was ${formatListener(old)})`,
    );
  }
  return { lines, wider };
}

const NEWLY_ALLOWED = "newly allowed";
/** Whoever is no client of the policy file. */
export const EVERYBODY_ELSE = "default (everybody else)";

/** What a change of conditions is called: today all rest on the other clients' identities. */
const CONDITIONS = {
  narrower: "narrowed by the identities of other clients",
  wider: "widened by the identities of other clients",
  changed: "changed by the identities of other clients",
};

/** A policy, and the rights of one client under it. */
type Side = readonly [policy: Policy, rights: Rights];

/** The operations that both sides grant, and whose conditions changed in that way. */
function conditionChanges(
  before: Side,
  after: Side,
  change: keyof typeof CONDITIONS,
): string[] {
  return OPERATIONS.filter((operation) =>
    isAllowed(before, operation) && isAllowed(after, operation) &&
    compareConditions(before, after, operation) === change
  ).map(({ name }) => name);
}

/** Whether an operation is allowed, at least under conditions. */
function isAllowed([policy, rights]: Side, operation: Operation): boolean {
  return rights.verdicts.get(operation.name)?.allowed === true &&
    conditionsOf(policy, rights, operation) !== "unreadable";
}

/** What the first side allows and the other does not. */
function beyond(side: Side, other: Side): string[] {
  const [, rights] = side;
  const [, others] = other;
  const texts = (rules: readonly PathRule[]) =>
    new Set(rules.map(({ text }) => text));
  const denied = minus(texts(others.denyPaths), texts(rights.denyPaths));
  return [
    ...OPERATIONS.filter((operation) =>
      isAllowed(side, operation) && !isAllowed(other, operation)
    ).map(({ name }) => name),
    // A rule of a path that is denied still allows nothing.
    ...minus(texts(rights.allowPaths), texts(others.allowPaths)).filter(
      (text) => !texts(rights.denyPaths).has(text),
    ),
    // What was denied is allowed where an allowing rule meets it.
    ...others.denyPaths.filter((rule) =>
      denied.includes(rule.text) &&
      rights.allowPaths.some((allowed) => meets(rule, allowed))
    ).map(({ text }) => `${text} (no longer denied)`),
  ];
}

/** Whether some path is covered by both. */
function meets(one: PathRule, other: PathRule): boolean {
  return one.method === other.method &&
    one.segments.length === other.segments.length &&
    one.segments.every((segment, i) =>
      segment === "*" || other.segments[i] === "*" ||
      segment === other.segments[i]
    );
}

function minus(
  some: ReadonlySet<string>,
  others: ReadonlySet<string>,
): string[] {
  return [...some].filter((one) => !others.has(one));
}

/** Who a client is, in words; empty where there is no such client. */
export function whoIs({ identities }: Policy, client: string): string {
  const identity = identities.find(({ name }) => name === client);
  if (identity === undefined) return "";
  const from = identity.from.map((conditions) =>
    conditions.map(formatSelector).join(" and ")
  ).join(" or ");
  const listen = identity.listen.join(" or ");
  return [from, listen === "" ? "" : `on ${listen}`]
    .filter((part) => part !== "").join(" ");
}

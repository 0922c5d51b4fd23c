/**
 * Compares two policies: what one allows and the other refuses, client by client.
 *
 * @module
 */

import { type Operation, OPERATIONS } from "../docker/operations.ts";
import { formatListener, type ListenAddress } from "../net/address.ts";
import { compareLimits } from "../policy/client_limits.ts";
import { formatSelector } from "../policy/clients.ts";
import { type Policy, type Rights, rightsOf } from "../policy/compile.ts";
import { compareConditions, conditionsOf } from "../policy/conditions.ts";
import type { PathRule } from "../policy/rules.ts";
import { formatUntil } from "../policy/until.ts";
import { untilText } from "./ends.ts";

/** How two policies differ. */
export interface Differences {
  /** One for each client and kind of change; empty if nothing differs. */
  readonly changes: readonly Change[];
  /** The same, a line each. */
  readonly lines: readonly string[];
  /** Whether something is allowed to a client that was not before. */
  readonly wider: boolean;
}

/** Whose rights change, or what does: a client, the order of the clients, the sockets. */
interface Subject {
  readonly kind: "client" | "order" | "sockets";
  readonly name: string;
  /** What is to be said of it, such as `new: host a`; empty for nothing. */
  readonly note: string;
}

/** One change. */
export interface Change extends Subject {
  /** Such as `newly allowed`. */
  readonly change: string;
  /** The operations, identities or sockets that it is about. */
  readonly what: readonly string[];
  /** Whether it allows something new. */
  readonly widens: boolean;
}

const OTHERS: Subject = { kind: "client", name: "default", note: "all others" };
const ORDER: Subject = { kind: "order", name: "clients", note: "" };
const SOCKETS: Subject = { kind: "sockets", name: "sockets", note: "" };

/** The connections that match no client of the policy file. */
export const ALL_OTHERS = subjectText(OTHERS);

function subjectText({ name, note }: Subject): string {
  return note === "" ? name : `${name} (${note})`;
}

/** Compares two policies. */
export function differences(before: Policy, after: Policy): Differences {
  const clients = new Set([...before.clients.keys(), ...after.clients.keys()]);
  return summary([
    ...[...clients].flatMap((client) => clientChanges(before, after, client)),
    ...rightsChanges(OTHERS, [before, before.rest], [after, after.rest]),
    ...orderChanges(before, after),
  ]);
}

function summary(changes: readonly Change[]): Differences {
  return {
    changes,
    lines: changes.map((one) =>
      `${subjectText(one)}: ${one.change}: ${one.what.join(", ")}`
    ),
    wider: changes.some(({ widens }) => widens),
  };
}

function clientChanges(
  before: Policy,
  after: Policy,
  client: string,
): Change[] {
  const was = describeIdentity(before, client);
  const is = describeIdentity(after, client);
  const subject: Subject = {
    kind: "client",
    name: client,
    note: was === "" ? `new: ${is}` : is === "" ? `removed: ${was}` : "",
  };
  // A client without an entry has the rights of all others.
  const changes = rightsChanges(
    subject,
    [before, rightsOf(before, client)],
    [after, rightsOf(after, client)],
  );
  // Connections that matched another client, or none, may match this one now.
  if (was !== "" && is !== "" && was !== is) {
    changes.push(
      ...change(subject, "newly matches", [is], true),
      ...change(subject, "no longer matches", [was], false),
    );
  }
  return changes;
}

/** A policy, and the rights of one client under it. */
type Side = readonly [policy: Policy, rights: Rights];

function rightsChanges(
  subject: Subject,
  before: Side,
  after: Side,
): Change[] {
  const [, old] = before;
  const [, now] = after;
  const kinds: readonly (readonly [
    where: string,
    added: readonly string[],
    removed: readonly string[],
  ])[] = [
    ["", beyond(after, before).map(withEnd(now)), beyond(before, after)],
    [
      " on sockwarden's own container",
      minus(now.allowSelf, old.allowSelf),
      minus(old.allowSelf, now.allowSelf),
    ],
    [
      " to web pages of",
      minus(now.origins, old.origins),
      minus(old.origins, now.origins),
    ],
  ];
  return [
    ...kinds.flatMap(([where, added, removed]) => [
      ...change(subject, `newly allowed${where}`, added, true),
      ...change(subject, `newly refused${where}`, removed, false),
    ]),
    ...endChanges(subject, before, after),
    ...conditionChanges(subject, before, after),
    ...limitChanges(subject, before, after),
  ];
}

/** The limits that were raised or lowered. */
function limitChanges(
  subject: Subject,
  [, { limits: before }]: Side,
  [, { limits: after }]: Side,
): Change[] {
  const { raised, lowered } = compareLimits(before, after);
  return [
    ...change(subject, "limits raised", raised, true),
    ...change(subject, "limits lowered", lowered, false),
  ];
}

/** The end of the grant of an operation, or of a path rule; Infinity if it never ends. */
function endOf({ verdicts, allowPaths }: Rights, text: string): number {
  const verdict = verdicts.get(text);
  if (verdict !== undefined) return verdict.until ?? Infinity;
  // A path is granted as long as one of the rules for it is.
  return Math.max(
    ...allowPaths.filter((rule) => rule.text === text)
      .map(({ until }) => until ?? Infinity),
  );
}

/** What is granted, with its end if it has one. */
function withEnd(rights: Rights): (text: string) => string {
  return (text) => {
    const end = endOf(rights, text);
    return Number.isFinite(end) ? `${text}${untilText(end)}` : text;
  };
}

/** What both sides grant, by how its end moved. */
function endChanges(
  subject: Subject,
  before: Side,
  after: Side,
): Change[] {
  const [, old] = before;
  const [, now] = after;
  const paths = new Set(now.allowPaths.map(({ text }) => text));
  const kept = [
    ...OPERATIONS.filter((operation) =>
      isAllowed(before, operation) && isAllowed(after, operation)
    ).map((operation) => operation.name),
    ...[...new Set(old.allowPaths.map(({ text }) => text))]
      .filter((text) => paths.has(text)),
  ];
  const moved = (later: boolean) =>
    kept.filter((text) =>
      later
        ? endOf(now, text) > endOf(old, text)
        : endOf(now, text) < endOf(old, text)
    ).map((text) =>
      `${text} (${endWords(now, text)}, was ${endWords(old, text)})`
    );
  return [
    ...change(subject, "allowed for longer", moved(true), true),
    ...change(subject, "allowed for less long", moved(false), false),
  ];
}

function endWords(rights: Rights, text: string): string {
  const end = endOf(rights, text);
  return Number.isFinite(end) ? `until ${formatUntil(end)}` : "without an end";
}

/** The operations that both sides grant, by how their conditions changed. */
function conditionChanges(
  subject: Subject,
  before: Side,
  after: Side,
): Change[] {
  const kept = OPERATIONS.filter((operation) =>
    isAllowed(before, operation) && isAllowed(after, operation)
  );
  return ([
    ["its scope", (kind) => kind === "scope"],
    ["its guard", (kind) => kind === "guard"],
    ["what is hidden", (kind) => kind === "hide"],
    [
      "the identities of other clients",
      (kind) => kind !== "scope" && kind !== "guard" && kind !== "hide",
    ],
  ] as readonly Cause[]).flatMap(([cause, of]) =>
    ([
      ["narrower", "narrowed", false],
      ["wider", "widened", true],
      // What cannot be proven to be narrower counts as something new.
      ["changed", "changed", true],
    ] as const).flatMap(([kind, word, widens]) =>
      change(
        subject,
        `${word} by ${cause}`,
        kept.filter((operation) =>
          compareConditions(before, after, operation, of) === kind
        ).map(({ name }) => name),
        widens,
      )
    )
  );
}

/** By what operations are narrowed or widened, in words, and which conditions that are. */
type Cause = readonly [
  words: string,
  of: NonNullable<Parameters<typeof compareConditions>[3]>,
];

/** Whether an operation is allowed, at least under conditions. */
function isAllowed([policy, rights]: Side, operation: Operation): boolean {
  return rights.verdicts.get(operation.name)?.allowed === true &&
    conditionsOf(policy, rights, operation) !== "unreadable";
}

/** A connection belongs to the first client that it matches, so their order counts. */
function orderChanges(before: Policy, after: Policy): Change[] {
  const common = (policy: Policy, other: Policy) =>
    [...policy.clients.keys()].filter((name) => other.clients.has(name));
  const order = common(after, before);
  return order.join() === common(before, after).join()
    ? []
    : change(ORDER, "newly matched in the order", order, true);
}

function change(
  subject: Subject,
  change: string,
  what: readonly string[],
  widens: boolean,
): Change[] {
  return what.length === 0 ? [] : [{ ...subject, change, what, widens }];
}

/** Compares which users may open the sockets that both have. */
export function socketDifferences(
  before: readonly ListenAddress[],
  after: readonly ListenAddress[],
): Differences {
  return summary(after.flatMap((now) => {
    const old = before.find((one) =>
      one.kind === "unix" && now.kind === "unix" && one.path === now.path
    );
    if (old?.kind !== "unix" || now.kind !== "unix") return [];
    if (old.mode === now.mode && old.group === now.group) return [];
    const widens = (now.mode & ~old.mode) !== 0 || old.group !== now.group;
    return change(SOCKETS, `access ${widens ? "widened" : "narrowed"}`, [
      `${formatListener(now)} (was ${formatListener(old)})`,
    ], widens);
  }));
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
    // A path rule allows nothing while the same path is denied.
    ...minus(texts(rights.allowPaths), texts(others.allowPaths)).filter(
      (text) => !texts(rights.denyPaths).has(text),
    ),
    // What was denied before is allowed if an allow rule covers some of it.
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

/** How a client is identified, in words; empty if there is no such client. */
export function describeIdentity(
  { identities }: Policy,
  client: string,
): string {
  const identity = identities.find(({ name }) => name === client);
  if (identity === undefined) return "";
  const from = identity.from.map((conditions) =>
    conditions.map(formatSelector).join(" and ")
  ).join(" or ");
  const listen = identity.listen.join(" or ");
  return [from, listen === "" ? "" : `on ${listen}`]
    .filter((part) => part !== "").join(" ");
}

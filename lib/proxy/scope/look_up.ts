/**
 * Looks up an object that a request names, and judges it by the client's scope.
 *
 * @module
 */

import type { ObjectKind } from "../../docker/absent.ts";
import type { LookedUpKind } from "../../identity/object_queries.ts";
import { coverRemedies } from "../../policy/remedies.ts";
import {
  judgeObject,
  type ObjectFacts,
  type ObjectScope,
} from "../../policy/scope.ts";
import type { HeldCase, NotHeld } from "./held.ts";

/** An object that is in scope, and the key that decided. */
export interface Inside {
  readonly facts: ObjectFacts;
  readonly by: string;
}

/**
 * Looks an object up, and judges it by the client's scope.
 *
 * @param kind A kind that has a scope.
 * @param asked What the client is told is not there, where that is another
 * object: an exec whose container is outside.
 */
export async function findInScope(
  { sources, rights, scope }: HeldCase,
  kind: LookedUpKind,
  reference: string,
  asked: { readonly object: ObjectKind; readonly name: string } = {
    object: kind,
    name: reference,
  },
): Promise<Inside | NotHeld> {
  const facts = await sources.objects.find(kind, reference);
  if (facts === null) return { kind: "absent", ...asked, hidden: null };
  if ("reason" in facts) {
    const reason =
      `sockwarden cannot tell which of the ${kind} '${reference}' is: ${facts.reason}`;
    return { kind: "unsure", reason };
  }
  const { inside, by } = judgeObject(kind, scope[kind] as ObjectScope, facts);
  if (inside) return { facts, by };
  const hidden = `${
    kind.slice(0, -1)
  } '${facts.name}' is outside the scope: ${by}`;
  const remedies = coverRemedies(rights, scope, kind, facts.name);
  return { kind: "absent", ...asked, hidden, remedies };
}

/** The name of a volume that the engine made by itself. */
const ENGINE_MADE = /^[0-9a-f]{64}$/;

/**
 * Looks up an object that is joined, and judges it by the client's scope. A
 * volume that the engine made by itself has no label of the scope where an
 * image asked for it, or where it was made past sockwarden: it is in scope
 * where containers in scope have it, and no others. Whoever may join volumes
 * reaches its data by `VolumesFrom` all the same, and Compose names it when it
 * creates a container anew.
 *
 * @param kind A kind that has a scope.
 */
export async function findJoined(
  of: HeldCase,
  kind: LookedUpKind,
  reference: string,
): Promise<Inside | NotHeld> {
  const found = await findInScope(of, kind, reference);
  if (
    !("kind" in found) || found.kind !== "absent" || kind !== "volumes" ||
    !ENGINE_MADE.test(reference)
  ) return found;
  // Asked of what is absent too: the two must not be told apart.
  const users = await usersInScope(of, "volumes", reference);
  if ("kind" in users) return users;
  const isHeld = found.hidden !== null && users.inside > 0 &&
    users.outside === 0;
  if (!isHeld) return found;
  const facts = { id: reference, name: reference, labels: new Map() };
  return { facts, by: "containers in scope have it" };
}

/** How many containers that have an object are in the client's scope, and how many are not. */
export async function usersInScope(
  { sources, scope: { containers } }: HeldCase,
  kind: "volumes" | "images",
  id: string,
): Promise<{ readonly inside: number; readonly outside: number } | NotHeld> {
  const users = await sources.objects.usersOf(kind, id);
  if ("reason" in users) {
    const reason =
      `sockwarden cannot tell which containers have '${id}': ${users.reason}`;
    return { kind: "unsure", reason };
  }
  const inside = users.filter((one) =>
    containers === "any" ||
    containers !== null && judgeObject("containers", containers, one).inside
  ).length;
  return { inside, outside: users.length - inside };
}

/** What the engine says of a name that is taken, without the id of what has it. */
const TAKEN: Readonly<Record<LookedUpKind, (name: string) => string>> = {
  containers: (name) =>
    `Conflict. The container name "/${name}" is already in use by container "...". You have to remove (or rename) that container to be able to reuse that name.`,
  networks: (name) => `network with name ${name} already exists`,
  volumes: (name) =>
    `a volume with the name ${name} exists; choose another name`,
};

/**
 * Why a name cannot be given: an object outside has it. The engine would hand
 * it over (volumes), make the name mean two (networks), or tell its id
 * (containers). Of what is in scope the engine says so itself.
 *
 * @param name Empty where the engine chooses one.
 * @returns null where no object outside has it.
 */
export async function takenName(
  { sources, scope }: HeldCase,
  kind: LookedUpKind,
  name: string,
): Promise<NotHeld | null> {
  if (name === "") return null;
  const facts = await sources.objects.find(kind, name);
  if (facts === null) return null;
  if ("reason" in facts) {
    const reason =
      `sockwarden cannot tell whether the name '${name}' is free: ${facts.reason}`;
    return { kind: "unsure", reason };
  }
  // It may be the start of another one's id.
  if (facts.name !== name) return null;
  const { inside, by } = judgeObject(kind, scope[kind] as ObjectScope, facts);
  const hidden = `${kind.slice(0, -1)} '${name}' is outside the scope: ${by}`;
  return inside ? null : { kind: "taken", why: TAKEN[kind](name), hidden };
}

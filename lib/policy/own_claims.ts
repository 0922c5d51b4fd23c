/**
 * What a request claims of sockwarden's own container: a reference to it
 * elsewhere than in the path, or a name by which clients find it.
 *
 * @module
 */

import type { Match } from "../docker/match.ts";
import type { Operation } from "../docker/operations.ts";
import type { Claims } from "../guard/claims.ts";
import { leadsTo, plainName } from "../net/host_name.ts";
import type { Rights } from "./compile.ts";
import { selfRemedy } from "./remedy.ts";
import { means, type OwnContainer, touchesOwn } from "./self_protection.ts";

/** The operation that gives a container another name: its grant on our own container covers our names. */
export const RENAME = "container.rename";

/**
 * Judges whether a request names our own container elsewhere than in its path,
 * or gives another container a name by which clients find us. Pure.
 *
 * @returns Why it is refused, or null where it is not.
 */
export function judgeOwnContainer(
  own: OwnContainer,
  rights: Rights,
  operation: Pick<Operation, "name">,
  claims: Claims,
): string | null {
  const reference = referenceToOwn(own, rights, operation, claims);
  if (reference !== undefined) {
    return `'${reference}' is sockwarden's own container; ${
      selfRemedy(rights, operation)
    }`;
  }
  if (rights.allowSelf.has(RENAME)) return null;
  const names = namesOfOwn(own);
  // With a network's name after it, it is found there all the same.
  const name = [...claims.names, ...claims.aliases].find((one) =>
    names.some((own) => leadsTo(one, own))
  );
  return name === undefined
    ? null
    : `'${name}' is a name by which clients find sockwarden; ${
      selfRemedy(rights, { name: RENAME })
    }`;
}

/** Whether a request is refused since it names our own container, not for a name of ours that it gives. */
export function namesOwn(
  ...of: Parameters<typeof referenceToOwn>
): boolean {
  return referenceToOwn(...of) !== undefined;
}

/** How a request names our own container, where it may not. */
function referenceToOwn(
  own: OwnContainer,
  rights: Rights,
  { name }: Pick<Operation, "name">,
  { joins, touches }: Claims,
): string | undefined {
  return rights.allowSelf.has(name)
    ? undefined
    : [...joins, ...touches].find((one) => means(one, own));
}

/**
 * Judges whether a request is one on our own container, by its path, that this
 * is protected from. Pure.
 *
 * @returns Why it is refused, or null where it is not.
 */
export function judgeOwnPath(
  own: OwnContainer | null,
  rights: Rights,
  match: Extract<Match, { kind: "operation" }>,
): string | null {
  return own === null || rights.allowSelf.has(match.operation.name) ||
      !touchesOwn(own, match)
    ? null
    : `it is sockwarden's own container; ${
      selfRemedy(rights, match.operation)
    }`;
}

/** The names by which clients find us: a container with one of them could answer them in our place. */
function namesOfOwn({ name, aliases, service }: OwnContainer): string[] {
  const ofService = service === null
    ? []
    : [service.name, `tasks.${service.name}`];
  return [name, ...aliases, ...ofService].filter((one) => one !== "")
    .map(plainName);
}

/**
 * Judges what a request claims for a container: its query, its body, the
 * containers that it joins and the image that it uses, before it is sent.
 *
 * @module
 */

import { matchOperation } from "../docker/match.ts";
import { type Claims, readClaims, withImageLabels } from "../guard/claims.ts";
import { canBeClaimed, judgeClaims } from "../policy/claim.ts";
import { clientsOfContainer } from "../policy/clients.ts";
import { rightsOf } from "../policy/compile.ts";
import { whom } from "../policy/decide.ts";
import type { Access } from "./access.ts";
import type { SendPlan } from "./plan.ts";

/** Why a request is not sent. */
export interface Refusal {
  readonly status: 403 | 404;
  readonly message: string;
}

/**
 * Judges a request that could give somebody another client's identity.
 *
 * @param client The name of whoever asks; null for none of the policy file's.
 * @param body The whole body as it will be sent; empty where only the query counts.
 * @returns What the client is told where it is refused; null where it is not.
 */
export async function judgeRequest(
  access: Access,
  client: string | null,
  plan: SendPlan,
  body: Uint8Array,
): Promise<Refusal | null> {
  const { policy } = access;
  const { method, target } = plan.head;
  const match = matchOperation(method, target);
  const rights = rightsOf(policy, client);
  const refusal = (name: string, why: string): Refusal => ({
    status: 403,
    message:
      `sockwarden: ${name} (${method} ${plan.decision.path}) is not allowed${
        whom(rights)
      }: ${why}`,
  });
  if (match.kind !== "operation") {
    return refusal("the request", "it is no operation of the Docker API");
  }
  const { operation, parameters } = match;
  const read = readClaims(
    operation.name,
    parameters,
    match.target.query,
    body,
  );
  if ("problem" in read) return refusal(operation.name, read.problem);
  const claims = await withLabelsOfImage(access, read);
  // As the engine says it: clients then pull the image and ask again. Were it
  // left to the engine, one that comes meanwhile would not be looked at.
  if (claims === null) {
    return { status: 404, message: `No such image: ${read.image}` };
  }
  if ("problem" in claims) return refusal(operation.name, claims.problem);
  const joined = new Map<string, readonly string[] | null>();
  const through: string[] = [];
  if (canBeClaimed(policy)) {
    for (const reference of new Set(claims.joins)) {
      const found = await joinedThrough(access, reference);
      joined.set(reference, found?.clients ?? null);
      through.push(...found?.ids ?? []);
      // It is refused already: the engine is not asked on.
      if (found?.clients.every((name) => name === client) !== true) break;
    }
  }
  const why = judgeClaims(
    policy,
    rights,
    operation,
    { ...claims, touches: [...claims.touches, ...through] },
    joined,
    access.hosts.addresses,
  );
  return why === null ? null : refusal(operation.name, why);
}

/** The claims with the labels that the image brings along; null where it is not there. */
async function withLabelsOfImage(
  { policy, index }: Access,
  claims: Claims,
): Promise<Claims | { problem: string } | null> {
  if (claims.image === null || !canBeClaimed(policy)) return claims;
  const labels = await index.imageLabels(claims.image);
  if (labels === null) return null;
  return "reason" in labels
    ? { problem: `the labels of its image are not known: ${labels.reason}` }
    : withImageLabels(claims, labels);
}

/** What is known of a container that is joined. */
interface Joined {
  /** The clients that it is or could be, with those that it has joined itself. */
  readonly clients: readonly string[];
  /** Its id, and those of all that it has joined. */
  readonly ids: readonly string[];
}

/** What could be the start of an id. */
const HEXADECIMAL = /^[0-9a-f]+$/;
/** Containers that one may be joined to through others. */
const MAX_JOINED = 16;

/** The clients that a container is, through what it has joined too; null where that is not known. */
async function joinedThrough(
  { policy, index, hosts }: Access,
  reference: string,
): Promise<Joined | null> {
  const clients = new Set<string>();
  const ids: string[] = [];
  const open = [reference];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const container = await index.container(next);
    // The engine takes a name that is free, and looks for it at the start only.
    if (container === null || "reason" in container) return null;
    // By its name now, and by the start of another's id once it is renamed.
    if (HEXADECIMAL.test(next) && !container.id.startsWith(next)) return null;
    if (ids.includes(container.id)) continue;
    if (ids.length === MAX_JOINED) return null;
    ids.push(container.id);
    open.push(...container.joined);
    for (
      const client of clientsOfContainer(
        policy.identities,
        container,
        container.onHost
          ? null
          : container.endpoints.map(({ address }) => address),
        hosts.addresses,
      )
    ) clients.add(client);
  }
  return { clients: [...clients], ids };
}

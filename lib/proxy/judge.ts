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
): Promise<string | null> {
  const { policy } = access;
  const { method, target } = plan.head;
  const match = matchOperation(method, target);
  const rights = rightsOf(policy, client);
  const refusal = (name: string, why: string) =>
    `sockwarden: ${name} (${method} ${plan.decision.path}) is not allowed${
      whom(rights)
    }: ${why}`;
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
  if ("problem" in claims) return refusal(operation.name, claims.problem);
  const joined = new Map<string, readonly string[] | null>();
  if (canBeClaimed(policy)) {
    for (const reference of claims.joins) {
      joined.set(reference, await clientsOf(access, reference));
    }
  }
  const why = judgeClaims(
    policy,
    rights,
    operation,
    claims,
    joined,
    access.census.hosts,
  );
  return why === null ? null : refusal(operation.name, why);
}

/** The claims with the labels that the image brings along. */
async function withLabelsOfImage(
  { policy, census }: Access,
  claims: Claims,
): Promise<Claims | { problem: string }> {
  if (claims.image === null || !canBeClaimed(policy)) return claims;
  const labels = await census.imageLabels(claims.image);
  // Without an image the engine makes no container.
  if (labels === null) return claims;
  return "reason" in labels
    ? { problem: `the labels of its image are not known: ${labels.reason}` }
    : withImageLabels(claims, labels);
}

/** The clients that a container is; null where that is not known. */
async function clientsOf(
  { policy, census }: Access,
  reference: string,
): Promise<readonly string[] | null> {
  const container = await census.container(reference);
  // What is not there cannot be joined; the engine says so.
  if (container === null) return [];
  if ("reason" in container) return null;
  return clientsOfContainer(
    policy.identities,
    container,
    container.endpoints.map(({ address }) => address),
    census.hosts,
  );
}

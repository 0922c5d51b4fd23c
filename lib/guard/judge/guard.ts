/**
 * Judges a request by the guard of its client. Pure: what must be asked of the
 * engine is named first ({@link needsOf}), and judged with the rest.
 *
 * @module
 */

import type { Collector, Findings, GuardRules } from "../rules.ts";
import { isJudged } from "../schema/operations.ts";
import { readBody } from "../schema/read.ts";
import { judgeAddedLabels } from "./added_labels.ts";
import { containerNeeds, judgeContainer } from "./container.ts";
import { describedRequest } from "./described_request.ts";
import { mountedVolumes } from "./described_mounts.ts";
import { judgeOther, otherNeeds } from "./other.ts";
import type { GuardedRequest, GuardFacts, Needs } from "./request.ts";
import { inheritsVariables } from "./settings.ts";
import { judgeUnknown } from "./unknown.ts";

/** Objects of one kind that one request may name: each costs a question to the engine. */
const MAX_NEEDS = 64;

/** Operations that the judge of containers takes. */
const OF_CONTAINERS: ReadonlySet<string> = new Set([
  "container.create",
  "container.update",
]);

/**
 * Reads a request as it is sent.
 *
 * @param version The version of its path, such as `v1.41`; empty for none.
 * @param body The whole body; empty where none is read.
 * @returns A clause where the body is refused, whatever the guard allows: the
 * engine could read it otherwise.
 */
export function readGuarded(
  operation: string,
  parameters: readonly string[],
  query: string,
  version: string,
  body: Uint8Array,
): GuardedRequest | { readonly problem: string } {
  const read = isJudged(operation) ? readBody(operation, body) : null;
  if (read !== null && "problem" in read) return read;
  return {
    operation,
    parameters,
    query,
    version: versionOf(version),
    body: read,
  };
}

/** `v1.41` as 141; null for another API's, or none. */
function versionOf(version: string): number | null {
  const minor = /^v1\.([0-9]{1,3})$/.exec(version)?.[1];
  return minor === undefined ? null : 100 + Number(minor);
}

/**
 * What must be asked of the engine; or a clause where that is too much.
 *
 * @param facts What is known already: what it says names more. Ask again until
 * nothing is new.
 */
export function needsOf(
  request: GuardedRequest,
  facts: GuardFacts,
): Needs | { readonly problem: string } {
  const { containers, volumes, networks, execs } =
    OF_CONTAINERS.has(request.operation)
      ? { ...withMounted(containerNeeds(request), facts), execs: [] }
      : otherNeeds(request, facts);
  const needs = {
    containers: new Set(containers),
    volumes: new Set(volumes),
    networks: new Set(networks),
    execs: new Set(execs),
  };
  const engine = inheritsVariables(request);
  for (const [kind, names] of Object.entries(needs)) {
    if (names.size > MAX_NEEDS) {
      return { problem: `it names more than ${MAX_NEEDS} ${kind}; name fewer` };
    }
  }
  return { ...needs, engine };
}

/** Adds the volumes and networks of the containers that are joined: what they join in turn is not followed. */
function withMounted(
  needs: ReturnType<typeof containerNeeds>,
  facts: GuardFacts,
): ReturnType<typeof containerNeeds> {
  const volumes = [...needs.volumes];
  const networks = [...needs.networks];
  for (const name of needs.containers) {
    const described = facts.containers.get(name) ?? null;
    const request = described === null ? null : describedRequest(described);
    if (request === null || "problem" in request) continue;
    const more = containerNeeds(request);
    volumes.push(...more.volumes, ...mountedVolumes(described!));
    networks.push(...more.networks);
  }
  return { containers: needs.containers, volumes, networks };
}

/** Judges a request. */
export function judgeGuard(
  rules: GuardRules,
  request: GuardedRequest,
  facts: GuardFacts,
): Findings {
  const collector: Collector = { rules, refused: [], warned: [] };
  judgeAddedLabels(collector, request);
  if (OF_CONTAINERS.has(request.operation)) {
    judgeContainer(collector, request, facts, false);
  } else judgeOther(collector, request, facts);
  if (request.body !== null) judgeUnknown(collector, request.body);
  return collector;
}

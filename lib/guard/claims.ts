/**
 * What a request claims for a container: its names, labels and addresses, and
 * the containers that it joins, as far as a client of a policy file could be
 * told by them; and for a network, the addresses that it gives out.
 *
 * Labels come from the creation and the image alone, and stay: nothing changes
 * those of a container that is there (`container.update` and podman's set
 * limits, environments and health checks). `image.build`, `container.commit`
 * and `image.pull` with `changes` give labels to images, which count when a
 * container is made of them. Left out on purpose: `build.grpc`, whose steps
 * are no containers of the engine's, and plugins, which are root on the host.
 *
 * @module
 */

import { BUILD_QUERY, readBuild, readLibpodBuild } from "./builds.ts";
import { readCommit, readContainer, readRename } from "./containers.ts";
import type { Claims, Draft, RequestParts } from "./draft.ts";
import { parseStrictJson } from "./json.ts";
import {
  readConnect,
  readDisconnect,
  readLibpodConnect,
  readLibpodNetwork,
  readLibpodNetworkUpdate,
  readNetwork,
} from "./networks.ts";
import { readQuery } from "./query.ts";
import { readService } from "./services.ts";

export type { Claims } from "./draft.ts";

type Row = readonly [
  operation: string,
  needs: "query" | "body",
  /** The parameters of the query that are read. */
  query: readonly string[],
  read: (draft: Draft, request: RequestParts) => void,
];

// deno-fmt-ignore
const ROWS: readonly Row[] = [
  ["container.create", "body", ["name", "platform"], readContainer],
  ["container.rename", "query", ["name"], readRename],
  ["container.commit", "query", ["container"], readCommit],
  ["network.create", "body", [], readNetwork],
  ["network.connect", "body", [], readConnect],
  ["network.disconnect", "body", [], readDisconnect],
  ["service.create", "body", ["rollback"], readService],
  ["service.update", "body", ["rollback"], readService],
  ["image.build", "query", BUILD_QUERY, readBuild],
  ["libpod.container.rename", "query", ["name"], readRename],
  ["libpod.container.commit", "query", ["container"], readCommit],
  ["libpod.network.create", "body", [], readLibpodNetwork],
  ["libpod.network.connect", "body", [], readLibpodConnect],
  ["libpod.network.disconnect", "body", [], readDisconnect],
  ["libpod.network.update", "query", [], readLibpodNetworkUpdate],
  ["libpod.image.build", "query", BUILD_QUERY, readLibpodBuild],
  ["libpod.image.build.local", "query", BUILD_QUERY, readLibpodBuild],
];

const ROW_OF: ReadonlyMap<string, Row> = new Map(
  ROWS.map((row) => [row[0], row]),
);

/** Operations that must be read before they are let through: their query alone, or query and body. */
export const CLAIMING: ReadonlyMap<string, "query" | "body"> = new Map(
  ROWS.map(([operation, needs]) => [operation, needs]),
);

/**
 * Operations that could make such a container in a schema that is not
 * understood here (podman's), or from a file that is not looked into.
 */
export const UNREADABLE: ReadonlySet<string> = new Set([
  "libpod.container.create",
  "libpod.container.restore",
  "libpod.pod.create",
  "libpod.kube.play",
  "libpod.quadlet.install",
]);

/** Entries of one kind that a request may claim. */
const MAX_CLAIMS = 256;

/**
 * Reads what a request claims. Whatever is not understood is refused.
 *
 * @param operation One of {@link CLAIMING}.
 * @param parameters The decoded parameters of its path.
 * @param query The raw query.
 * @param body The whole body; not looked at where the query alone is read.
 * @returns The claims, or why the request cannot be let through.
 */
export function readClaims(
  operation: string,
  parameters: readonly string[],
  query: string,
  body: Uint8Array,
): Claims | { problem: string } {
  const row = ROW_OF.get(operation);
  if (row === undefined) {
    return { problem: `what ${operation} claims is not understood` };
  }
  const [, needs, names, read] = row;
  const asked = readQuery(query, names);
  if ("problem" in asked) return asked;
  const parsed = needs === "body" ? parseStrictJson(body) : { value: null };
  if ("problem" in parsed) return parsed;
  const problems: string[] = [];
  const draft: Draft = {
    joins: [],
    touches: [],
    labels: [],
    names: [],
    aliases: [],
    addresses: [],
    blocks: [],
    image: null,
    unknown: { labels: null, aliases: null, addresses: null },
    complain: (problem) => problems.push(problem),
  };
  read(draft, { path: parameters, query: asked.values, body: parsed.value });
  if (problems.length > 0) return { problem: problems[0]! };
  // Each is held against every client, and each join is asked of the engine.
  const lists: readonly (readonly unknown[])[] = [
    draft.joins,
    draft.touches,
    draft.labels,
    draft.names,
    draft.aliases,
    draft.addresses,
    draft.blocks,
  ];
  if (lists.some((list) => list.length > MAX_CLAIMS)) {
    return {
      problem:
        `it gives more than ${MAX_CLAIMS} labels, names, addresses or containers`,
    };
  }
  const { complain: _, ...claims } = draft;
  return claims;
}

/**
 * The same claims with the labels of the image: those that the body does not
 * give itself, as the engine merges the two.
 *
 * @param labels All labels of the image that `claims.image` names.
 */
export function withImageLabels(
  claims: Claims,
  labels: ReadonlyMap<string, string>,
): Claims {
  const given = new Set(claims.labels.map(([key]) => key));
  return {
    ...claims,
    labels: [
      ...claims.labels,
      ...[...labels].filter(([key]) => !given.has(key)),
    ],
    unknown: { ...claims.unknown, labels: null },
  };
}

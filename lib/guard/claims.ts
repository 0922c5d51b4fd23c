/**
 * What a request claims for a container: its names, labels and addresses, and
 * the containers that it joins, as far as a policy file could identify a client
 * by them; and for a network, the addresses that it assigns.
 *
 * A container gets its labels from its creation, those that this lacks from its
 * image, and they never change: `container.update`, Docker's and podman's, sets
 * limits, environments and health checks. `image.build`, `container.commit` and
 * `image.pull` with `changes` give labels to images, and what an image is called
 * proves nothing: so the labels that matter are written into the creation
 * (`Claims.inherits`). Left out on purpose: `build.grpc`, whose steps are not containers of
 * the engine, and plugins, which are root on the host.
 *
 * @module
 */

import { BUILD_QUERY, readBuild, readLibpodBuild } from "./builds.ts";
import { readCommit, readContainer, readRename } from "./containers.ts";
import {
  type Claims,
  createDraft,
  type Draft,
  type RequestParts,
} from "./draft.ts";
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
  /** The query parameters that are read. */
  query: readonly string[],
  read: (draft: Draft, request: RequestParts) => void,
];

// deno-fmt-ignore
const ROWS: readonly Row[] = [
  ["container.create", "body", ["name"], readContainer],
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

/** Operations whose query, or query and body, must be read before they are forwarded. */
export const CLAIMING: ReadonlyMap<string, "query" | "body"> = new Map(
  ROWS.map(([operation, needs]) => [operation, needs]),
);

/**
 * Operations that can create a container, with a body in a schema that is not
 * read here (podman's), or from a file that is not read.
 */
export const UNREADABLE: ReadonlySet<string> = new Set([
  "libpod.container.create",
  "libpod.container.restore",
  "libpod.pod.create",
  "libpod.kube.play",
  "libpod.quadlet.install",
]);

/** Claims of one kind in a request. */
const MAX_CLAIMS = 256;

/**
 * Reads what a request claims. A request that is not understood is refused.
 *
 * @param operation One of {@link CLAIMING}.
 * @param parameters The decoded parameters of its path.
 * @param query The raw query.
 * @param body The whole body; ignored for operations whose query alone is read.
 * @returns The claims, or a clause that says why the request is refused.
 */
export function readClaims(
  operation: string,
  parameters: readonly string[],
  query: string,
  body: Uint8Array,
): Claims | { problem: string } {
  const row = ROW_OF.get(operation);
  if (row === undefined) {
    return { problem: `sockwarden cannot read what ${operation} claims` };
  }
  const [, needs, names, read] = row;
  const asked = readQuery(query, names);
  if ("problem" in asked) return asked;
  const parsed = needs === "body" ? parseStrictJson(body) : { value: null };
  if ("problem" in parsed) return parsed;
  const problems: string[] = [];
  const draft = createDraft((problem) => problems.push(problem));
  read(draft, { path: parameters, query: asked.values, body: parsed.value });
  if (problems.length > 0) return { problem: problems[0]! };
  // Each claim is compared with every client, and each join costs a question to
  // the engine.
  const lists: readonly (readonly unknown[])[] = [
    draft.joins,
    draft.touches,
    draft.labels,
    draft.names,
    draft.aliases,
    draft.addresses,
    draft.blocks,
    draft.networks,
  ];
  if (lists.some((list) => list.length > MAX_CLAIMS)) {
    return {
      problem:
        `the request has more than ${MAX_CLAIMS} labels, names, addresses, networks or containers of one kind; send fewer`,
    };
  }
  const { complain: _, ...claims } = draft;
  return claims;
}

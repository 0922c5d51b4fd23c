/**
 * What creating, renaming or committing a container claims, in Docker's API
 * and where podman speaks it.
 *
 * @module
 */

import {
  addHostname,
  addLabels,
  addLinks,
  addMode,
  addName,
  addNetwork,
  addNetworkMode,
  addReference,
  type Draft,
  type RequestParts,
} from "./draft.ts";
import {
  fields,
  type JsonValue,
  readEntries,
  readFields,
  readString,
  readStrings,
  shown,
} from "./json.ts";
import { NAMESPACE_FIELDS } from "./joined.ts";
import { readEndpoint } from "./networks.ts";

/** The fields of HostConfig that are read; up to Docker 26.1 they count at the root too (docs/engine-api/bodies.md). */
const HOST_FIELDS = [
  "NetworkMode",
  ...NAMESPACE_FIELDS,
  "VolumesFrom",
  "Links",
] as const;
const HOST_CONFIG = fields(HOST_FIELDS);
const CONTAINER = fields(
  [
    ...HOST_FIELDS,
    "HostConfig",
    "NetworkingConfig",
    "Labels",
    "Hostname",
    "Domainname",
    "Name",
  ],
  // Docker has no such field, and podman uses the query's name instead.
  ["name"],
);
const NETWORKING = fields(["EndpointsConfig"]);

/** Reads the creation of a container (`Config` with HostConfig and NetworkingConfig). */
export function readContainer(
  draft: Draft,
  { query, body }: RequestParts,
): void {
  const { complain } = draft;
  if (body === null) complain("the body is not an object");
  const root = readFields(body, "the body", CONTAINER, complain);
  addName(draft, query.name!);
  addName(draft, readString(root.Name, "Name", complain));
  addLabels(draft, root.Labels, "Labels");
  addHostname(
    draft,
    readString(root.Hostname, "Hostname", complain),
    readString(root.Domainname, "Domainname", complain),
  );
  readHostConfig(draft, root, "");
  readHostConfig(
    draft,
    readFields(root.HostConfig, "HostConfig", HOST_CONFIG, complain),
    "HostConfig.",
  );
  const path = "NetworkingConfig";
  const { EndpointsConfig } = readFields(
    root.NetworkingConfig,
    path,
    NETWORKING,
    complain,
  );
  for (
    const [network, endpoint] of readEntries(
      EndpointsConfig,
      `${path}.EndpointsConfig`,
      complain,
    )
  ) {
    addNetwork(draft, network);
    readEndpoint(draft, endpoint, `${path}.EndpointsConfig.${shown(network)}`);
  }
  draft.inherits = ["Labels"];
}

function readHostConfig(
  draft: Draft,
  config: Record<typeof HOST_FIELDS[number], JsonValue>,
  prefix: string,
): void {
  const { complain } = draft;
  addNetworkMode(
    draft,
    readString(config.NetworkMode, `${prefix}NetworkMode`, complain),
    `${prefix}NetworkMode`,
  );
  for (const name of NAMESPACE_FIELDS) {
    const path = prefix + name;
    addMode(draft, readString(config[name], path, complain), path);
  }
  const volumes = `${prefix}VolumesFrom`;
  for (const spec of readStrings(config.VolumesFrom, volumes, complain)) {
    addReference(draft, draft.joins, spec.split(":")[0]!, volumes);
  }
  addLinks(draft, config.Links, `${prefix}Links`);
}

/** Reads the renaming of a container. */
export function readRename(
  draft: Draft,
  { path, query }: RequestParts,
): void {
  addName(draft, query.name!);
  // A container may have been created to join a name that was free then. The
  // engine looks the name up at the start, and joins the container that has it.
  draft.joins.push(...path);
}

/** Reads a commit, which makes an image from a container. */
export function readCommit(
  draft: Draft,
  { query }: RequestParts,
): void {
  addReference(draft, draft.touches, query.container!, "the query");
}

/**
 * What the creation, renaming or commit of a container claims: Docker's bodies,
 * and podman's where it speaks Docker's API.
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
import { readEndpoint } from "./networks.ts";

/** Fields that name a namespace. */
const MODES = [
  "PidMode",
  "IpcMode",
  "UTSMode",
  "UsernsMode",
  "CgroupnsMode",
  "Cgroup",
] as const;
/** What is read of HostConfig; up to Docker 26.1 it counts at the root too (docs/engine-api/bodies.md). */
const HOST_FIELDS = ["NetworkMode", ...MODES, "VolumesFrom", "Links"] as const;
const HOST_CONFIG = fields(HOST_FIELDS);
const CONTAINER = fields(
  [
    ...HOST_FIELDS,
    "HostConfig",
    "NetworkingConfig",
    "Image",
    "Labels",
    "Hostname",
    "Domainname",
    "Name",
  ],
  // Docker knows no such field, and podman takes the query's in its place.
  ["name"],
);
const NETWORKING = fields(["EndpointsConfig"]);

/** Reads a creation (`Config`, with HostConfig and NetworkingConfig in it). */
export function readContainer(
  draft: Draft,
  { query, body }: RequestParts,
): void {
  const { complain } = draft;
  if (body === null) complain("the body is no object");
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
  const image = readString(root.Image, "Image", complain);
  if (image === "") return;
  if (query.platform! === "") draft.image = image;
  else {
    draft.unknown.labels =
      "an image may have other labels for each platform: leave platform out of the query";
  }
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
  for (const name of MODES) {
    const path = prefix + name;
    addMode(draft, readString(config[name], path, complain), path);
  }
  const volumes = `${prefix}VolumesFrom`;
  for (const spec of readStrings(config.VolumesFrom, volumes, complain)) {
    addReference(draft, draft.joins, spec.split(":")[0]!, volumes);
  }
  addLinks(draft, config.Links, `${prefix}Links`);
}

/** Reads a renaming. */
export function readRename(
  draft: Draft,
  { path, query }: RequestParts,
): void {
  addName(draft, query.name!);
  // A container may have been made to join a name that was free then: it is
  // looked up at the start, and whoever has got the name is joined.
  draft.joins.push(...path);
}

/** Reads a commit: an image is made, and the container read. */
export function readCommit(
  draft: Draft,
  { query }: RequestParts,
): void {
  addReference(draft, draft.touches, query.container!, "the query");
}

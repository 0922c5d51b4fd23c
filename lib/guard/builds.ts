/**
 * What an image build claims for the containers of its steps.
 *
 * @module
 */

import { encodeUtf8 } from "../host.ts";
import {
  addNetworkMode,
  complainOfPath,
  type Draft,
  type RequestParts,
} from "./draft.ts";
import {
  fields,
  parseStrictJson,
  readFields,
  readList,
  readString,
} from "./json.ts";

/** The query parameters that are read: Docker's, and podman's `nsoptions`. */
export const BUILD_QUERY = ["networkmode", "version", "nsoptions"] as const;

/** Reads a build request of Docker's API. */
export function readBuild(
  draft: Draft,
  { query }: RequestParts,
): void {
  addNetworkMode(draft, query.networkmode!, "networkmode");
  readNamespaces(draft, query.nsoptions!);
  // The steps of BuildKit are not containers of the engine.
  if (query.version! !== "2") {
    draft.unknown.labels =
      "the containers of a build have the labels of its Dockerfile, which is not read; build with BuildKit (version=2)";
  }
}

/** Reads a build request of podman's API; the engine does not list the containers of such a build. */
export function readLibpodBuild(
  draft: Draft,
  { query }: RequestParts,
): void {
  addNetworkMode(draft, query.networkmode!, "networkmode");
  readNamespaces(draft, query.nsoptions!);
  // That is podman's default.
  draft.unknown.addresses = "the steps of a build may use the host's network";
}

const NAMESPACE = fields(["Path"]);

function readNamespaces(draft: Draft, json: string): void {
  if (json === "") return;
  const { complain } = draft;
  const parsed = parseStrictJson(encodeUtf8(json));
  if ("problem" in parsed) {
    complain(parsed.problem.replace(/^the body/, "nsoptions in the query"));
    return;
  }
  for (const value of readList(parsed.value, "nsoptions", complain)) {
    const { Path } = readFields(value, "nsoptions", NAMESPACE, complain);
    const path = readString(Path, "nsoptions.Path", complain);
    if (/[/:]/.test(path)) complainOfPath(draft, path, "nsoptions");
  }
}

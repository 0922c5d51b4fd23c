/**
 * Reads the engine's description of a container as the creation that made it.
 *
 * @module
 */

import { encodeUtf8 } from "../../host.ts";
import { readBody } from "../schema/read.ts";
import { entriesOf } from "./judging.ts";
import type { Described, GuardedRequest } from "./request.ts";

/**
 * Makes a creation of the engine's description of a container: its Config and
 * HostConfig.
 *
 * @returns A clause where it cannot be read.
 */
export function describedRequest(
  described: NonNullable<Described>,
): GuardedRequest | { readonly problem: string } {
  let request = REQUESTS.get(described);
  if (request === undefined) {
    request = requestOf(described);
    REQUESTS.set(described, request);
  }
  return request;
}

/** A description is read once for what must be asked and for the judgement. */
const REQUESTS = new WeakMap<
  NonNullable<Described>,
  ReturnType<typeof describedRequest>
>();

function requestOf(
  described: NonNullable<Described>,
): ReturnType<typeof describedRequest> {
  const { Config, HostConfig } = described;
  const creation = {
    ...Object.fromEntries(entriesOf(Config)),
    HostConfig: HostConfig ?? null,
  };
  const body = readBody(
    "container.create",
    encodeUtf8(JSON.stringify(creation)),
  );
  if ("problem" in body) return body;
  return {
    operation: "container.create",
    parameters: [],
    query: "",
    version: null,
    body,
  };
}

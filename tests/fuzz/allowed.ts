/**
 * What the policy of the fuzzed proxy grants, and how the engine's reader sees
 * it: written once more here, so that it does not rest on what is tested.
 *
 * @module
 */

import { grants } from "../support/grants.ts";

/** An operation that is granted, its method and its path. */
export const ALLOWED = [
  { operation: "system.ping", method: "GET", path: "/_ping" },
  { operation: "system.ping", method: "HEAD", path: "/_ping" },
  { operation: "system.version", method: "GET", path: "/version" },
  { operation: "system.events", method: "GET", path: "/events" },
  { operation: "container.list", method: "GET", path: "/containers/json" },
  {
    operation: "container.inspect",
    method: "GET",
    path: "/containers/{name}/json",
  },
  {
    operation: "container.logs",
    method: "GET",
    path: "/containers/{name}/logs",
  },
  { operation: "container.create", method: "POST", path: "/containers/create" },
  {
    operation: "container.start",
    method: "POST",
    path: "/containers/{name}/start",
  },
  {
    operation: "container.attach",
    method: "POST",
    path: "/containers/{name}/attach",
  },
  {
    operation: "container.archive.put",
    method: "PUT",
    path: "/containers/{name}/archive",
  },
  {
    operation: "container.delete",
    method: "DELETE",
    path: "/containers/{name}",
  },
  { operation: "image.load", method: "POST", path: "/images/load" },
  { operation: "image.inspect", method: "GET", path: "/images/{image}/json" },
  { operation: "image.tag", method: "POST", path: "/images/{image}/tag" },
] as const;

/** The policy that grants just these. */
export function policyGrants() {
  return {
    ...grants({}, {
      allow: [...new Set(ALLOWED.map(({ operation }) => operation))],
    }),
    defaultSwitches: false,
  };
}

/** The granted ones, as a router sees a decoded path. */
const PATTERNS = ALLOWED.map(({ method, path }) => ({
  method,
  pattern: new RegExp(
    `^(?:/v[0-9][0-9A-Za-z.-]*)?${
      path.replace("{name}", "[^/]+").replace("{image}", ".+")
    }$`,
    "s",
  ),
}));

/**
 * Whether a request that an engine has read is one that is granted.
 *
 * @param path Decoded.
 */
export function isAllowed(method: string, path: string): boolean {
  return PATTERNS.some((one) =>
    one.method === method && one.pattern.test(path)
  );
}

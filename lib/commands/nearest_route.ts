/**
 * Finds the route that was probably meant by a request that matches none.
 *
 * @module
 */

import { levenshteinDistance } from "@std/text/levenshtein-distance";
import { slips } from "../config/nearest.ts";
import { matchOperation } from "../docker/match.ts";
import { OPERATIONS } from "../docker/operations.ts";

/** Methods of the API, in the order in which another one is suggested. */
const METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD"];

/**
 * Suggests a request that is an operation: with the method in capitals, with
 * typing errors in the path mended, or else with another method.
 *
 * @param method The method as written.
 * @param path The path as written, without version and query.
 * @returns Such as `GET /containers/json (container.list)`; null if none is near.
 */
export function nearestRoute(method: string, path: string): string | null {
  const upper = method.toUpperCase();
  for (const verb of METHODS.includes(upper) ? [upper] : METHODS) {
    const found = withVerb(verb, path) ?? mended(verb, path);
    if (found !== null) return found;
  }
  for (const verb of METHODS) {
    const found = withVerb(verb, path);
    if (found !== null) return found;
  }
  return null;
}

function withVerb(method: string, path: string): string | null {
  const match = matchOperation(method, path);
  return match.kind === "operation"
    ? `${method} ${path} (${match.operation.name})`
    : null;
}

/** The route of this method whose fixed segments differ least, by typing errors alone. */
function mended(method: string, path: string): string | null {
  const segments = path.split("/").slice(1);
  let best: string | null = null;
  let least = Infinity;
  for (const { name, routes } of OPERATIONS) {
    for (const route of routes) {
      const parts = route.path.split("/").slice(1);
      if (route.method !== method || parts.length !== segments.length) continue;
      let edits = 0;
      const meant = parts.map((part, i) => {
        const segment = segments[i]!;
        if (part.startsWith("{")) return segment;
        const distance = Math.abs(part.length - segment.length) > 2
          ? Infinity
          : levenshteinDistance(segment, part);
        edits += distance > slips(part) ? Infinity : distance;
        return part;
      });
      if (edits >= least) continue;
      least = edits;
      best = `${method} /${meant.join("/")} (${name})`;
    }
  }
  return best;
}

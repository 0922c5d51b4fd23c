/**
 * Finds the operation that the engine would run for a method and a raw
 * request-target.
 *
 * The engine decodes a path once and matches it greedily, so that many
 * spellings reach one handler. Here only the spellings that real clients send
 * match; a target that could be read in two ways is refused. The rules are
 * those of docs/engine-api/routing.md, "Rules".
 *
 * @module
 */

import { decodeParameter, type ParameterKind } from "./names.ts";
import { type Operation, OPERATIONS, type Route } from "./operations.ts";

/** The result of {@link matchOperation}. */
export type Match =
  | {
    readonly kind: "operation";
    readonly operation: Operation;
    /** The decoded path parameters, in the order of the path. */
    readonly parameters: readonly string[];
    readonly target: Target;
  }
  | { readonly kind: "unknown"; readonly target: Target }
  | { readonly kind: "malformed" } & TargetError;

/** Why a request-target is refused. */
export interface TargetError {
  readonly code: "http.bad_target" | "api.version_not_served";
  readonly reason: string;
}

/** The parts of a request-target; nothing in them is decoded. */
export interface Target {
  /** The version prefix without its slash, such as `v1.41`; empty if there is none. */
  readonly version: string;
  /** The path after the version prefix. */
  readonly path: string;
  /** The query after `?`; empty if there is none. */
  readonly query: string;
}

/** The oldest minor version of API 1 that is served: with an older one alone, a call may do more. */
export const MIN_API_MINOR = 24;

/**
 * Bytes of a path, and slashes in it. Names are of a few hundred bytes; the time
 * to match one grows with more than the square of its segments.
 */
const MAX_PATH_BYTES = 2048;
const MAX_SLASHES = 32;

/** Visible ASCII except `#` and `\`. */
const TARGET_BYTES = /^[\x21\x22\x24-\x5b\x5d-\x7e]+$/;
const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})/;
const DOT_SEGMENT = /(?:\/|%2[Ff])(?:\.|%2[Ee]){1,2}(?:\/|%2[Ff]|$)/;
const DOCKER_VERSION = /^v1\.([1-9][0-9])$/;
const PODMAN_VERSION = /^v([0-9]{1,2})(?:\.[0-9]{1,3}){0,2}$/;
const VERSION_LIKE = /^v[0-9.]/i;

interface CompiledRoute {
  readonly operation: Operation;
  readonly route: Route;
  /** A literal segment is a string, a parameter its kind. */
  readonly segments: readonly (string | { readonly kind: ParameterKind })[];
  /** The number of literal segments. */
  readonly literals: number;
}

/** Routes by method, first segment and, below `/libpod`, second segment. */
const BUCKETS: ReadonlyMap<string, readonly CompiledRoute[]> = compile();
/** Operations that match every path, by method. */
const ANY: ReadonlyMap<string, Operation> = new Map(
  OPERATIONS.flatMap((operation) =>
    operation.routes.filter(({ path }) => path === "/{any}")
      .map(({ method }) => [method, operation] as const)
  ),
);

/**
 * Splits a request-target, and checks that it can be read in one way only.
 *
 * @param raw The request-target as received (RFC 9112 section 3.2).
 * @returns The target, or a clause that says why it is malformed.
 */
export function parseTarget(raw: string): Target | TargetError {
  if (raw.charCodeAt(0) !== 0x2f) {
    return badTarget(
      "the request-target is not in origin form; write /path?query",
    );
  }
  if (!TARGET_BYTES.test(raw)) {
    return badTarget(
      "the request-target has a control byte, a space, a byte outside ASCII, '#' or '\\'; percent-encode it",
    );
  }
  const mark = raw.indexOf("?");
  const whole = mark === -1 ? raw : raw.slice(0, mark);
  const query = mark === -1 ? "" : raw.slice(mark + 1);
  const excess = excessOf(whole);
  if (excess !== null) return badTarget(excess);
  if (raw.includes("%") && BAD_ESCAPE.test(raw)) {
    return badTarget(
      "the request-target has a malformed percent-escape; write % and two hexadecimal digits",
    );
  }
  if (query.includes(";")) {
    return badTarget(
      "the query has ';', which servers read in different ways; write & between parameters, or %3B",
    );
  }
  if (whole.includes("//") || DOT_SEGMENT.test(whole)) {
    return badTarget("the path has '//' or a dot segment; leave it out");
  }
  const slash = whole.indexOf("/", 1);
  const first = whole.slice(1, slash === -1 ? whole.length : slash);
  if (!VERSION_LIKE.test(first)) return { version: "", path: whole, query };
  const path = slash === -1 ? "" : whole.slice(slash);
  const docker = DOCKER_VERSION.exec(first);
  if (docker !== null) {
    if (Number(docker[1]) < MIN_API_MINOR) {
      return {
        code: "api.version_not_served",
        reason: `API version ${
          first.slice(1)
        } is not served: with a version before 1.${MIN_API_MINOR} alone, a call may do more; use 1.${MIN_API_MINOR} or later`,
      };
    }
    return { version: first, path, query };
  }
  if (path.startsWith("/libpod/") && PODMAN_VERSION.test(first)) {
    return { version: first, path, query };
  }
  if (/^v(?:0|1)?(?:\.[0-9]{1,2})?$/.test(first)) {
    return {
      code: "api.version_not_served",
      reason: `API version ${
        first.slice(1)
      } is not served; use 1.${MIN_API_MINOR} or later, or leave it out`,
    };
  }
  return badTarget(
    `the version prefix '${first}' is malformed; write /v1.N, or leave it out`,
  );
}

/** How a path exceeds the bounds; null where it does not. */
function excessOf(path: string): string | null {
  return path.length > MAX_PATH_BYTES ||
      path.split("/", MAX_SLASHES + 2).length > MAX_SLASHES + 1
    ? `the path has more than ${MAX_PATH_BYTES} bytes or ${MAX_SLASHES} slashes; shorten it`
    : null;
}

function badTarget(reason: string): TargetError {
  return { code: "http.bad_target", reason };
}

/**
 * Finds the operation of a request.
 *
 * Of several routes that match, the one with the most literal segments wins, as
 * in the engine. If two of them tie, the request is unknown.
 *
 * @param method The method as received; case-sensitive (RFC 9110 section 9.1).
 * @param raw The request-target as received.
 */
export function matchOperation(method: string, raw: string): Match {
  const target = parseTarget(raw);
  if ("reason" in target) return { kind: "malformed", ...target };
  const { path } = target;
  const any = ANY.get(method);
  if (any !== undefined) {
    if (path.includes("%")) return escapeInFixed();
    return { kind: "operation", operation: any, parameters: [], target };
  }
  const parts = path.split("/").slice(1);
  let best: CompiledRoute | null = null;
  let bestParameters: string[] = [];
  let tie = false;
  const major = target.version === "" ? null : Number(
    /^v([0-9]+)/.exec(target.version)![1],
  );
  for (const candidate of BUCKETS.get(bucketOf(method, parts)) ?? []) {
    const { podman } = candidate.route;
    if (podman === "<4" && (major === null || major >= 4)) continue;
    if (podman === ">=4" && major !== null && major < 4) continue;
    if (best !== null && candidate.literals < best.literals) continue;
    const parameters: string[] = [];
    if (!matchSegments(candidate.segments, parts, 0, 0, parameters)) continue;
    tie = best !== null && candidate.literals === best.literals;
    best = candidate;
    bestParameters = parameters;
  }
  if (best !== null && !tie) {
    return {
      kind: "operation",
      operation: best.operation,
      parameters: bestParameters,
      target,
    };
  }
  // The engine would decode the path, and may have a route for the result.
  if (path.includes("%")) return escapeInFixed();
  return { kind: "unknown", target };
}

function escapeInFixed(): Match {
  return {
    kind: "malformed",
    code: "http.bad_target",
    reason:
      "the path has a percent-escape outside a name, or one that no name needs; write the character itself",
  };
}

function bucketOf(method: string, parts: readonly string[]): string {
  const [first = "", second = ""] = parts;
  return first === "libpod"
    ? `${method} libpod/${second}`
    : `${method} ${first}`;
}

function compile(): Map<string, CompiledRoute[]> {
  const buckets = new Map<string, CompiledRoute[]>();
  for (const operation of OPERATIONS) {
    for (const route of operation.routes) {
      if (route.path === "/{any}") continue;
      const parts = route.path.split("/").slice(1);
      const segments = parts.map((part) =>
        part === "{name}" || part === "{image}"
          ? { kind: part.slice(1, -1) as ParameterKind }
          : part
      );
      const key = bucketOf(route.method, parts);
      const literals = segments.filter((s) => typeof s === "string").length;
      const bucket = buckets.get(key) ?? [];
      bucket.push({ operation, route, segments, literals });
      buckets.set(key, bucket);
    }
  }
  return buckets;
}

/** Matches from segment `s` and part `p` on; an image reference takes as many parts as possible. */
function matchSegments(
  segments: CompiledRoute["segments"],
  parts: readonly string[],
  s: number,
  p: number,
  parameters: string[],
): boolean {
  const segment = segments[s];
  if (segment === undefined) return p === parts.length;
  if (typeof segment === "string") {
    return parts[p] === segment &&
      matchSegments(segments, parts, s + 1, p + 1, parameters);
  }
  const rest = segments.length - s - 1;
  const longest = segment.kind === "image" ? parts.length - p - rest : 1;
  for (let size = longest; size >= 1; size--) {
    const name = decodeParameter(
      parts.slice(p, p + size).join("/"),
      segment.kind,
    );
    if (name === null) continue;
    parameters.push(name);
    if (matchSegments(segments, parts, s + 1, p + size, parameters)) {
      return true;
    }
    parameters.pop();
  }
  return false;
}

/**
 * From a method and a raw request-target to the operation that the engine
 * would run.
 *
 * The engine decodes a path once and matches it greedily, so many spellings
 * reach one handler. Here only the spellings that real clients use are known;
 * all else is refused before it can be read in two ways. The rules are those
 * of docs/engine-api/routing.md, "Rules".
 *
 * @module
 */

import { decodeParameter, type ParameterKind } from "./names.ts";
import { type Operation, OPERATIONS, type Route } from "./operations.ts";

/** What a request-target turned out to be. */
export type Match =
  | {
    readonly kind: "operation";
    readonly operation: Operation;
    /** The decoded path parameters in their order. */
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

/** A request-target taken apart; nothing in it is decoded. */
export interface Target {
  /** The version prefix without its slash, such as `v1.41`; empty where there is none. */
  readonly version: string;
  /** The path after the version prefix. */
  readonly path: string;
  /** The query after `?`; empty where there is none. */
  readonly query: string;
}

/** The oldest version of the API that is served: older prefixes alone widen access. */
export const OLDEST_MINOR = 24;

/** Visible ASCII but `#` and `\`. */
const TARGET_BYTES = /^[\x21\x22\x24-\x5b\x5d-\x7e]+$/;
const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})/;
const DOT_SEGMENT = /(?:\/|%2[Ff])(?:\.|%2[Ee]){1,2}(?:\/|%2[Ff]|$)/;
const DOCKER_VERSION = /^v1\.([1-9][0-9])$/;
const PODMAN_VERSION = /^v([0-9]{1,2})(?:\.[0-9]{1,3}){0,2}$/;
const VERSION_LIKE = /^v[0-9.]/i;

interface CompiledRoute {
  readonly operation: Operation;
  readonly route: Route;
  /** A literal segment as text; a parameter as its kind. */
  readonly segments: readonly (string | { readonly kind: ParameterKind })[];
  readonly literals: number;
}

/** Routes by method, first segment and, for libpod, second segment. */
const BUCKETS: ReadonlyMap<string, readonly CompiledRoute[]> = compile();
const ANY: ReadonlyMap<string, Operation> = new Map(
  OPERATIONS.flatMap((operation) =>
    operation.routes.filter(({ path }) => path === "/{any}")
      .map(({ method }) => [method, operation] as const)
  ),
);

/**
 * Takes a request-target apart and checks that it can be read in one way only.
 *
 * @param raw The request-target as it came (RFC 9112 section 3.2).
 * @returns The target, or the reason why it is refused as malformed.
 */
export function parseTarget(raw: string): Target | TargetError {
  if (raw.charCodeAt(0) !== 0x2f) {
    return badTarget("the request-target is not in origin form (/path?query)");
  }
  if (!TARGET_BYTES.test(raw)) {
    return badTarget(
      "the request-target holds a control byte, a byte outside ASCII, '#' or '\\'",
    );
  }
  const mark = raw.indexOf("?");
  const whole = mark < 0 ? raw : raw.slice(0, mark);
  const query = mark < 0 ? "" : raw.slice(mark + 1);
  if (raw.includes("%") && BAD_ESCAPE.test(raw)) {
    return badTarget("the request-target holds a bad percent-escape");
  }
  if (query.includes(";")) {
    return badTarget("the query holds ';', which readers take in two ways");
  }
  if (whole.includes("//") || DOT_SEGMENT.test(whole)) {
    return badTarget("the path holds '//' or a dot segment");
  }
  const slash = whole.indexOf("/", 1);
  const first = slash < 0 ? whole.slice(1) : whole.slice(1, slash);
  if (!VERSION_LIKE.test(first)) return { version: "", path: whole, query };
  const path = slash < 0 ? "" : whole.slice(slash);
  const docker = DOCKER_VERSION.exec(first);
  if (docker !== null) {
    if (Number(docker[1]) < OLDEST_MINOR) {
      return {
        code: "api.version_not_served",
        reason: `API version ${
          first.slice(1)
        } is not served: before 1.${OLDEST_MINOR} a version alone widens what a call may do; use 1.${OLDEST_MINOR} or later`,
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
      } is not served: use 1.${OLDEST_MINOR} or later, or none`,
    };
  }
  return badTarget(
    `the version prefix '${first}' is spelled oddly: write /v1.N`,
  );
}

function badTarget(reason: string): TargetError {
  return { code: "http.bad_target", reason };
}

/**
 * Finds the operation of a request.
 *
 * Of several routes that match, the one with the most literal segments is the
 * engine's choice too; where two operations tie, the request is unknown.
 *
 * @param method The method as it came; compared exactly, as the engine does.
 * @param raw The request-target as it came.
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
    tie = best !== null && candidate.literals === best.literals &&
      candidate.operation !== best.operation;
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
  // The engine would decode it and might well know the result.
  if (path.includes("%")) return escapeInFixed();
  return { kind: "unknown", target };
}

function escapeInFixed(): Match {
  return {
    kind: "malformed",
    code: "http.bad_target",
    reason:
      "the path holds a percent-escape outside a name, or one that no name needs",
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

/** Matches from segment `s` and part `p` on; a reference takes as many parts as it can. */
function matchSegments(
  segments: CompiledRoute["segments"],
  parts: readonly string[],
  s: number,
  p: number,
  parameters: string[],
): boolean {
  const segment = segments[s];
  if (segment === undefined) return p === parts.length;
  const rest = segments.length - s - 1;
  const most = parts.length - p - rest;
  if (most < 1) return false;
  if (typeof segment === "string") {
    return parts[p] === segment &&
      matchSegments(segments, parts, s + 1, p + 1, parameters);
  }
  const longest = segment.kind === "image" ? most : 1;
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

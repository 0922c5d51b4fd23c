/**
 * Finds the operation that the engine would run for a method and a raw
 * request-target.
 *
 * The engine decodes a path once and matches it greedily, so that many
 * spellings reach one handler. Here only the spellings that real clients send
 * match; a target that could be read in two ways is refused. A name is decoded
 * once, and sent in one spelling. The rules are those of
 * docs/engine-api/routing.md, "Rules".
 *
 * @module
 */

import { BY_QUERY, tellByQuery } from "./by_query.ts";
import {
  decodeParameter,
  encodeParameter,
  type ParameterKind,
} from "./names.ts";
import { type Operation, OPERATIONS, type Route } from "./operations.ts";

/** The result of {@link matchOperation}. */
export type Match =
  | {
    readonly kind: "operation";
    readonly operation: Operation;
    /** The decoded path parameters, in the order of the path. */
    readonly parameters: readonly string[];
    /** The request-target in the one spelling that goes to the engine. */
    readonly sent: string;
    /**
     * What the engine says of a name that no object of this kind can have, such
     * as `No such container: a~`; such a request is not sent. Else null.
     */
    readonly absent: string | null;
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
  /** The version prefix without its slash, such as `v1.41` or `v5.0.0-dev`; empty if there is none. */
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
/**
 * The versions that the router of dockerd (`/v[0-9.]+`) or podman
 * (`/v[0-9][0-9A-Za-z.-]*`) takes, in the spellings that clients send: up to
 * three numbers without leading zeros, and podman's suffix.
 */
const VERSION =
  /^v(0|[1-9][0-9]{0,3})(?:\.(0|[1-9][0-9]{0,3})(?:\.(?:0|[1-9][0-9]{0,3}))?)?(?:-[0-9A-Za-z]+(?:\.[0-9A-Za-z]+)*)?$/;
const VERSION_LIKE = /^v[0-9.]/i;

interface CompiledRoute {
  readonly operation: Operation;
  readonly route: Route;
  /** A literal segment is a string, a parameter its kind. */
  readonly segments: readonly (string | { readonly kind: ParameterKind })[];
  /** The number of literal segments. */
  readonly literals: number;
}

/** A route that a path leads to. */
interface Found extends Pick<CompiledRoute, "operation" | "segments"> {
  /** The decoded parameters. */
  readonly parameters: readonly string[];
  /** Whether one of them is such as no object can have. */
  readonly loose: boolean;
}

/** Collections whose names are free text: engines let networks and volumes have any. */
const FREE_NAMES: ReadonlySet<string> = new Set(["networks", "volumes"]);

/** Collections of which a name that no object can have is answered for in the engine's place. */
const ANSWERED: ReadonlySet<string> = new Set(
  "containers exec images plugins services tasks nodes secrets configs pods"
    .split(" "),
);

/** Every word of a route. A name of several segments has none of them: it could be another path. */
const WORDS: ReadonlySet<string> = new Set(
  OPERATIONS.flatMap(({ routes }) =>
    routes.flatMap(({ path }) => path.split("/"))
  ),
);
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
  const version = VERSION.exec(first);
  if (version === null) {
    return badTarget(
      `the version prefix '${first}' is malformed; write /v1.N, or leave it out`,
    );
  }
  // Podman's own API numbers its versions otherwise.
  if (!path.startsWith("/libpod/") && isOld(version)) {
    return {
      code: "api.version_not_served",
      reason: `API version ${
        first.slice(1)
      } is not served: with a version before 1.${MIN_API_MINOR} alone, a call may do more; use 1.${MIN_API_MINOR} or later, or leave it out`,
    };
  }
  return { version: first, path, query };
}

/** Whether a version is one before {@link MIN_API_MINOR}. */
function isOld([, major, minor = "0"]: RegExpExecArray): boolean {
  return major === "0" || major === "1" && Number(minor) < MIN_API_MINOR;
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
  const { path, version } = target;
  const any = ANY.get(method);
  if (any !== undefined && !path.includes("%")) {
    return {
      kind: "operation",
      operation: any,
      parameters: [],
      sent: raw,
      absent: null,
      target,
    };
  }
  const found = findRoute(method, path, version, false) ??
    findRoute(method, path, version, true);
  if (found === null) {
    // The engine would decode the path, and may have a route for the result.
    return path.includes("%") ? escapeInFixed() : { kind: "unknown", target };
  }
  const { operation, parameters, loose } = found;
  const absent = loose ? noSuch(found) : null;
  const canonical = loose ? path : canonicalPath(found);
  let sent = raw;
  if (canonical !== path) {
    const again = findRoute(method, canonical, version, false);
    // What is sent must be the same request.
    if (
      again?.operation !== operation ||
      again.parameters.join("\n") !== parameters.join("\n")
    ) return escapeInFixed();
    const start = version === "" ? 0 : version.length + 1;
    sent = raw.slice(0, start) + canonical + raw.slice(start + path.length);
  }
  const told = tellByQuery(operation, target.query);
  return "problem" in told
    ? { kind: "malformed", ...badTarget(told.problem) }
    : { kind: "operation", operation: told, parameters, sent, absent, target };
}

/** What the engine says of a name that it does not know. */
function noSuch(found: Found): string {
  const collection = collectionOf(found);
  const kind = collection === "exec"
    ? "exec instance"
    : collection.slice(0, -1);
  return `No such ${kind}: ${found.parameters[0]}`;
}

/**
 * The one route that a path leads to, or null.
 *
 * @param loose Whether names may be such as no object can have.
 */
function findRoute(
  method: string,
  path: string,
  version: string,
  loose: boolean,
): Found | null {
  const parts = path.split("/").slice(1);
  // Podman tells its generations apart by the first digit.
  const before4 = /^v[0-3]/.test(version);
  let best: CompiledRoute | null = null;
  let parameters: string[] = [];
  let tie = false;
  for (const candidate of BUCKETS.get(bucketOf(method, parts)) ?? []) {
    const { podman } = candidate.route;
    if (podman !== null && (podman === "<4") !== before4) continue;
    if (best !== null && candidate.literals < best.literals) continue;
    if (loose && !ANSWERED.has(collectionOf(candidate))) continue;
    const found: string[] = [];
    if (!matchSegments(candidate, parts, loose, 0, 0, found)) continue;
    tie = best !== null && candidate.literals === best.literals;
    best = candidate;
    parameters = found;
  }
  return best === null || tie ? null : { ...best, parameters, loose };
}

/** The first segment of a route, below `/libpod` the second. */
function collectionOf({ segments }: Pick<Found, "segments">): string {
  return String(segments[segments[0] === "libpod" ? 1 : 0]);
}

/** The path of a route with its parameters as they are sent. */
function canonicalPath({ segments, parameters }: Found): string {
  let next = 0;
  let path = "";
  for (const segment of segments) {
    path += typeof segment === "string"
      ? `/${segment}`
      : `/${encodeParameter(parameters[next++]!, segment.kind)}`;
  }
  return path;
}

function escapeInFixed(): Match {
  return {
    kind: "malformed",
    code: "http.bad_target",
    reason:
      "the path has a percent-escape outside a name, or one that no name needs; write the character itself, or the id of the object",
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
  const second = new Set(BY_QUERY.map((row) => row.second));
  for (const operation of OPERATIONS) {
    for (const route of operation.routes) {
      if (route.path === "/{any}" || second.has(operation.name)) continue;
      const parts = route.path.split("/").slice(1);
      const free = FREE_NAMES.has(parts[parts[0] === "libpod" ? 1 : 0]!);
      const segments = parts.map((part) =>
        part === "{image}"
          ? { kind: "image" } as const
          : part === "{name}"
          ? { kind: free ? "text" : "name" } as const
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

/** Matches from segment `s` and part `p` on; a name of several segments takes as many parts as possible. */
function matchSegments(
  route: CompiledRoute,
  parts: readonly string[],
  loose: boolean,
  s: number,
  p: number,
  parameters: string[],
): boolean {
  const { segments } = route;
  const segment = segments[s];
  if (segment === undefined) return p === parts.length;
  if (typeof segment === "string") {
    return parts[p] === segment &&
      matchSegments(route, parts, loose, s + 1, p + 1, parameters);
  }
  const kind = loose ? "text" : segment.kind;
  const rest = segments.length - s - 1;
  // Podman takes one segment for every name but that of an image.
  const longest = segment.kind === "image" ||
      segments[0] !== "libpod"
    ? parts.length - p - rest
    : 1;
  for (let size = longest; size >= 1; size--) {
    const name = decodeParameter(parts.slice(p, p + size).join("/"), kind);
    if (name === null || !isWhole(name, kind)) continue;
    parameters.push(name);
    if (matchSegments(route, parts, loose, s + 1, p + size, parameters)) {
      return true;
    }
    parameters.pop();
  }
  return false;
}

/** Whether a name cannot be another path. */
function isWhole(name: string, kind: ParameterKind): boolean {
  return kind !== "text" || !name.includes("/") ||
    !name.split("/").some((part) => WORDS.has(part));
}

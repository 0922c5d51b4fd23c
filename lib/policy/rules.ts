/**
 * The rules of `--allow` and `--deny`: operations by name or pattern, and
 * paths for routes that are newer than the table of operations.
 *
 * @module
 */

import { TOKEN } from "../http1/grammar.ts";
import { decodeParameter } from "../docker/names.ts";
import {
  type AccessClass,
  type Operation,
  OPERATION_BY_NAME,
  OPERATIONS,
} from "../docker/operations.ts";

/** A rule as written, and what it covers. */
export type Rule = OperationRule | PathRule;

/** A rule that covers known operations. */
export interface OperationRule {
  readonly kind: "operations";
  /** As written, such as `container.*:read`. */
  readonly text: string;
  /** The setting that it was written in, such as `--allow`. */
  readonly setting: string;
  /** Names of the operations it covers; never empty. */
  readonly names: ReadonlySet<string>;
}

/** A rule for one route that the table does not know. */
export interface PathRule {
  readonly kind: "path";
  readonly text: string;
  readonly setting: string;
  readonly method: string;
  /** Segments; `*` stands for one name. */
  readonly segments: readonly string[];
}

const CLASSES: ReadonlySet<string> = new Set<AccessClass>([
  "read",
  "sensitive-read",
  "write",
  "exec",
]);

/**
 * Parses one rule.
 *
 * @param text `OPERATION`, `PREFIX.*`, `*`, each with an optional `:CLASS`, or
 * `METHOD /path` without a version prefix, `*` for one segment.
 * @param setting Where it was written, for messages.
 * @returns The rule, or what is wrong with it and how to mend it.
 */
export function parseRule(
  text: string,
  setting: string,
): Rule | { problem: string } {
  const space = text.indexOf(" ");
  return space < 0
    ? parseOperationRule(text, setting)
    : parsePathRule(text, setting, text.slice(0, space), text.slice(space + 1));
}

/** Whether a path rule covers a method and the path after the version prefix. */
export function coversPath(
  rule: PathRule,
  method: string,
  path: string,
): boolean {
  if (rule.method !== method) return false;
  const parts = path.split("/").slice(1);
  return parts.length === rule.segments.length &&
    rule.segments.every((segment, i) =>
      segment === "*"
        ? decodeParameter(parts[i]!, "name") !== null
        : segment === parts[i]
    );
}

function parseOperationRule(
  text: string,
  setting: string,
): OperationRule | { problem: string } {
  const colon = text.indexOf(":");
  const pattern = colon < 0 ? text : text.slice(0, colon);
  const access = colon < 0 ? null : text.slice(colon + 1);
  if (access !== null && !CLASSES.has(access)) {
    return {
      problem: `'${access}' is no access class: write ${
        [...CLASSES].join(", ")
      }`,
    };
  }
  let covered: Operation[];
  if (pattern === "*") covered = [...OPERATIONS];
  else if (pattern.endsWith(".*")) {
    covered = OPERATIONS.filter(({ name }) =>
      name.startsWith(pattern.slice(0, -1))
    );
  } else {
    const operation = OPERATION_BY_NAME.get(pattern);
    covered = operation === undefined ? [] : [operation];
  }
  if (covered.length === 0) {
    return { problem: `'${pattern}' is no operation and covers none` };
  }
  if (access !== null) {
    covered = covered.filter((operation) => operation.access === access);
    if (covered.length === 0) {
      return { problem: `no operation of '${pattern}' is of class ${access}` };
    }
  }
  return {
    kind: "operations",
    text,
    setting,
    names: new Set(covered.map(({ name }) => name)),
  };
}

function parsePathRule(
  text: string,
  setting: string,
  method: string,
  path: string,
): PathRule | { problem: string } {
  if (!TOKEN.test(method) || method !== method.toUpperCase()) {
    return { problem: `'${method}' is no method: write it in capitals` };
  }
  const segments = path.split("/").slice(1);
  const plain = path.startsWith("/") && segments.length > 0 &&
    segments.every((segment) =>
      segment === "*" ||
      /^[A-Za-z0-9_~.-]+$/.test(segment) && !/^\.{1,2}$/.test(segment)
    );
  if (!plain) {
    return {
      problem:
        `'${path}' is no path of a rule: write /segments, each of letters, digits and _ ~ . - or '*' for one name`,
    };
  }
  if (/^v[0-9]/.test(segments[0]!)) {
    return {
      problem: `leave out the version prefix '/${
        segments[0]
      }': a rule covers every version`,
    };
  }
  const known = OPERATIONS.find(({ routes }) =>
    routes.some((route) =>
      route.path !== "/{any}" && route.method === method &&
      overlaps(route.path.split("/").slice(1), segments)
    )
  );
  if (known !== undefined) {
    return {
      problem: `this path is the operation ${known.name}: write its name`,
    };
  }
  return { kind: "path", text, setting, method, segments };
}

/** Whether some path is covered by both a route's template and a rule's segments. */
function overlaps(
  template: readonly string[],
  segments: readonly string[],
): boolean {
  const [first, ...rest] = template;
  if (first === undefined) return segments.length === 0;
  if (segments.length === 0) return false;
  // The engine takes several segments for a name too
  // (docs/engine-api/routing.md, "Greedy names").
  if (first === "{image}" || first === "{name}") {
    return segments.some((_, i) => overlaps(rest, segments.slice(i + 1)));
  }
  return (segments[0] === "*" || first === segments[0]) &&
    overlaps(rest, segments.slice(1));
}

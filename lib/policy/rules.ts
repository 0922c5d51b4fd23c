/**
 * The rules of `--allow` and `--deny`: operations by name or pattern, and paths
 * for routes that the table of operations does not have yet.
 *
 * @module
 */

import { decodeParameter } from "../docker/names.ts";
import type { Preset } from "../docker/presets.ts";
import {
  ACCESS_CLASSES,
  type Operation,
  OPERATION_BY_NAME,
  OPERATIONS,
} from "../docker/operations.ts";

/** A rule, and what it covers. */
export type Rule = OperationRule | PathRule;

/** A rule that covers known operations. */
export interface OperationRule {
  readonly kind: "operations";
  /** As written, such as `container.*:read`. */
  readonly text: string;
  /** The setting in which it stands, such as `--allow`. */
  readonly setting: string;
  /** Names of the operations that it covers; never empty. */
  readonly names: ReadonlySet<string>;
  /** The preset that it stands for; absent for other rules. */
  readonly preset?: Preset;
  /** When it ends, in milliseconds since 1970; left out if it never does. */
  readonly until?: number;
}

/** A rule for a route that the table of operations does not have. */
export interface PathRule {
  readonly kind: "path";
  readonly text: string;
  readonly setting: string;
  readonly method: string;
  /** Segments of the path; `*` stands for one name. */
  readonly segments: readonly string[];
  /** When it ends, in milliseconds since 1970; left out if it never does. */
  readonly until?: number;
}

const CLASSES: ReadonlySet<string> = new Set(ACCESS_CLASSES);

/**
 * Parses one rule.
 *
 * @param text `OPERATION`, `PREFIX.*`, `*`, each with an optional `:CLASS`, or
 * `METHOD /path` without a version prefix, `*` for one segment.
 * @param setting The setting in which it stands, for messages.
 * @returns The rule, or a clause that says what is wrong and how to mend it.
 */
export function parseRule(
  text: string,
  setting: string,
): Rule | { problem: string } {
  const space = text.indexOf(" ");
  return space === -1
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

/** The starts of paths after which an object's name stands. */
const BEFORE_NAMES: ReadonlySet<string> = new Set(
  OPERATIONS.flatMap(({ routes }) =>
    routes.flatMap(({ path }) => {
      const parts = path.replaceAll(/\{[a-z]+\}/g, "*").split("/");
      return parts.flatMap((part, i) =>
        part === "*" && i > 1 ? [parts.slice(0, i).join("/")] : []
      );
    })
  ),
);

/**
 * A method of a path rule. RFC 9110 lets one have quotes, `$` and `|` too: a
 * client chooses it, and the rule that we propose is pasted into a shell.
 */
const METHOD = /^[A-Z][A-Z0-9_-]*$/;

/** An id of a container, network or image, or of an object of a swarm. */
const ID = /^(?:[0-9a-f]{12,64}|[0-9a-z]{25})$/;

/**
 * The path of a rule for a path: `*` where the name or the id of an object
 * stands, so that the rule covers the others as well.
 *
 * @param path A path without a version prefix, of a route that is not known.
 */
export function pathOfRule(path: string): string {
  const parts = path.split("/");
  parts.forEach((part, i) => {
    if (
      ID.test(part) ||
      i < parts.length - 1 && BEFORE_NAMES.has(parts.slice(0, i).join("/"))
    ) parts[i] = "*";
  });
  return parts.join("/");
}

function parseOperationRule(
  text: string,
  setting: string,
): OperationRule | { problem: string } {
  const colon = text.indexOf(":");
  const pattern = colon === -1 ? text : text.slice(0, colon);
  const access = colon === -1 ? null : text.slice(colon + 1);
  if (access !== null && !CLASSES.has(access)) {
    return {
      problem: `unknown access class '${access}'; write ${
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
    return { problem: `'${pattern}' matches no operation` };
  }
  if (access !== null) {
    covered = covered.filter((operation) => operation.access === access);
    if (covered.length === 0) {
      return {
        problem: `'${pattern}' matches no operation of class ${access}`,
      };
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
  if (!METHOD.test(method)) {
    return {
      problem: `invalid method '${method}'; write it in capitals, such as GET`,
    };
  }
  const segments = path.split("/").slice(1);
  const plain = path.startsWith("/") &&
    segments.every((segment) =>
      segment === "*" ||
      /^[A-Za-z0-9_~.-]+$/.test(segment) && !/^\.{1,2}$/.test(segment)
    );
  if (!plain) {
    return {
      problem:
        `invalid path '${path}'; write /segments of letters, digits and _ ~ . -, or * for one name`,
    };
  }
  if (/^v[0-9]/.test(segments[0]!)) {
    return {
      problem: `leave out the version prefix '/${
        segments[0]
      }'; a rule covers every version`,
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
      problem: `this path is the operation ${known.name}; write that name`,
    };
  }
  return { kind: "path", text, setting, method, segments };
}

/** Whether a route's template and a rule's segments have a path in common. */
function overlaps(
  template: readonly string[],
  segments: readonly string[],
): boolean {
  const [first, ...rest] = template;
  if (first === undefined) return segments.length === 0;
  // The engine also takes several segments as one name
  // (docs/engine-api/routing.md, "Greedy names").
  if (first === "{image}" || first === "{name}") {
    return segments.some((_, i) => overlaps(rest, segments.slice(i + 1)));
  }
  return (segments[0] === "*" || first === segments[0]) &&
    overlaps(rest, segments.slice(1));
}

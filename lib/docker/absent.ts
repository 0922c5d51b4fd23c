/**
 * What the engine says of an object that is not there, and the path of a
 * request that names another object.
 *
 * @module
 */

import { hasTagOrDigest } from "./image_name.ts";
import { type Match, matchOperation } from "./match.ts";

/** Kinds of object that a path can name. */
export type ObjectKind =
  | "containers"
  | "networks"
  | "volumes"
  | "images"
  | "exec";

/**
 * What dockerd answers with 404 for an object that it does not have
 * (`tests/e2e/scopes_test.ts` compares it with a real engine).
 *
 * @param name As it was asked for.
 * @param operation Of which it is said, such as `container.kill`.
 */
export function noSuchObject(
  kind: ObjectKind,
  name: string,
  operation: string,
): string {
  return `${(BEFORE.get(operation) ?? "").replace("NAME", () => name)}${
    noSuch(kind, name)
  }`;
}

/** What some operations say before it; dockerd 20.10 begins it with a capital letter. */
const BEFORE: ReadonlyMap<string, string> = new Map([
  ["container.kill", "cannot kill container: NAME: "],
]);

function noSuch(kind: ObjectKind, name: string): string {
  switch (kind) {
    case "containers":
      return `No such container: ${name}`;
    case "networks":
      return `network ${name} not found`;
    case "volumes":
      return `get ${name}: no such volume`;
    case "images":
      return `No such image: ${withTag(name)}`;
    case "exec":
      return `No such exec instance: ${name}`;
  }
}

/** An image reference as the engine repeats it: with `:latest` where it has neither tag nor digest. */
function withTag(name: string): string {
  return hasTagOrDigest(name) ? name : `${name}:latest`;
}

/**
 * The same request for other objects.
 *
 * @param parameters What to write in place of the parameters of its path.
 * @param query The raw query to send.
 * @returns The request as it matches with that path and query; null where that
 * is not the same operation with these parameters.
 */
export function retarget(
  method: string,
  { operation, target: { version } }: Extract<Match, { kind: "operation" }>,
  parameters: readonly string[],
  query: string,
): Extract<Match, { kind: "operation" }> | null {
  const start = version === "" ? "" : `/${version}`;
  for (const route of operation.routes) {
    if (route.method !== method) continue;
    let next = 0;
    const path = route.path.replace(/\{(name|image)\}/g, (_, kind) => {
      const one = parameters[next++] ?? "";
      return kind === "image" ? one : encodeURIComponent(one);
    });
    const raw = `${start}${path}${query === "" ? "" : `?${query}`}`;
    const again = matchOperation(method, raw);
    if (
      again.kind === "operation" && again.operation === operation &&
      again.absent === null &&
      again.parameters.length === parameters.length &&
      again.parameters.every((one, i) => one === parameters[i])
    ) return again;
  }
  return null;
}

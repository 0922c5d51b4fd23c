/**
 * Request-targets: what names an operation is the path that Go decodes, and a
 * router that cleans paths leaves it as it is.
 *
 * @module
 */

import { type Match, matchOperation } from "../../lib/docker/match.ts";
import { latin1 } from "../support/engine.ts";
import { makeCall } from "./make_targets.ts";
import {
  bytesOf,
  createCounts,
  type Judge,
  mutate,
  type Target,
} from "./target.ts";

/** What Go reads. */
interface Reading {
  readonly path: string;
  readonly query: string;
  readonly clean: boolean;
  readonly fromImage: string;
  /** Empty where it is a target. */
  readonly error: string;
}

/** A method, a space and a request-target. */
export const PATHS: Target = {
  name: "paths",
  make(random, known) {
    if (known.length > 0 && random.chance(0.15)) {
      return mutate(random, random.pick(known));
    }
    const { method, target } = makeCall(random, random.chance(0.7));
    const bytes = bytesOf(`${method} ${target}`);
    return random.chance(0.3) ? mutate(random, bytes) : bytes;
  },
  open({ go }): Promise<Judge> {
    const { counts, count } = createCounts();
    return Promise.resolve({
      counts,
      async judge(cases) {
        const matches = cases.map((bytes) => {
          const [method = "", target = ""] = latin1(bytes).split(" ", 2);
          return { method, match: matchOperation(method, target) };
        });
        const sent = matches.map(({ match }) =>
          match.kind === "operation" ? bytesOf(match.sent) : new Uint8Array(0)
        );
        const readings = await go?.ask("target", sent) as Reading[] | undefined;
        return matches.map(({ method, match }, i) => {
          count(match.kind);
          return match.kind !== "operation" || readings === undefined
            ? null
            : differs(method, match, readings[i]!);
        });
      },
      stop: () => Promise.resolve(),
    });
  },
};

function differs(
  method: string,
  match: Extract<Match, { kind: "operation" }>,
  { path, query, clean, fromImage, error }: Reading,
): string | null {
  // A name that no object has is answered here and not sent.
  if (match.absent !== null) return null;
  if (error !== "") return `Go refuses ${match.sent}: ${error}`;
  if (!clean) return `a router would send ${path} elsewhere`;
  if (query !== match.target.query) return `Go reads the query ${query}`;
  const name = match.operation.name;
  if (name === "image.pull" && fromImage === "") return "Go reads an import";
  if (name === "image.import" && fromImage !== "") return "Go reads a pull";
  const { version } = match.target;
  const start = version === "" ? "" : `/${version}`;
  const paths = match.operation.routes
    .filter((route) => route.method === method)
    .map((route) => start + filled(route.path, match.parameters));
  return paths.includes(path) || name === "system.options"
    ? null
    : `Go reads ${path}, not ${paths.join(" or ")}`;
}

/** A path of a route with the decoded parameters in their places. */
function filled(template: string, parameters: readonly string[]): string {
  let next = 0;
  return template.replace(/\{[a-z]+\}/g, () => parameters[next++] ?? "");
}

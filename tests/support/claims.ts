/**
 * Reads the claims of a request as the guard does, for its tests.
 *
 * @module
 */

import { type Claims, readClaims } from "../../lib/guard/claims.ts";
import { createDraft } from "../../lib/guard/draft.ts";

const { complain: _, ...nothing } = createDraft(() => {});
/** Claims of nothing. */
export const NONE: Claims = nothing;

/** A request; its body is sent as it is if it is a string, and as JSON otherwise. */
export interface Asked {
  path?: string[];
  query?: string;
  body?: unknown;
}

function read(operation: string, { path = [], query = "", body }: Asked) {
  const text = typeof body === "string" ? body : JSON.stringify(body) ?? "";
  return readClaims(operation, path, query, new TextEncoder().encode(text));
}

/** The claims of a request that is not refused. */
export function claims(operation: string, asked: Asked): Claims {
  const found = read(operation, asked);
  if ("problem" in found) throw new Error(`${operation}: ${found.problem}`);
  return found;
}

/** Why a request is refused. */
export function problem(operation: string, asked: Asked): string {
  const found = read(operation, asked);
  if (!("problem" in found)) {
    throw new Error(`accepted: ${JSON.stringify(asked)}`);
  }
  return found.problem;
}

/** The claims of the creation of a container. */
export function created(body: unknown, query = ""): Claims {
  return claims("container.create", { body, query });
}

/**
 * What holding a request to a scope starts from, and what it comes to.
 *
 * @module
 */

import type { Match } from "../../docker/match.ts";
import type { ObjectKind } from "../../docker/absent.ts";
import { type MutableObject, parseRewritable } from "../../guard/rewrite.ts";
import type { RemedyText } from "../../observe/record.ts";
import type { Rights } from "../../policy/compile.ts";
import { openKindRemedies } from "../../policy/remedies.ts";
import type { Scope } from "../../policy/scope.ts";
import type { Hold } from "../../policy/scope_table.ts";
import type { FactSources } from "../gate_facts.ts";
import type { AnswerHold } from "./answer_hold.ts";

/** A request that is held to its client's scope. */
export interface HeldCase {
  readonly sources: FactSources;
  readonly rights: Rights;
  readonly scope: Scope;
  readonly match: Extract<Match, { kind: "operation" }>;
  /** Whether the engine has it already, so that it cannot be rewritten. */
  readonly isSent: boolean;
}

/** What is sent, and what becomes of the answer; each hold adds to it. */
export interface Held {
  /** The parameters of the path, with full ids in place of references. */
  readonly parameters: readonly string[];
  /** The raw query. */
  readonly query: string;
  /** The whole body as it came; empty where it is not read. */
  readonly body: Uint8Array<ArrayBufferLike>;
  /** The body, once it is read: holds rewrite it in place, and it is sent in its place. */
  readonly document: MutableObject | null;
  /** Which keys decided that objects are in scope, for the log and `explain`. */
  readonly by: readonly string[];
  /** What the answer must be filtered for. */
  readonly answer: readonly AnswerHold[];
}

/** Why a request is not held. */
export type NotHeld =
  /** The object is not there for this client: the engine's own 404. */
  | {
    readonly kind: "absent";
    readonly object: ObjectKind;
    /** As it was asked for. */
    readonly name: string;
    /** What the log alone says: what was hidden, and by which key; null where the engine has no such object. */
    readonly hidden: string | null;
    /** What would show it. */
    readonly remedies?: readonly RemedyText[];
  }
  /** The engine did not say: 502. */
  | { readonly kind: "unsure"; readonly reason: string }
  /** It would create what is there already, outside: 409. */
  | { readonly kind: "taken"; readonly why: string; readonly hidden: string }
  /** It is refused, and the client is told why: 403. */
  | {
    readonly kind: "refused";
    readonly why: string;
    /** What would allow it; left out where no line does. */
    readonly remedies?: readonly RemedyText[];
  };

/**
 * Holds a request to the scope in one way.
 *
 * @param held What the holds before it came to.
 */
export type Holder = (
  of: HeldCase,
  hold: Hold,
  held: Held,
) => Promise<Held | NotHeld> | Held | NotHeld;

/**
 * What holding a request starts from.
 *
 * @param body The whole body; empty where it is not read.
 */
export function startHeld(
  { parameters, target: { query } }: HeldCase["match"],
  body: Uint8Array,
): Held {
  return { parameters, query, body, document: null, by: [], answer: [] };
}

/**
 * The body of a request, which is parsed once for all holds.
 *
 * @returns `held` with its document; or why it cannot be read.
 */
export function withDocument(
  held: Held,
): Held & { readonly document: MutableObject } | NotHeld {
  if (held.document !== null) return { ...held, document: held.document };
  const parsed = parseRewritable(held.body);
  return "problem" in parsed
    ? { kind: "refused", why: parsed.problem }
    : { ...held, document: parsed.value };
}

/** Whether a request is not held. */
export function isNotHeld(outcome: Held | NotHeld): outcome is NotHeld {
  return "kind" in outcome;
}

/** Whether a request is of podman's own API, which only podman serves. */
export function isPodmans({ match }: Pick<HeldCase, "match">): boolean {
  return match.operation.name.startsWith("libpod.");
}

/** Refuses what cannot be held in a way: nothing passes that was not judged. */
export const refuseHold: Holder = (_, { way, kind }) => ({
  kind: "refused",
  why:
    `sockwarden cannot hold it to the client's scope on ${kind} (${way}); remove that scope, or grant the operation to another client`,
});

/** Why a request that joins a kind without a scope is refused, with the remedy. */
export function closedKind({ rights }: HeldCase, { kind }: Hold): NotHeld {
  const where = rights.client === null
    ? "beside the other scope"
    : `to client '${rights.client}' (${rights.source})`;
  return {
    kind: "refused",
    why:
      `it joins ${kind}, which have no scope beside another one; to allow it add a scope on ${kind}, or '${kind}: any', ${where}`,
    remedies: openKindRemedies(rights, kind),
  };
}

/**
 * How the conditions are judged that have no gate of their own: by what the
 * request is, or by what it claims. A table, one row a kind.
 *
 * @module
 */

import type { Match } from "../docker/match.ts";
import type { Claims } from "../guard/claims.ts";
import { findFilterProblem } from "../guard/hide/filters.ts";
import { findTopProblem, judgesTop } from "../guard/hide/top.ts";
import type { Hide } from "../guard/hide/words.ts";
import { withEntries } from "../guard/splice.ts";
import type { ReasonCode } from "../observe/reasons.ts";
import type { RemedyText } from "../observe/record.ts";
import { judgeIdentity, labelsToEmpty } from "../policy/claim.ts";
import type { Rights } from "../policy/compile.ts";
import type { Condition } from "../policy/conditions.ts";
import { judgeOwnContainer, namesOwn, RENAME } from "../policy/own_claims.ts";
import { selfRemedies } from "../policy/remedies.ts";
import type { ClaimFacts, FactSources } from "./gate_facts.ts";

/** What every condition is judged on. */
export interface Case {
  readonly sources: FactSources;
  /** The operation, with the parameters of its path and its query. */
  readonly match: Extract<Match, { kind: "operation" }>;
  readonly rights: Rights;
}

/** The kinds that are judged on what a request claims; scope and guard have gates of their own. */
type ClaimKind = Exclude<Condition["kind"], "scope" | "guard">;

/** How a kind of condition is judged: why it does not hold, or null where it does. */
type Judge =
  & {
    readonly code: ReasonCode;
    /** Rewrites the body so that the condition can hold; null where it need not. */
    readonly rewrite?: (
      of: Case,
      claims: Claims,
      body: Uint8Array,
    ) => Uint8Array<ArrayBuffer> | null;
  }
  & (
    | {
      readonly needs: "match";
      readonly judge: (of: Case) => string | null;
    }
    /** What the request claims is read, once for all that need it. */
    | {
      readonly needs: "claims";
      readonly judge: (
        of: Case & { readonly facts: ClaimFacts },
      ) => string | null;
      /** What would allow what is refused; left out where no setting does. */
      readonly remedies?: (
        of: Case & { readonly facts: ClaimFacts },
      ) => readonly RemedyText[];
    }
  );

/** Why a request would show what is hidden in a way that its answer cannot be cleared of; null where it would not. */
function findHiddenProblem(
  hide: Hide,
  { operation: { name }, target: { query } }: Case["match"],
): string | null {
  return name !== "container.top"
    ? findFilterProblem(hide, name, query)
    : judgesTop(hide)
    ? findTopProblem(query)
    : null;
}

/** How each kind is judged. */
export const JUDGES: Readonly<Record<ClaimKind, Judge>> = {
  "hide": {
    code: "policy.hidden",
    needs: "match",
    judge: ({ match, rights: { hide } }) =>
      hide === null ? null : findHiddenProblem(hide, match),
  },
  "own-container": {
    code: "policy.own_container",
    needs: "claims",
    judge: ({ sources: { policy }, match, rights, facts }) =>
      policy.own === null
        ? null
        : judgeOwnContainer(policy.own, rights, match.operation, facts.claims),
    remedies: ({ sources: { policy }, match: { operation }, rights, facts }) =>
      selfRemedies(
        rights,
        policy.own !== null &&
          namesOwn(policy.own, rights, operation, facts.claims)
          ? operation.name
          : RENAME,
      ),
  },
  "identity": {
    code: "policy.identity",
    needs: "claims",
    judge: ({ sources: { policy, hosts }, match, rights, facts }) =>
      judgeIdentity(
        policy,
        rights,
        match.operation,
        facts.claims,
        facts.joined,
        hosts.addresses,
      ),
    rewrite: ({ sources: { policy }, rights }, claims, body) => {
      const keys = labelsToEmpty(policy, rights.client, claims);
      return keys.length === 0
        ? null
        : withEntries(body, claims.inherits!, keys.map((key) => [key, ""]));
    },
  },
};

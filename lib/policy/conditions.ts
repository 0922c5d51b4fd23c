/**
 * The conditions under which a granted request is allowed: what its head does
 * not show and the gate judges before anything is sent (`lib/proxy/gate.ts`).
 *
 * A condition is data. `docs/architecture.md` says what a new kind needs.
 *
 * @module
 */

import type { Operation } from "../docker/operations.ts";
import { guardWay } from "../guard/judge/rows.ts";
import { tellingWords } from "../guard/hide/filters.ts";
import type { AnswerGuard } from "../guard/hide/rewrite.ts";
import { hidesWord } from "../guard/hide/words.ts";
import type { GuardRules } from "../guard/rules.ts";
import { CLAIMING, UNREADABLE } from "../guard/claims.ts";
import type { Policy, Rights } from "./compile.ts";
import { isJudgedBy } from "./guarded.ts";
import { hiddenParts, readsOfHide } from "./hiding.ts";
import { RENAME } from "./own_claims.ts";
import {
  type ImageScope,
  isScoped,
  type ObjectScope,
  type ScopeKind,
} from "./scope.ts";
import { covers } from "./scope_cover.ts";
import type { HoldWay } from "./scope_rows.ts";
import type { Hold } from "./scope_table.ts";

/** How much of a request a condition is judged on, least first: each includes those before it. */
const READS = ["path", "query", "body"] as const;
export type Reads = typeof READS[number];

/** One condition. */
export type Condition =
  /** The request does not name, or take a name of, sockwarden's own container. */
  | { readonly kind: "own-container"; readonly reads: Reads }
  /** The request gives no container what identifies another client of the policy file. */
  | { readonly kind: "identity"; readonly reads: Reads }
  /** The request is held to the client's scope. */
  | {
    readonly kind: "scope";
    readonly reads: Reads;
    readonly holds: readonly Hold[];
    /** The kinds of them that have a scope; the others are closed. */
    readonly kinds: readonly ScopeKind[];
  }
  /** The request keeps to the client's guard. */
  | {
    readonly kind: "guard";
    readonly reads: Reads;
    readonly rules: GuardRules;
  }
  /** What is hidden from the client is taken out of its answer. */
  | {
    readonly kind: "hide";
    readonly reads: Reads;
    readonly answers: AnswerGuard | null;
    /** What is hidden there. */
    readonly parts: readonly string[];
  };

/** No condition: the request is allowed as it is. */
export const UNCONDITIONAL: readonly Condition[] = [];

/** Every list of conditions there is, so that a decision makes none. */
const LISTS: Readonly<Record<string, readonly Condition[]>> = Object
  .fromEntries(
    (["query", "body"] as const).flatMap((reads) => [
      [`own ${reads}`, [{ kind: "own-container", reads }]],
      [`identity ${reads}`, [{ kind: "identity", reads }]],
      [`own identity ${reads}`, [
        { kind: "own-container", reads },
        { kind: "identity", reads },
      ]],
    ]),
  );

/**
 * The conditions of an operation that is granted, in the order in which they
 * are judged.
 *
 * @returns `unreadable` where a condition would have to be judged on a body
 * whose schema is not known here.
 */
export function conditionsOf(
  policy: Policy,
  rights: Rights,
  operation: Pick<Operation, "name">,
): readonly Condition[] | "unreadable" {
  const others = claimConditions(policy, rights, operation);
  const holds = rights.held.get(operation.name);
  const guard = guardConditions(rights, operation);
  const hide = hideConditions(rights, operation);
  if (
    others === "unreadable" ||
    holds === undefined && guard.length + hide.length === 0
  ) {
    return others;
  }
  return [
    // First: what is outside is as if not there, whatever else is wrong with it.
    ...holds === undefined ? [] : [scopeCondition(rights, holds)],
    ...others,
    // Last: it is judged on what the others have made of the body.
    ...guard,
    ...hide,
  ];
}

function hideConditions(
  { hide, hiding }: Rights,
  { name }: Pick<Operation, "name">,
): readonly Condition[] {
  if (hide === null) return UNCONDITIONAL;
  const answers = hiding.guards.get(name) ?? null;
  const tells = tellingWords(name).some((word) => hidesWord(hide, word));
  if (answers === null && !tells) return UNCONDITIONAL;
  const reads = readsOfHide(name);
  return [{ kind: "hide", reads, answers, parts: hiddenParts(hide, name) }];
}

function guardConditions(
  { guard }: Rights,
  { name }: Pick<Operation, "name">,
): readonly Condition[] {
  if (guard === null || !isJudgedBy(guard, name)) return UNCONDITIONAL;
  const { reads } = guardWay(name);
  return reads === null
    ? UNCONDITIONAL
    : [{ kind: "guard", reads, rules: guard }];
}

function scopeCondition(
  { scope }: Rights,
  holds: readonly Hold[],
): Condition {
  const kinds = new Set(holds.map(({ kind }) => kind));
  return {
    kind: "scope",
    reads: readsOfHolds(holds),
    holds,
    kinds: [...kinds].filter((kind) => scope !== null && isScoped(scope, kind)),
  };
}

/** What of a request each way reads. */
const READS_OF: Readonly<Record<HoldWay, Reads>> = {
  "path": "path",
  "exec": "path",
  "query": "query",
  "body": "body",
  "create": "body",
  "rename": "query",
  "rejoin": "path",
  "list": "query",
  "events": "query",
  "answer": "path",
  "prune": "query",
  "force": "query",
  "never": "path",
};

function readsOfHolds(holds: readonly Hold[]): Reads {
  return READS.findLast((part) =>
    holds.some(({ way }) => READS_OF[way] === part)
  ) ?? "path";
}

/** The conditions on what a request claims. */
function claimConditions(
  policy: Policy,
  rights: Rights,
  { name }: Pick<Operation, "name">,
): readonly Condition[] | "unreadable" {
  const reads = CLAIMING.get(name);
  if (reads === undefined) {
    return UNREADABLE.has(name) && canBeClaimed(policy)
      ? "unreadable"
      : UNCONDITIONAL;
  }
  const identity = canBeClaimed(policy);
  const own = (policy.own !== null || policy.ownSought) &&
    (identity || TOUCHING.has(name)) &&
    !(rights.allowSelf.has(name) && rights.allowSelf.has(RENAME));
  if (!own && !identity) return UNCONDITIONAL;
  // A list that is missing must never pass for no condition.
  return LISTS[
    `${own ? "own " : ""}${identity ? "identity " : ""}${reads}`
  ]!;
}

/** What must be read to judge all the conditions; null where there is none. */
export function readsOf(conditions: readonly Condition[]): Reads | null {
  return READS.findLast((part) =>
    conditions.some(({ reads }) => reads === part)
  ) ?? null;
}

/** The more of two amounts that are read; null for nothing. */
export function mostOf(one: Reads | null, other: Reads | null): Reads | null {
  return READS.findLast((part) => part === one || part === other) ?? null;
}

/** A condition in words: what must hold, with its subject. */
export function describeCondition(condition: Condition): string {
  const { reads } = condition;
  const part = reads === "body" ? "query and body" : reads;
  switch (condition.kind) {
    case "own-container":
      return `its ${part} must not name sockwarden's own container, or take one of its names`;
    case "identity":
      return `its ${part} must not take another client's name, label, alias or address`;
    case "scope":
      return condition.kinds.length === 0
        ? "it must not join what has no scope beside another one"
        : `it covers only the ${
          condition.kinds.join(", ")
        } in the client's scope`;
    case "guard":
      return `its ${part} must keep to the guard '${condition.rules.level}' (${condition.rules.setting})`;
    case "hide":
      return "what is hidden from the client is taken out of its answer";
  }
}

/** How the conditions of one policy relate to those of another. */
export type Change = "same" | "narrower" | "wider" | "changed";

/** What a condition demands of a request, as a text. Of a scope also what it covers, for it may cover less than another one. */
interface Demand {
  readonly text: string;
  /** `WAY KIND` of a scope with conditions; empty for what only its text says. */
  readonly held: string;
  readonly scope: ObjectScope | ImageScope | null;
}

/**
 * Compares the conditions of an operation that both policies grant to a
 * client. What cannot be proven to be narrower or wider is `changed`.
 *
 * @param of Which conditions: all unless it is given.
 */
export function compareConditions(
  before: readonly [Policy, Rights],
  after: readonly [Policy, Rights],
  operation: Pick<Operation, "name">,
  of: (kind: Condition["kind"] | "unreadable") => boolean = () => true,
): Change {
  const old = demandsOf(...before, operation, of);
  const now = demandsOf(...after, operation, of);
  const kept = old.every((one) => now.some((other) => implies(other, one)));
  const held = now.every((one) => old.some((other) => implies(other, one)));
  if (kept && held) return "same";
  return kept ? "narrower" : held ? "wider" : "changed";
}

/** Whether a request that satisfies one demand satisfies the other one. */
function implies(one: Demand, other: Demand): boolean {
  return one.text === other.text ||
    one.scope !== null && other.scope !== null && one.held === other.held &&
      covers(other.scope, one.scope);
}

/** All that the conditions demand of a request: it must satisfy every one. */
function demandsOf(
  policy: Policy,
  rights: Rights,
  operation: Pick<Operation, "name">,
  of: (kind: Condition["kind"] | "unreadable") => boolean,
): Demand[] {
  const conditions = conditionsOf(policy, rights, operation);
  if (conditions === "unreadable") {
    return of("unreadable") ? [said("unreadable")] : [];
  }
  const demands = conditions.filter(({ kind }) => of(kind)).flatMap(
    (condition): Demand[] => {
      const { kind } = condition;
      // Each kind has a case, or this does not compile: a kind that demanded
      // nothing would let a stream go on that a policy no longer allows.
      switch (kind) {
        case "own-container":
          return [said(kind)];
        case "identity":
          return policy.identities
            .filter(({ name }) => name !== rights.client)
            .flatMap(({ from }) =>
              from.map((one) => said(`${kind} ${JSON.stringify(one)}`))
            );
        case "scope":
          return condition.holds.map((hold) => demandOf(rights, hold));
        case "guard":
          return [said(`${kind} ${textOf(condition.rules)}`)];
        case "hide":
          return condition.parts.map((part) => said(`${kind} ${part}`));
      }
    },
  );
  return [...new Map(demands.map((one) => [one.text, one])).values()];
}

/** The same text for the same guard, wherever it stands. */
function textOf({ knobs, fields }: GuardRules): string {
  return JSON.stringify([[...knobs], [...fields].sort()]);
}

function said(text: string): Demand {
  return { text, held: "", scope: null };
}

/** What a scope demands of objects of a kind: the same text for the same scope, wherever it stands. */
function demandOf({ scope }: Rights, { way, kind }: Hold): Demand {
  const one = scope?.[kind] ?? null;
  const isScope = typeof one === "object" && one !== null;
  const held = `scope ${way} ${kind}`;
  return {
    text: `${held} ${JSON.stringify(isScope ? { ...one, setting: "" } : one)}`,
    held,
    scope: isScope ? one : null,
  };
}

/** Whether some client is identified by what a container can be given. */
export function canBeClaimed({ identities }: Policy): boolean {
  return identities.some(({ from }) =>
    from.some((conditions) =>
      conditions.some(({ kind }) => kind !== "certificate")
    )
  );
}

/**
 * Operations that name a container, or give one a name, elsewhere than in their
 * path: our own is looked for there with and without a policy file. Creation is
 * left out: a client that creates containers freely can mount the engine's
 * socket, so that this protection would not hold.
 */
const TOUCHING: ReadonlySet<string> = new Set([
  "container.commit",
  "container.rename",
  "network.connect",
  "network.disconnect",
  "libpod.container.commit",
  "libpod.container.rename",
  "libpod.network.connect",
  "libpod.network.disconnect",
]);

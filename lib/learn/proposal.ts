/**
 * A proposal: what recordings say that each client needs, as data.
 *
 * What came from clients stands in it as it was sent: whoever prints it escapes
 * it.
 *
 * @module
 */

import type { GuardRules } from "../guard/rules.ts";
import type { ScopeKind } from "../policy/scope.ts";
import type { Why } from "./why.ts";

/** By which key of objects the scope is proposed. */
export type By =
  | { readonly key: "name" }
  | { readonly key: "project" }
  /** null: by a label that all objects have. */
  | { readonly key: "label"; readonly label: string | null };

/** A rule of `allow`. */
export interface ProposedRule {
  /** The name of an operation, or `GET /path`. */
  readonly rule: string;
  readonly why: Why;
  /** What it gives beyond its name, in words; empty for nothing. */
  readonly note: string;
}

/** What was seen and is not proposed: it stands in a comment. */
export interface SetAside extends ProposedRule {
  readonly reason: "failed" | "refused" | "risk" | "unknown";
}

/** A value of a scope. */
export interface ScopeTerm {
  readonly text: string;
  readonly why: Why;
}

/** What the scope says of one kind of objects. */
export interface ProposedScope {
  readonly kind: ScopeKind;
  readonly value:
    | {
      readonly key: "name" | "project" | "label";
      readonly terms: readonly ScopeTerm[];
    }
    | {
      readonly key: "images";
      readonly use: readonly ScopeTerm[];
      readonly change: readonly ScopeTerm[];
    }
    /** Open beside a scope on another kind. */
    | "any"
    /** Nothing. */
    | null;
  /** Why it is so, where it is not what was asked for. */
  readonly says: readonly string[];
}

/** A knob that is set beside the level. */
export interface ProposedKnob {
  /** A knob, or `fields`. */
  readonly name: string;
  /** null for `allow`. */
  readonly items: readonly string[] | null;
  readonly why: Why;
}

/** A guard. */
export interface ProposedGuard {
  readonly level: GuardRules["level"];
  readonly knobs: readonly ProposedKnob[];
  readonly says: readonly string[];
}

/** What one client needs. */
export interface ProposedClient {
  /** Its name in the policy file; null for all that are not in it. */
  readonly name: string | null;
  readonly allow: readonly ProposedRule[];
  readonly aside: readonly SetAside[];
  /** One for each kind about which there is something to say. */
  readonly scopes: readonly ProposedScope[];
  readonly guard: ProposedGuard | null;
  /** What else is to be said. */
  readonly says: readonly string[];
  readonly agents: readonly string[];
}

/** What all clients need. */
export interface Proposal {
  readonly by: By;
  readonly clients: readonly ProposedClient[];
  readonly rest: ProposedClient;
  /** Runs, and calls that were proposed or set aside. */
  readonly runs: number;
  readonly calls: number;
  /** The time that the runs cover. */
  readonly from: string;
  readonly to: string;
  readonly seconds: number;
  /** What else is to be said: lost calls, rounds. */
  readonly says: readonly string[];
}

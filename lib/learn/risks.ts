/**
 * What operations give beyond their names, for a proposal: what must not be
 * proposed silently, and what is proposed with a note. The words are those of
 * `check`. Pure.
 *
 * @module
 */

import type { Rights } from "../policy/compile.ts";
import {
  ESCALATION_RULES,
  type EscalationRule,
  SEVERITIES,
  type Severity,
} from "../policy/escalations.ts";
import { keepsOffHost } from "../policy/guarded.ts";

/** What is never proposed silently. */
const GRAVE: ReadonlySet<Severity> = new Set(["root", "code", "clients"]);

/** Operations of rights that give the host, code on it or another client's rights, each with the gravest sentence. */
export function risksOf(rights: Rights): Map<string, string> {
  return sentencesOf(rights, ({ severity }) => GRAVE.has(severity));
}

/** What else operations of rights give, each with the gravest sentence. */
export function notesOf(rights: Rights): Map<string, string> {
  return sentencesOf(rights, ({ severity }) => !GRAVE.has(severity));
}

function sentencesOf(
  rights: Rights,
  of: (rule: EscalationRule) => boolean,
): Map<string, string> {
  const sentences = new Map<string, string>();
  for (const rule of ESCALATION_RULES) {
    // Nothing that is proposed reaches sockwarden's own container.
    if (rule.own || !of(rule)) continue;
    const held = rule.needs.map((names) =>
      names.filter((name) =>
        rights.verdicts.get(name)?.allowed === true &&
        !(GRAVE.has(rule.severity) && keepsOffHost(rights, name))
      )
    );
    if (held.some(({ length }) => length === 0)) continue;
    for (const name of held.flat()) {
      if (sentences.has(name)) continue;
      const with_ = rule.needs.length === 1
        ? name
        : held.map((names) => names.join(", ")).join(" with ");
      sentences.set(
        name,
        `can ${SEVERITIES[rule.severity]}: ${with_} (${rule.why}${
          rights.held.has(name) ? "; only in the scope below" : ""
        })`,
      );
    }
  }
  return sentences;
}

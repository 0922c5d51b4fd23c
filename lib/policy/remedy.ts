/**
 * Finds what would allow a refused operation, for the text of the refusal.
 *
 * @module
 */

import type { Operation } from "../docker/operations.ts";
import { type Grants, isOn, type Rights, verdictOf } from "./compile.ts";
import {
  coversPath,
  parseRule,
  pathOfRule,
  type PathRule,
  type Rule,
} from "./rules.ts";
import { GATES_OF, GRANTERS_OF, sectionSwitches } from "./switches.ts";
import { formatUntil } from "./until.ts";

/** The smallest change of settings that allows an operation. */
export interface Remedy {
  /** Deny rules to remove, as written. */
  readonly remove: readonly string[];
  /** Gates that are off; remove their setting. */
  readonly unset: readonly string[];
  /** Switches to set to 1; empty if none governs the operation. */
  readonly set: readonly string[];
  /** The operation to `--allow` instead; null if only removals help. */
  readonly allow: string | null;
}

/**
 * Finds what would allow a refused operation. Of several switches it names the
 * one that grants the fewest operations.
 */
export function remedyFor(grants: Grants, operation: Operation): Remedy {
  const { name } = operation;
  const remove = denials(grants.deny, operation);
  // If it is granted, only a deny rule refuses it.
  if (verdictOf({ ...grants, deny: [] }, operation).allowed) {
    return { remove, unset: [], set: [], allow: null };
  }
  const alone = [...GRANTERS_OF.get(name) ?? []]
    .sort((a, b) => a.grants.length - b.grants.length)[0];
  if (alone !== undefined) {
    return { remove, unset: [], set: [alone.name], allow: name };
  }
  return {
    remove,
    unset: (GATES_OF.get(name) ?? []).map((gate) => gate.name)
      .filter((gate) => grants.switches.get(gate)?.on === false),
    set: (sectionSwitches(operation) ?? []).filter((need) =>
      !isOn(grants, need)
    ),
    allow: name,
  };
}

/**
 * Words a remedy as one clause, such as `to allow it set POST=1, or --allow
 * image.pull`.
 *
 * @param rights The rights of the client that was refused. Switches and flags
 * grant nothing to a client of a policy file, so its remedy is a change of the
 * file. With a file, the remedy of an unknown client is also there: as a new
 * client, or in the default.
 */
export function remedyText(
  remedy: Remedy,
  rights: Pick<Rights, "client" | "source">,
): string {
  const steps: string[] = [];
  if (remedy.remove.length > 0) {
    steps.push(`remove ${remedy.remove.join(" and ")}`);
  }
  if (rights.client !== null) {
    if (remedy.allow !== null) {
      steps.push(
        `add ${remedy.allow} to allow of client '${rights.client}' (${rights.source})`,
      );
    }
    return `to allow it ${steps.join(" and ")}`;
  }
  if (rights.source !== "") {
    if (remedy.allow !== null) {
      steps.push(
        `add this client to ${rights.source}, or add ${remedy.allow} to allow of its default`,
      );
    }
    return `to allow it ${steps.join(" and ")}`;
  }
  if (remedy.unset.length > 0) {
    steps.push(`remove ${remedy.unset.map((name) => `${name}=0`).join(" ")}`);
  }
  if (remedy.set.length > 0) {
    steps.push(`set ${remedy.set.map((name) => `${name}=1`).join(" ")}`);
  }
  const settings = steps.join(" and ");
  if (remedy.allow === null) return `to allow it ${settings}`;
  // A deny rule wins over --allow, so --allow cannot replace its removal.
  if (remedy.remove.length > 0) {
    return steps.length > 1
      ? `to allow it ${settings}, or in place of the last step use --allow ${remedy.allow}`
      : `to allow it ${settings} and use --allow ${remedy.allow}`;
  }
  if (settings === "") return `to allow it use --allow ${remedy.allow}`;
  return `to allow it ${settings}, or --allow ${remedy.allow}`;
}

/**
 * Words what would allow a client a refused operation, as one clause: of a grant
 * that has ended, where it stands and when that was.
 */
export function remedyOf(rights: Rights, operation: Operation): string {
  const remedy = remedyFor(rights.grants, operation);
  const ended = lastOf(
    rights.ended.filter((rule) =>
      rule.kind === "operations" && rule.names.has(operation.name)
    ),
  );
  return ended === null || remedy.allow === null
    ? remedyText(remedy, rights)
    : endedText(rights, ended, remedy.remove);
}

/**
 * Words what would allow a refused path that is no known operation, as one
 * clause.
 *
 * @param path The path without its version prefix.
 * @param denied The rule that refuses it, if one does.
 * @param allowed The rule that would allow it but for that.
 */
export function pathRemedy(
  rights: Rights,
  method: string,
  path: string,
  denied: PathRule | undefined,
  allowed: PathRule | undefined,
): string {
  const rule = `${method} ${pathOfRule(path)}`;
  const add = rights.client === null
    ? `--allow '${rule}'`
    : `'${rule}' in allow of client '${rights.client}' (${rights.source})`;
  if (denied !== undefined) {
    return `to allow it remove ${denied.setting} '${denied.text}'${
      allowed === undefined ? ` and use ${add}` : ""
    }`;
  }
  const ended = lastOf(
    rights.ended.filter((one) =>
      one.kind === "path" && coversPath(one, method, path)
    ),
  );
  if (ended !== null) {
    return endedText(rights, ended);
  }
  return "problem" in parseRule(rule, "--allow")
    ? "no rule can allow it, because a rule has a method in capitals and a path of names in letters, digits and _ ~ . -"
    : `if it is newer than this release, ${add} allows it`;
}

/** The rule that ended last; null if there is none. */
function lastOf(ended: readonly Rule[]): Rule | null {
  return ended.reduce<Rule | null>(
    (last, rule) => last === null || rule.until! > last.until! ? rule : last,
    null,
  );
}

/** @param remove What else must go to allow it. */
function endedText(
  { clockSet }: Pick<Rights, "clockSet">,
  { setting, until }: Rule,
  remove: readonly string[] = [],
): string {
  const removed = remove.map((text) => `remove ${text} and `).join("");
  const end = formatUntil(until!);
  return clockSet
    ? `its grant (${setting}) ended at ${end}: to allow it ${removed}write a later time there`
    : `its grant (${setting}) has an end (${end}), and the machine's clock is not set: to allow it ${removed}set the clock`;
}

/** Words what allows an operation on our own container, as one clause. */
export function selfRemedy(
  rights: Pick<Rights, "client" | "source">,
  { name }: Pick<Operation, "name">,
): string {
  if (rights.client === null) {
    return rights.source === ""
      ? `to allow it use --allow-self ${name}`
      : `to allow it add ${name} to allow-self of default (${rights.source})`;
  }
  return `to allow it add ${name} to allow-self of client '${rights.client}' (${rights.source})`;
}

function denials(rules: readonly Rule[], operation: Operation): string[] {
  return rules.flatMap((rule) =>
    rule.kind === "operations" && rule.names.has(operation.name)
      ? [`${rule.setting} ${rule.text}`]
      : []
  );
}

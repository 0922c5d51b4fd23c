/**
 * The narrowest guard under which recorded calls pass. Pure.
 *
 * @module
 */

import { guardWay } from "../guard/judge/rows.ts";
import { type GuardRules, knobsOf } from "../guard/rules.ts";
import { coversEntry } from "./knob_covers.ts";
import { type Need, NO_GUARD, readNeed } from "./needs.ts";
import type { ProposedGuard, ProposedKnob } from "./proposal.ts";
import { compare, type Kind } from "./tally.ts";
import { groupBy, whyOf } from "./why.ts";

/** What was found out about a guard for some calls. */
export interface GuardFound {
  /** null where no guard lets them pass, or none has anything to judge. */
  readonly guard: ProposedGuard | null;
  /** Calls on containers of which it is not known whether they keep to a guard themselves. */
  readonly foreign: readonly Kind[];
}

/** Operations that act on a container, which must keep to the guard itself, beside those of the kind `target`. */
const ALSO_TARGETS: ReadonlySet<string> = new Set([
  "container.start",
  "container.exec.create",
  "container.commit",
  "checkpoint.create",
]);

/** A need, and the call that has it. */
interface Needed extends Need {
  readonly kind: Kind;
}

/**
 * Proposes a guard.
 *
 * @param kinds The calls that must pass; those that no guard judges are ignored.
 * @param created Names of containers that the client itself created among these
 * calls, so that they keep to the same guard.
 * @param openTargets Operations that may act on any container.
 */
export function proposeGuard(
  kinds: readonly Kind[],
  created: ReadonlySet<string>,
  openTargets: ReadonlySet<string> = new Set(),
): GuardFound {
  const judged = kinds.filter(({ operation }) =>
    guardWay(operation).reads !== null
  );
  const needed: Needed[] = [];
  const says: string[] = [];
  const unclear: Kind[] = [];
  for (const kind of judged) {
    if (kind.body === null || kind.body.unread !== undefined) {
      if (guardWay(kind.operation).kind !== "target") unclear.push(kind);
      continue;
    }
    for (const text of kind.body.needs ?? []) {
      const need = readNeed(text);
      if (need === null) {
        says.push(
          `${kind.operation} needs '${text}', which cannot be written here: the guard refuses that call`,
        );
      } else needed.push({ ...need, kind });
    }
  }
  const foreign = foreignOf(judged, needed, created);
  const opened = foreign.filter(({ operation }) => openTargets.has(operation));
  const counted = [
    ...needed.filter(({ knob }) => knob !== "targets"),
    ...opened.map((kind) => ({ knob: "targets", items: null, kind })),
  ];
  if (judged.length === 0 || needed.some(({ knob }) => knob === NO_GUARD)) {
    return { guard: null, foreign };
  }
  return {
    guard: guardFor(counted, [
      ...new Set(says),
      ...unclearText(unclear),
      ...foreignText(foreign.filter((one) => !opened.includes(one))),
    ]),
    foreign,
  };
}

/** Calls on containers that the client did not create itself, and of which nothing better is known. */
function foreignOf(
  judged: readonly Kind[],
  needed: readonly Needed[],
  created: ReadonlySet<string>,
): Kind[] {
  const needing = new Set(
    needed.filter(({ knob }) => knob === "targets").map(({ kind }) => kind),
  );
  return judged.filter((kind) =>
    (needing.has(kind) || kind.body === null && hasTarget(kind.operation)) &&
    !created.has(kind.object?.name || "\0")
  );
}

function hasTarget(operation: string): boolean {
  return guardWay(operation).kind === "target" || ALSO_TARGETS.has(operation);
}

function guardFor(
  needed: readonly Needed[],
  says: readonly string[],
): ProposedGuard {
  const required = requiredBy(needed);
  const needs = needed.filter(({ knob }) => knob !== "require");
  const beyondStrict = needs.filter((need) => !allows("strict", need));
  const isStrict = required === null &&
    beyondStrict.every(({ items }) => items !== null);
  const level = isStrict ? "strict" : "standard";
  const beyond = isStrict
    ? beyondStrict
    : needs.filter((need) => !allows("standard", need));
  const knobs = [...groupBy(beyond, ({ knob }) => knob).keys()]
    .sort(compare).map((name): ProposedKnob => {
      // The list of a knob stands in place of the level's: what that allows stays.
      const own = knobsOf(level).get(name)?.list ?? [];
      const all = needs.filter(({ knob }) => knob === name);
      return {
        name,
        items: all.some(({ items }) => items === null)
          ? null
          : [...new Set([...own, ...all.flatMap(({ items }) => items!)])]
            .sort(compare),
        why: whyOf(all.map(({ kind }) => kind)),
      };
    });
  return { level, knobs, says };
}

/** What `strict` requires and a call does not set; null where each sets all. */
function requiredBy(needed: readonly Needed[]): readonly string[] | null {
  const strict = knobsOf("strict").get("require")!.list;
  const left = strict.filter((word) =>
    needed.every(({ knob, items }) =>
      knob !== "require" || items !== null && items.includes(word)
    )
  );
  return left.length === strict.length ? null : left;
}

/** Whether a level allows what is needed by itself. */
function allows(
  level: GuardRules["level"],
  { knob, items }: Need,
): boolean {
  const setting = knobsOf(level).get(knob);
  if (setting === undefined) return false;
  if (setting.verdict !== "deny") return true;
  return items !== null &&
    items.every((item) =>
      setting.list.some((entry) => coversEntry(knob, entry, item))
    );
}

function unclearText(kinds: readonly Kind[]): string[] {
  return [...groupBy(kinds, ({ operation }) => operation)].map(
    ([operation, [first]]) =>
      first!.body?.unread === undefined
        ? `what calls of ${operation} contain was not recorded: whether they keep to this guard is not known`
        : `a call of ${operation} could not be read (${
          first!.body.unread
        }): whether it keeps to this guard is not known`,
  );
}

function foreignText(kinds: readonly Kind[]): string[] {
  return [...groupBy(kinds, ({ operation }) => operation)].map(
    ([operation, of]) => {
      const names = [
        ...new Set(of.map(({ object }) => object?.name || "a container")),
      ];
      return `${operation} of ${names.slice(0, 3).join(", ")}${
        names.length > 3 ? ", …" : ""
      } is refused where that container does not keep to this guard itself; 'targets: allow' lets it pass, and with it the host where the container has it`;
    },
  );
}

/**
 * The narrowest guard under which recorded calls pass. Pure.
 *
 * @module
 */

import { actsOnContainer, guardWay } from "../guard/judge/rows.ts";
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

/** A need, and the call that has it. */
interface Needed extends Need {
  readonly kind: Kind;
}

/**
 * Proposes a guard: `strict` where nothing is needed beyond it but entries of
 * lists, else `standard` with knobs.
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
  const strict = tryLevel("strict", judged, created, openTargets);
  const standard = tryLevel("standard", judged, created, openTargets);
  return strict.fits && strict.foreign.length <= standard.foreign.length
    ? strict
    : standard;
}

/** A guard of one level, and whether it can be of that level. */
interface Tried extends GuardFound {
  readonly fits: boolean;
}

function tryLevel(
  level: GuardRules["level"],
  judged: readonly Kind[],
  created: ReadonlySet<string>,
  openTargets: ReadonlySet<string>,
): Tried {
  const { needed, unread, says } = readNeeds(level, judged);
  const foreign = foreignOf(judged, needed, created);
  const opened = foreign.filter(({ operation }) => openTargets.has(operation));
  const counted = [
    ...needed.filter(({ knob }) => knob !== "targets"),
    ...opened.map((kind) => ({ knob: "targets", items: null, kind })),
  ];
  const isNone = judged.length === 0 ||
    needed.some(({ knob }) => knob === NO_GUARD);
  const beyond = counted.filter((need) =>
    need.knob !== "require" && !allows(level, need)
  );
  return {
    foreign,
    fits: isWhole(counted) && beyond.every(({ items }) => items !== null),
    guard: isNone ? null : {
      level,
      knobs: knobsFor(level, beyond, counted),
      says: [
        ...says,
        ...unclearText(unread),
        ...foreignText(foreign.filter((one) => !opened.includes(one))),
      ],
    },
  };
}

/** What calls need of a level; of those that tell nothing of it the calls themselves. */
function readNeeds(
  level: GuardRules["level"],
  judged: readonly Kind[],
): {
  readonly needed: readonly Needed[];
  readonly unread: readonly Kind[];
  readonly says: readonly string[];
} {
  const needed: Needed[] = [];
  const unread: Kind[] = [];
  const says = new Set<string>();
  for (const kind of judged) {
    const { body, operation } = kind;
    if (body === null || body.unread !== undefined) {
      if (guardWay(operation).kind !== "target") unread.push(kind);
      continue;
    }
    const { needs = [], standard = needs } = body;
    for (const text of level === "strict" ? needs : standard) {
      const need = readNeed(text);
      if (need === null) {
        says.add(
          `${operation} needs '${text}', which cannot be written here: the guard refuses that call`,
        );
      } else needed.push({ ...need, kind });
    }
  }
  return { needed, unread, says: [...says] };
}

/** Calls on containers that the client did not create itself, and that are not known to keep to the guard. */
function foreignOf(
  judged: readonly Kind[],
  needed: readonly Needed[],
  created: ReadonlySet<string>,
): Kind[] {
  const needing = new Set(
    needed.filter(({ knob }) => knob === "targets").map(({ kind }) => kind),
  );
  const on = judged.filter(({ operation }) => actsOnContainer(operation));
  const isTold = ({ body }: Kind) => body !== null && body.unread === undefined;
  const keeping = new Set(
    on.filter((kind) => isTold(kind) && !needing.has(kind))
      .map(({ object }) => object?.name ?? ""),
  );
  return [...new Set([...on, ...needing])].filter((kind) => {
    const name = kind.object?.name ?? "";
    const isOwn = name !== "" && (created.has(name) || keeping.has(name));
    return needing.has(kind)
      ? name === "" || !created.has(name)
      : !isTold(kind) && !isOwn;
  });
}

/** The knobs that are set beside a level. */
function knobsFor(
  level: GuardRules["level"],
  beyond: readonly Needed[],
  needed: readonly Needed[],
): ProposedKnob[] {
  return [...groupBy(beyond, ({ knob }) => knob).keys()].sort(compare)
    .map((name) => {
      // The list of a knob stands in place of the level's: what that allows stays.
      const own = knobsOf(level).get(name)?.list ?? [];
      const all = needed.filter(({ knob }) => knob === name);
      return {
        name,
        items: all.some(({ items }) => items === null)
          ? null
          : [...new Set([...own, ...all.flatMap(({ items }) => items!)])]
            .sort(compare),
        why: whyOf(all.map(({ kind }) => kind)),
      };
    });
}

/** Whether each call sets all that `strict` requires: a remedy is the list without what it does not set. */
function isWhole(needed: readonly Needed[]): boolean {
  const strict = knobsOf("strict").get("require")!.list;
  return needed.every(({ knob, items }) =>
    knob !== "require" ||
    items !== null && strict.every((word) => items.includes(word))
  );
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

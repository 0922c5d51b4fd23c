/**
 * What a guard allows beyond its level and nothing needed. Pure.
 *
 * @module
 */

import { KNOB_ROWS } from "../guard/knobs.ts";
import { knobOf } from "../guard/rules.ts";
import type { Rights } from "../policy/compile.ts";
import { coversEntry } from "./knob_covers.ts";
import type { Unused } from "./unused_part.ts";
import { type Needed, neededBy, type Usage } from "./usage.ts";

/** The allowances of a client's guard that nothing needed since a time. */
export function unusedKnobs(
  { guard }: Rights,
  usage: Usage,
  since: string,
): { unused: Unused[]; says: string[] } {
  if (guard === null) return { unused: [], says: [] };
  const needed = neededBy(usage);
  const allowances = [...guard.own].flatMap((name) => {
    const { verdict, list } = knobOf(guard, name);
    // The others bound or forbid, and give nothing.
    const kind = KNOB_ROWS.get(name)!.kind;
    if (kind === "limit" || kind === "words") return [];
    return [
      ...(verdict === "deny"
        ? []
        : [{ name, entry: null, text: `${name}: ${verdict}` }]),
      ...list.map((entry) => ({ name, entry, text: `${name}: ${entry}` })),
    ];
  });
  const fields = [...guard.fields].map((entry) => ({
    name: "fields",
    entry,
    text: `fields: ${entry}`,
  }));
  const unused = [...allowances, ...fields].flatMap(
    ({ name, entry, text }): Unused[] => {
      const last = lastNeed(needed, name, entry);
      return last >= since ? [] : [{
        remove: `guard.${text}`,
        keep: "",
        setting: guard.setting,
        last,
        note: "",
      }];
    },
  );
  return unused.length > 0 && needed.unknown
    ? {
      unused: [],
      says: unused.map(({ remove }) =>
        `${remove}: not decided, since not all that requests contained was recorded`
      ),
    }
    : { unused, says: [] };
}

/** When something needed an entry of a knob, or the knob itself; empty for never. */
function lastNeed(
  { needs }: Needed,
  name: string,
  entry: string | null,
): string {
  return needs.filter(({ knob, items }) =>
    knob === name &&
    (entry === null || items?.some((item) => coversEntry(name, entry, item)))
  ).reduce((latest, { last }) => last > latest ? last : latest, "");
}

/**
 * What a guard allows beyond its level and nothing needed. Pure.
 *
 * @module
 */

import { KNOB_ROWS } from "../guard/knobs.ts";
import { knobOf, knobsOf } from "../guard/rules.ts";
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
  const unused: Unused[] = [];
  const says: string[] = [];
  for (const { name, entry, text } of [...allowances, ...fields]) {
    const last = lastNeed(needed, name, entry);
    if (last >= since) continue;
    if (needed.unknown || !isTold(needed, name, entry)) {
      says.push(
        `guard.${text}: not decided, since not all that requests contained was recorded`,
      );
      continue;
    }
    unused.push({
      remove: `guard.${text}`,
      keep: "",
      setting: guard.setting,
      last,
      note: "",
    });
  }
  return { unused, says };
}

/** Whether a recording would have a need of an entry: of what `strict` allows it may have none. */
function isTold(
  { needs }: Needed,
  name: string,
  entry: string | null,
): boolean {
  if (needs.some(({ knob }) => knob === name)) return true;
  const strict = knobsOf("strict").get(name);
  return strict === undefined ||
    strict.verdict === "deny" &&
      !(entry !== null && strict.list.includes(entry));
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

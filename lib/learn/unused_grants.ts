/**
 * Operations and paths that are granted and were not used. Pure.
 *
 * @module
 */

import type { Rights } from "../policy/compile.ts";
import type { Unused } from "./unused_part.ts";
import { lastByOperation, lastOfPath, type Usage } from "./usage.ts";
import { groupBy } from "./why.ts";

/** The granted operations and paths that were not used since a time, by the setting that grants them. */
export function unusedGrants(
  { grants, verdicts, allowPaths }: Rights,
  usage: Usage,
  since: string,
): Unused[] {
  const last = lastByOperation(usage);
  const granted = [...verdicts.values()].filter(({ allowed }) => allowed)
    .map(({ operation }) => operation.name);
  const byRule = new Set<string>();
  const rules = grants.allow.flatMap((rule): Unused[] => {
    if (rule.kind === "path") return [];
    const names = granted.filter((name) => rule.names.has(name));
    for (const name of names) byRule.add(name);
    return partOf(`allow: ${rule.text}`, rule.setting, names, last, since);
  });
  const others = groupBy(
    granted.filter((name) => !byRule.has(name)),
    (name) => verdicts.get(name)!.by,
  );
  return [
    ...rules,
    ...[...others].flatMap(([by, names]) => partOf(by, by, names, last, since)),
    ...allowPaths.flatMap((rule): Unused[] => {
      const when = lastOfPath(usage, rule);
      return when >= since ? [] : [{
        remove: `allow: ${rule.text}`,
        keep: "",
        setting: rule.setting,
        last: when,
        note: "",
      }];
    }),
  ];
}

/** What of a setting that grants these operations was not used; none where all were. */
function partOf(
  remove: string,
  setting: string,
  names: readonly string[],
  last: ReadonlyMap<string, string>,
  since: string,
): Unused[] {
  const when = (name: string) => last.get(name) ?? "";
  const unused = names.filter((name) => when(name) < since);
  if (unused.length === 0) return [];
  const used = names.filter((name) => !unused.includes(name));
  return [{
    remove,
    keep: used.length === 0 ? "" : `allow: ${used.join(", ")}`,
    setting,
    last: unused.map(when).sort().at(-1)!,
    note: names.length === 1
      ? ""
      : used.length === 0
      ? `none of its ${names.length} operations`
      : `${unused.length} of its ${names.length} operations: ${
        unused.join(", ")
      }`,
  }];
}

/**
 * Somebody's rights in readable lines.
 *
 * @module
 */

import type { Rights } from "../policy/compile.ts";

/**
 * The granted operations, gathered by the setting that grants them.
 *
 * @returns A line for each setting, such as `CONTAINERS=1: container.list, …`;
 * empty where nothing is granted.
 */
export function grantLines(rights: Rights): string[] {
  const bySetting = new Map<string, string[]>();
  for (const { operation, allowed, by } of rights.verdicts.values()) {
    if (!allowed) continue;
    const names = bySetting.get(by) ?? [];
    names.push(operation.name);
    bySetting.set(by, names);
  }
  const all = rights.verdicts.size;
  const lines = [...bySetting].map(([by, names]) =>
    // A rule that names its one operation says it already.
    names.length === 1 && by.endsWith(` ${names[0]}`)
      ? by
      : `${by}: ${
        names.length === all ? `all ${all} operations` : names.join(", ")
      }`
  );
  for (const { setting, text } of rights.allowPaths) {
    lines.push(`${setting} '${text}': this path`);
  }
  return lines;
}

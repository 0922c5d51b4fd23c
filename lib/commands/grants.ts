/**
 * The rights of a client in readable lines.
 *
 * @module
 */

import type { Rights } from "../policy/compile.ts";

/**
 * The granted operations, grouped by the setting that grants them.
 *
 * @returns One line per setting, such as `CONTAINERS=1: container.list, …`; empty
 * if nothing is granted.
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
    // A rule for one operation contains its name already.
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

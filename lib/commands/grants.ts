/**
 * The rights of a client in readable lines.
 *
 * @module
 */

import type { Rights } from "../policy/compile.ts";
import { untilText } from "./ends.ts";

/**
 * The granted operations, grouped by the setting that grants them.
 *
 * @returns One line per setting, such as `CONTAINERS=1: container.list, …`; empty
 * if nothing is granted.
 */
export function grantLines(rights: Rights): string[] {
  const bySetting = new Map<string, string[]>();
  const ends = new Map<string, string>();
  for (const { operation, allowed, by, until } of rights.verdicts.values()) {
    if (!allowed) continue;
    const names = bySetting.get(by) ?? [];
    names.push(operation.name);
    bySetting.set(by, names);
    ends.set(by, untilText(until));
  }
  const all = rights.verdicts.size;
  const lines = [...bySetting].map(([by, names]) =>
    // A rule for one operation contains its name already.
    names.length === 1 && by.endsWith(` ${names[0]}`)
      ? `${by}${ends.get(by)}`
      : `${by}${ends.get(by)}: ${
        names.length === all ? `all ${all} operations` : names.join(", ")
      }`
  );
  for (const { setting, text, until } of rights.allowPaths) {
    lines.push(`${setting} '${text}'${untilText(until)}: this path`);
  }
  return lines;
}

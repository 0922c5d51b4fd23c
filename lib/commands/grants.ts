/**
 * A policy in readable lines.
 *
 * @module
 */

import type { Policy } from "../policy/compile.ts";

/**
 * The granted operations, gathered by the setting that grants them.
 *
 * @returns A line for each setting, such as `CONTAINERS=1: container.list, …`;
 * empty where nothing is granted.
 */
export function grantLines(policy: Policy): string[] {
  const bySetting = new Map<string, string[]>();
  for (const { operation, allowed, by } of policy.verdicts.values()) {
    if (!allowed) continue;
    const names = bySetting.get(by) ?? [];
    names.push(operation.name);
    bySetting.set(by, names);
  }
  const lines = [...bySetting].map(([by, names]) =>
    `${by}: ${names.join(", ")}`
  );
  for (const { setting, text } of policy.allowPaths) {
    lines.push(`${setting} '${text}': this path`);
  }
  return lines;
}

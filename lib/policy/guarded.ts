/**
 * What a guard leaves of a client's rights, for those who read about them. Pure.
 *
 * @module
 */

import { guardWay } from "../guard/judge/rows.ts";
import {
  type GuardRules,
  knobOf,
  type KnobSetting,
  knobsOf,
} from "../guard/rules.ts";
import type { Rights } from "./compile.ts";

/** Knobs that reach the host or its root where they allow more than a level does. */
const HOST_KNOBS = [
  "privileged",
  "propagation",
  "volume-drivers",
  "volume-options",
  "devices",
  "capabilities",
  "security-opt",
  "masked-paths",
  "namespaces",
  "network-options",
  "sysctls",
  "runtimes",
  "cgroup-parent",
  "annotations",
  "logging",
  "env-inherited",
  "buildkit",
  "swarm",
  "plugins",
  "targets",
] as const;

/** The knobs of a guard that allow more of the host than `standard`; a path of the host among them. */
export function openToHost(rules: GuardRules): string[] {
  const standard = knobsOf("standard");
  const opened: string[] = HOST_KNOBS.filter((name) =>
    isWider(knobOf(rules, name), standard.get(name)!)
  );
  const { verdict, list } = knobOf(rules, "binds");
  const reaches = verdict !== "deny" ||
    list.some((path) => !path.endsWith(":ro"));
  return reaches ? ["binds", ...opened] : opened;
}

function isWider(one: KnobSetting, other: KnobSetting): boolean {
  return one.verdict !== "deny" && other.verdict === "deny" ||
    one.list.some((entry) => !other.list.includes(entry));
}

/** Whether guards judge an operation. */
export function isJudged(operation: string): boolean {
  return guardWay(operation).reads !== null;
}

/** Whether a guard keeps an operation from the host: it judges it, and opens nothing of the host. */
export function keepsOffHost({ guard }: Rights, operation: string): boolean {
  return guard !== null && isJudged(operation) &&
    openToHost(guard).length === 0;
}

/** The guard of a client in readable lines; empty without one. */
export function guardLines({ guard, verdicts }: Rights): string[] {
  if (guard === null) return [];
  const own = [...guard.own].map((name) => {
    const { verdict, list } = knobOf(guard, name);
    return `${name}: ${list.length > 0 ? `[${list.join(", ")}]` : verdict}`;
  });
  const judged = [...verdicts.values()].some(({ operation, allowed }) =>
    allowed && isJudged(operation.name)
  );
  const opened = openToHost(guard);
  return [
    `guard ${guard.level} (${guard.setting})${
      own.length === 0 ? "" : `; ${own.join("; ")}`
    }`,
    !judged
      ? "the guard judges none of its operations"
      : opened.length > 0
      ? `the guard lets it reach the host: ${opened.join(", ")}`
      : "what its requests contain cannot make it root on the host; it can still use up disk, memory and processors, unless ceilings are set",
  ];
}

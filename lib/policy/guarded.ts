/**
 * What a guard leaves of a client's rights, for those who read about them. Pure.
 *
 * @module
 */

import { guardWay, judgesTargetAlone } from "../guard/judge/rows.ts";
import {
  type GuardRules,
  knobOf,
  type KnobSetting,
  knobsOf,
} from "../guard/rules.ts";
import type { Rights } from "./compile.ts";
import {
  hasGuard,
  needsNoGuard,
  presetsOf,
  settingOf,
} from "./preset_needs.ts";

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

/** Whether a guard judges an operation: not where its target is all that there is to judge, and any is allowed. */
export function isJudgedBy(guard: GuardRules, operation: string): boolean {
  return isJudged(operation) &&
    !(judgesTargetAlone(operation) &&
      knobOf(guard, "targets").verdict === "allow");
}

/** Whether a guard keeps an operation from the host: it judges it, and opens nothing of the host. */
export function keepsOffHost({ guard }: Rights, operation: string): boolean {
  return guard !== null && isJudged(operation) &&
    openToHost(guard).length === 0;
}

/** The guard of a client in readable lines; without one, those of its presets' that another preset leaves out. */
export function guardLines({ grants, guard, verdicts }: Rights): string[] {
  if (guard === null) {
    const presets = grants.guard === null ? presetsOf(grants.allow) : [];
    const guarded = presets.filter(hasGuard);
    return guarded.length === 0 ? [] : [
      `no guard, as ${settingOf(guarded)} would have: ${
        settingOf(presets.filter(needsNoGuard))
      } beside`,
    ];
  }
  const own = [...guard.own].map((name) => {
    const { verdict, list } = knobOf(guard, name);
    return `${name}: ${list.length > 0 ? `[${list.join(", ")}]` : verdict}`;
  });
  const judged = [...verdicts.values()].flatMap(({ operation, allowed }) =>
    allowed && isJudgedBy(guard, operation.name) ? [operation.name] : []
  );
  // To start what is there already reaches no further than it does.
  const acts = judged.some((name) => name !== "container.start");
  const opened = openToHost(guard).filter((name) => acts || name !== "targets");
  return [
    `guard ${guard.level} (${guard.setting})${
      own.length === 0 ? "" : `; ${own.join("; ")}`
    }`,
    judged.length === 0
      ? "the guard judges none of its operations"
      : opened.length > 0
      ? `the guard lets it reach the host: ${opened.join(", ")}`
      : "what its requests contain cannot make it root on the host; it can still use up disk, memory and processors, unless ceilings are set",
  ];
}

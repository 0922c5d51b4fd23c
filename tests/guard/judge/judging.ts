/**
 * What the tests of the judges share.
 *
 * @module
 */

import type { JsonValue } from "../../../lib/guard/json.ts";
import { judgeContainer } from "../../../lib/guard/judge/container.ts";
import type {
  Described,
  GuardedRequest,
  GuardFacts,
} from "../../../lib/guard/judge/request.ts";
import {
  type Collector,
  type GuardRules,
  type KnobSetting,
  knobsOf,
} from "../../../lib/guard/rules.ts";
import type { JudgedOperation } from "../../../lib/guard/schema/operations.ts";
import { readBody } from "../../../lib/guard/schema/read.ts";
import { KNOB_ROWS, VERDICTS } from "../../../lib/guard/knobs.ts";

/** Knobs as in a policy file: a verdict, a ceiling or a list. */
export type OwnKnobs = Readonly<Record<string, string | readonly string[]>>;

/** What differs from a plain creation. */
export interface Case {
  readonly level?: GuardRules["level"];
  readonly knobs?: OwnKnobs;
  readonly fields?: readonly string[];
  readonly version?: number;
  readonly inspected?: boolean;
  readonly podman?: boolean;
  readonly operation?: JudgedOperation;
  readonly containers?: Readonly<Record<string, Described>>;
  readonly volumes?: Readonly<Record<string, Described>>;
  readonly networks?: Readonly<Record<string, Described>>;
}

function settingOf(name: string, own: string | readonly string[]): KnobSetting {
  const kind = KNOB_ROWS.get(name)!.kind;
  if (typeof own !== "string") {
    return { verdict: kind === "words" ? "allow" : "deny", list: own };
  }
  const verdict = VERDICTS.find((one) => one === own);
  return verdict === undefined
    ? { verdict: "deny", list: [own] }
    : { verdict, list: [] };
}

export function rulesOf(
  { level = "standard", knobs = {}, fields = [] }: Case,
): GuardRules {
  const own = new Map(
    Object.entries(knobs).map(([name, one]) => [name, settingOf(name, one)]),
  );
  return {
    setting: "policy.yaml:1:1",
    level,
    knobs: knobsOf(level, own),
    own: new Set(own.keys()),
    fields: new Set(fields),
  };
}

export function collectorOf(of: Case = {}): Collector {
  return { rules: rulesOf(of), refused: [], warned: [] };
}

export function factsOf(
  { containers, volumes, networks, podman }: Case = {},
): GuardFacts {
  return {
    ...podman === undefined ? {} : { isPodman: podman },
    containers: new Map(Object.entries(containers ?? {})),
    volumes: new Map(Object.entries(volumes ?? {})),
    networks: new Map(Object.entries(networks ?? {})),
    execs: new Map(),
  };
}

export function requestOf(body: JsonValue, of: Case = {}): GuardedRequest {
  const operation = of.operation ?? "container.create";
  const read = readBody(
    operation,
    new TextEncoder().encode(JSON.stringify(body)),
  );
  if ("problem" in read) throw new Error(read.problem);
  return {
    operation,
    parameters: [],
    query: "",
    version: of.version ?? null,
    body: read,
  };
}

/** Judges a body. */
export function judged(body: JsonValue, of: Case = {}): Collector {
  const collector = collectorOf(of);
  judgeContainer(
    collector,
    requestOf(body, of),
    factsOf(of),
    of.inspected ?? false,
  );
  return collector;
}

/** What is refused, as `knob path`. */
export function refused(body: JsonValue, of: Case = {}): string[] {
  return judged(body, of).refused.map(({ knob, path }) => `${knob} ${path}`);
}

/** A creation with one HostConfig. */
export function host(config: Readonly<Record<string, JsonValue>>): JsonValue {
  return { Image: "app", HostConfig: config };
}

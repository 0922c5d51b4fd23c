/**
 * Judges the ceilings of a service, and what each of its containers must set.
 *
 * @module
 */

import { find, knobOf } from "../rules.ts";
import {
  fieldAt,
  findWord,
  type Judging,
  listed,
  numberAt,
  ROOT,
  textOf,
} from "./judging.ts";
import { parseCeiling } from "./limits.ts";
import { capabilityName } from "./security.ts";

const LIMITS = "TaskTemplate.Resources.Limits";
const CONTAINER = "TaskTemplate.ContainerSpec";
const NANO = 1e9;

/** Judges an amount by a knob of the kind `limit`; what is not positive is unlimited. */
export function judgeAmount(
  { collector }: Pick<Judging, "collector">,
  knob: string,
  path: string,
  things: string,
  amount: number,
): void {
  const [ceiling = ""] = knobOf(collector.rules, knob).list;
  const isSet = amount > 0;
  find(
    collector,
    knob,
    path,
    isSet
      ? `asks for more ${things} than ${ceiling}`
      : `sets no limit of ${things} (give one of at most ${ceiling})`,
    isSet ? String(amount) : "allow",
    (entry) => isSet && amount <= parseCeiling(entry),
  );
}

/** Judges the ceilings over all fields of a specification. */
export function judgeServiceLimits(of: Judging): void {
  judgeAmount(
    of,
    "memory-max",
    `${LIMITS}.MemoryBytes`,
    "memory",
    numberAt(of, `${LIMITS}.MemoryBytes`),
  );
  judgeSwap(of);
  judgeAmount(
    of,
    "cpus-max",
    `${LIMITS}.NanoCPUs`,
    "processors",
    numberAt(of, `${LIMITS}.NanoCPUs`) / NANO,
  );
  judgeAmount(
    of,
    "pids-max",
    `${LIMITS}.Pids`,
    "processes",
    numberAt(of, `${LIMITS}.Pids`),
  );
  judgeReplicas(of);
  judgeRequired(of);
}

function judgeSwap(of: Judging): void {
  const path = "TaskTemplate.Resources.SwapBytes";
  const swap = fieldAt(of, path);
  if (typeof swap !== "number" || swap === 0) return;
  judgeAmount(of, "memory-max", path, "swap", swap);
}

function judgeReplicas(of: Judging): void {
  const knob = "replicas-max";
  for (const path of ["Mode.Global", "Mode.GlobalJob"]) {
    if (fieldAt(of, path) === null) continue;
    find(of.collector, knob, path, "runs a task on each node");
  }
  for (
    const path of [
      "Mode.Replicated.Replicas",
      "Mode.ReplicatedJob.MaxConcurrent",
      "Mode.ReplicatedJob.TotalCompletions",
    ]
  ) {
    const replicas = fieldAt(of, path);
    // Where it is not given it is one, and none is less.
    if (typeof replicas !== "number" || replicas === 0) continue;
    judgeAmount(of, knob, path, "tasks", replicas);
  }
}

interface Requirement {
  readonly path: string;
  readonly holds: (of: Judging, path: string) => boolean;
  readonly what: string;
}

const isPositive = (of: Judging, path: string) => numberAt(of, path) > 0;
const isTrue = (of: Judging, path: string) => fieldAt(of, path) === true;

/** By the words of the knob `require`. */
const REQUIREMENTS: Readonly<Record<string, Requirement>> = {
  memory: {
    path: `${LIMITS}.MemoryBytes`,
    holds: isPositive,
    what: "sets no limit of memory",
  },
  cpus: {
    path: `${LIMITS}.NanoCPUs`,
    holds: isPositive,
    what: "sets no limit of processors",
  },
  pids: {
    path: `${LIMITS}.Pids`,
    holds: isPositive,
    what: "sets no limit of processes",
  },
  user: {
    path: `${CONTAINER}.User`,
    holds: (of, path) => !ROOT.test(textOf(fieldAt(of, path))),
    what: "names no user other than root",
  },
  "read-only": {
    path: `${CONTAINER}.ReadOnly`,
    holds: isTrue,
    what: "does not make the root file system read-only",
  },
  "no-new-privileges": {
    path: `${CONTAINER}.Privileges.NoNewPrivileges`,
    holds: isTrue,
    what: "does not set no-new-privileges",
  },
  "drop-all": {
    path: `${CONTAINER}.CapabilityDrop`,
    holds: (of, path) =>
      listed(fieldAt(of, path)).some((one) =>
        capabilityName(textOf(one)) === "ALL"
      ),
    what: "does not drop ALL capabilities",
  },
};

function judgeRequired(of: Judging): void {
  for (const word of knobOf(of.collector.rules, "require").list) {
    const requirement = REQUIREMENTS[word];
    if (requirement === undefined) continue;
    const { path, holds, what } = requirement;
    if (!holds(of, path)) findWord(of.collector, "require", word, path, what);
  }
}

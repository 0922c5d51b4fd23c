/**
 * Judges the ceilings of a container, and what each container must set.
 *
 * @module
 */

import type { JsonValue } from "../json.ts";
import { find, knobOf } from "../rules.ts";
import type { Read } from "../schema/read.ts";
import {
  fieldAt,
  findWord,
  isCreation,
  type Judging,
  listed,
  numberAt,
  ROOT,
  textOf,
} from "./judging.ts";
import { capabilityName, securityOption } from "./security.ts";

const UNITS = "bkmgtp";
const NANO = 1e9;
/** Of CpuQuota, where CpuPeriod is not given, in microseconds. */
const PERIOD = 100_000;
/** Up to here the kernel's killer is told to prefer the container. */
const NEUTRAL_SCORE = 0;

/** A ceiling: `512m`, `2g`, `1.5` (units of 1024); NaN for another text. */
export function parseCeiling(text: string): number {
  const [, number, unit = "b"] =
    /^(\d+(?:\.\d+)?)\s*([bkmgtp])?(?:i?b)?$/i.exec(text.trim()) ?? [];
  return number === undefined
    ? NaN
    : Number(number) * 1024 ** UNITS.indexOf(unit.toLowerCase());
}

/** The ceiling of a knob as text; null where there is none. */
function ceilingOf({ collector }: Judging, knob: string): string | null {
  const { verdict, list } = knobOf(collector.rules, knob);
  return verdict === "allow" ? null : list[0] ?? null;
}

/** Adds a finding unless the ceiling covers the amount; Infinity is unlimited. */
function findOver(
  { collector }: Judging,
  knob: string,
  path: string,
  what: string,
  amount: number,
  remedy = "allow",
): void {
  find(
    collector,
    knob,
    path,
    what,
    remedy,
    (entry) => amount <= parseCeiling(entry),
  );
}

/** The places of the limits: at the root they count beside those of HostConfig, or in an update alone. */
function prefixes(of: Judging): readonly string[] {
  return isCreation(of) ? ["HostConfig.", ""] : [""];
}

/** Judges `ShmSize`. */
export function judgeShm(of: Judging, { path, value }: Read): void {
  const knob = "shm-max";
  const ceiling = ceilingOf(of, knob);
  if (ceiling === null) return;
  findOver(
    of,
    knob,
    path,
    `asks for more shared memory than ${ceiling}`,
    Number(value) < 0 ? Infinity : Number(value),
    String(value),
  );
}

/** Judges `OomScoreAdj`. */
export function judgeOomScore({ collector }: Judging, read: Read): void {
  if (Number(read.value) >= NEUTRAL_SCORE) return;
  find(
    collector,
    "oom",
    read.path,
    "makes the kernel kill the host's processes before it",
  );
}

/** Judges `OomKillDisable`. */
export function judgeOomKill({ collector }: Judging, read: Read): void {
  if (read.value !== true) return;
  find(
    collector,
    "oom",
    read.path,
    "keeps it running when its memory runs out",
  );
}

/** Judges the ceilings over all fields of a body. */
export function judgeCeilings(of: Judging): void {
  judgeMemory(of);
  judgeCpus(of);
  judgePids(of);
}

function judgeMemory(of: Judging): void {
  const knob = "memory-max";
  const ceiling = ceilingOf(of, knob);
  if (ceiling === null) return;
  const most = parseCeiling(ceiling);
  for (const prefix of prefixes(of)) {
    const memory = numberAt(of, `${prefix}Memory`);
    const swap = numberAt(of, `${prefix}MemorySwap`);
    const path = `${prefix}Memory`;
    if (memory > 0) {
      const what = `asks for more memory than ${ceiling}`;
      findOver(of, knob, path, what, memory, String(memory));
    } else if (memory < 0 || prefix !== "") findAbsent(of, knob, path, ceiling);
    // Where it is not given, it is twice the memory.
    if (swap === -1 || swap > 2 * most) {
      const what = `asks for more swap than goes with ${ceiling} of memory`;
      findOver(of, knob, `${prefix}MemorySwap`, what, Infinity);
    }
  }
}

function findAbsent(
  of: Judging,
  knob: string,
  path: string,
  ceiling: string,
): void {
  const what = `sets no limit (give one of at most ${ceiling})`;
  findOver(of, knob, path, what, Infinity);
}

function judgeCpus(of: Judging): void {
  const knob = "cpus-max";
  const ceiling = ceilingOf(of, knob);
  if (ceiling === null) return;
  const what = `asks for more processors than ${ceiling}`;
  for (const prefix of prefixes(of)) {
    const nano = numberAt(of, `${prefix}NanoCpus`);
    const quota = numberAt(of, `${prefix}CpuQuota`);
    const period = numberAt(of, `${prefix}CpuPeriod`);
    const path = `${prefix}NanoCpus`;
    const ofQuota = `${prefix}CpuQuota`;
    if (nano > 0) {
      findOver(of, knob, path, what, nano / NANO, String(nano / NANO));
    }
    if (!isCreation(of) && (quota === 0) !== (period === 0)) {
      // The other one stays as it is in the container.
      const alone = "changes one of CpuQuota and CpuPeriod alone (give both)";
      findOver(of, knob, ofQuota, alone, Infinity);
    } else if (quota > 0) {
      const cpus = quota / (period > 0 ? period : PERIOD);
      findOver(of, knob, ofQuota, what, cpus, String(cpus));
    } else if (quota < 0 || nano < 0 || prefix !== "" && nano === 0) {
      findAbsent(of, knob, path, ceiling);
    }
  }
}

function judgePids(of: Judging): void {
  const knob = "pids-max";
  const ceiling = ceilingOf(of, knob);
  if (ceiling === null) return;
  for (const prefix of prefixes(of)) {
    const path = `${prefix}PidsLimit`;
    const given = fieldAt(of, path);
    const pids = Number(given ?? 0);
    if (pids > 0) {
      const what = `asks for more processes than ${ceiling}`;
      findOver(of, knob, path, what, pids, String(pids));
    } else if (given !== null || prefix !== "") {
      findAbsent(of, knob, path, ceiling);
    }
  }
}

/** A word of the knob `require`: where it is given, whether it is, and what is wrong without it. */
interface Requirement {
  readonly path: string;
  readonly holds: (of: Judging) => boolean;
  readonly what: string;
}

const positive = (...paths: readonly string[]) => (of: Judging) =>
  paths.some((path) => numberAt(of, path) > 0);

const someText = (path: string, holds: (text: string) => boolean) =>
(
  of: Judging,
) => listed(fieldAt(of, path)).some((one: JsonValue) => holds(textOf(one)));

/** What is given at the body's root counts for older engines alone: it is required in HostConfig. */
const REQUIREMENTS: Readonly<Record<string, Requirement>> = {
  memory: {
    path: "HostConfig.Memory",
    holds: positive("HostConfig.Memory"),
    what: "sets no limit of memory",
  },
  cpus: {
    path: "HostConfig.NanoCpus",
    holds: positive("HostConfig.NanoCpus", "HostConfig.CpuQuota"),
    what: "sets no limit of processors",
  },
  pids: {
    path: "HostConfig.PidsLimit",
    holds: positive("HostConfig.PidsLimit"),
    what: "sets no limit of processes",
  },
  user: {
    path: "User",
    holds: (of) => !ROOT.test(textOf(fieldAt(of, "User"))),
    what: "names no user other than root",
  },
  "read-only": {
    path: "HostConfig.ReadonlyRootfs",
    holds: (of) => fieldAt(of, "HostConfig.ReadonlyRootfs") === true,
    what: "does not make the root file system read-only",
  },
  "no-new-privileges": {
    path: "HostConfig.SecurityOpt",
    holds: someText(
      "HostConfig.SecurityOpt",
      (text) => securityOption(text) === "no-new-privileges",
    ),
    what: "does not set no-new-privileges",
  },
  "drop-all": {
    path: "HostConfig.CapDrop",
    holds: someText(
      "HostConfig.CapDrop",
      (text) => capabilityName(text) === "ALL",
    ),
    what: "does not drop ALL capabilities",
  },
};

/** What an update must leave as it is required; where it says nothing, it does. */
const LIFTED: Readonly<Record<string, Requirement>> = {
  memory: {
    path: "Memory",
    holds: (of) => numberAt(of, "Memory") >= 0,
    what: "takes the limit of memory away",
  },
  cpus: {
    path: "CpuQuota",
    holds: (of) =>
      numberAt(of, "CpuQuota") >= 0 && numberAt(of, "NanoCpus") >= 0,
    what: "takes the limit of processors away",
  },
  pids: {
    path: "PidsLimit",
    holds: (of) => Number(fieldAt(of, "PidsLimit") ?? 1) > 0,
    what: "takes the limit of processes away",
  },
};

/** The words that the knob `require` takes. */
export const REQUIRED_WORDS: readonly string[] = Object.keys(REQUIREMENTS);

/** Judges what a creation must set, and an update may not take away. */
export function judgeRequired(of: Judging): void {
  const requirements = isCreation(of) ? REQUIREMENTS : LIFTED;
  for (const word of knobOf(of.collector.rules, "require").list) {
    const requirement = requirements[word];
    if (requirement === undefined || requirement.holds(of)) continue;
    const { path, what } = requirement;
    findWord(of.collector, "require", word, path, what);
  }
}

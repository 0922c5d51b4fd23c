/**
 * Judges the container that a request acts on: it must keep to the guard itself.
 *
 * @module
 */

import { shown } from "../json.ts";
import { type Collector, find, knobOf } from "../rules.ts";
import { describedRequest, judgeContainer } from "./container.ts";
import { judgeHostPath } from "./host_paths.ts";
import { at, listed, textOf } from "./judging.ts";
import { judgeVolume } from "./mounts.ts";
import { valuesOf } from "./places.ts";
import type { Described, GuardedRequest, GuardFacts } from "./request.ts";
import { guardWay } from "./rows.ts";

/** Operations that act on the container in their path, beside those whose way is `target`. */
const ALSO: ReadonlySet<string> = new Set([
  "container.start",
  "container.exec.create",
  "checkpoint.create",
]);

/** Operations that start an exec by its id. */
export const EXEC_STARTS: ReadonlySet<string> = new Set([
  "exec.start",
  "libpod.exec.start",
]);

/** The containers that a request names as what it acts on; those of an exec are known by its description. */
export function targetsOf(
  { operation, parameters, query }: GuardedRequest,
): readonly string[] {
  if (operation === "container.commit") return valuesOf(query, "container");
  if (EXEC_STARTS.has(operation)) return [];
  return guardWay(operation).kind === "target" || ALSO.has(operation)
    ? parameters.slice(0, 1)
    : [];
}

/**
 * Judges a container that a request acts on, by the engine's description. One
 * that is not there is refused: it could be made in the moment between.
 */
export function judgeTarget(
  collector: Collector,
  path: string,
  name: string,
  facts: GuardFacts,
): void {
  if (knobOf(collector.rules, "targets").verdict === "allow") return;
  const described = facts.containers.get(name) ?? null;
  const why = described === null
    ? "is not there"
    : outsideOf(collector, described, facts);
  if (why === null) return;
  const subject = `the container '${shown(name)}'`;
  find(
    collector,
    "targets",
    path,
    path === "" ? `${subject} ${why}` : `names ${subject}, which ${why}`,
  );
}

/** The volumes that a container mounts, those of other containers among them. */
export function mountedVolumes(
  described: NonNullable<Described>,
): readonly string[] {
  return listed(described["Mounts"]).flatMap((mount) => {
    const name = textOf(at(mount, "Name"));
    return at(mount, "Type") === "volume" && name !== "" ? [name] : [];
  });
}

/** Judges a volume that is mounted; one without a name of its own is in no list. */
function judgeMounted(
  collector: Collector,
  path: string,
  name: string,
  facts: GuardFacts,
): void {
  const inner: Collector = { ...collector, refused: [], warned: [] };
  judgeVolume(inner, path, name, facts);
  const isAnonymous = /^[0-9a-f]{64}$/.test(name);
  collector.refused.push(
    ...inner.refused.filter(({ knob }) => !isAnonymous || knob !== "volumes"),
  );
}

/** What puts a container outside of the guard; null for nothing. */
function outsideOf(
  { rules }: Collector,
  described: NonNullable<Described>,
  facts: GuardFacts,
): string | null {
  const request = describedRequest(described);
  if ("problem" in request) {
    return `cannot be judged: its description has a field that this release reads otherwise (${request.problem})`;
  }
  const inner: Collector = { rules, refused: [], warned: [] };
  judgeContainer(inner, request, facts, true);
  // What it mounts of other containers stands here alone.
  for (const [i, mount] of listed(described["Mounts"]).entries()) {
    if (at(mount, "Type") === "volume") {
      const name = textOf(at(mount, "Name"));
      if (name !== "") judgeMounted(inner, `Mounts[${i}].Name`, name, facts);
      continue;
    }
    if (at(mount, "Type") !== "bind") continue;
    const source = textOf(at(mount, "Source"));
    const readOnly = at(mount, "RW") === false;
    judgeHostPath(inner, `Mounts[${i}].Source`, source, readOnly);
  }
  const [first] = inner.refused;
  return first === undefined
    ? null
    : `is outside of the guard itself: ${first.path} ${first.what}`;
}

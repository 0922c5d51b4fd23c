/**
 * Judges all operations but the creation and update of containers.
 *
 * @module
 */

import { shown } from "../json.ts";
import { type Collector, find } from "../rules.ts";
import { judgeBuild } from "./builds.ts";
import { judgeCheckpoint, judgeFolderIn, judgeStart } from "./checkpoints.ts";
import { judgeCommit } from "./commit.ts";
import { containerNeeds } from "./container.ts";
import { describedRequest } from "./described_request.ts";
import { mountedVolumes } from "./described_mounts.ts";
import { execContainer, judgeExecCreate, judgeExecStart } from "./execs.ts";
import {
  judgeLoad,
  judgeNamedRegistry,
  judgePull,
  judgeQueriedRegistry,
  judgeTag,
} from "./image_calls.ts";
import { judgeImport } from "./imports.ts";
import { type Judging, listed, MAX_FINDINGS, textOf } from "./judging.ts";
import { volumeOfMount } from "./mounts.ts";
import { joinedContainer } from "./namespaces.ts";
import { isBuiltIn } from "./network_settings.ts";
import { judgeNetworkConnect, judgeNetworkCreate } from "./networks.ts";
import { refuse, valuesOf } from "./places.ts";
import type { GuardedRequest, GuardFacts } from "./request.ts";
import { EXEC_STARTS, guardWay } from "./rows.ts";
import { judgeService } from "./services.ts";
import { judgeStored } from "./swarm.ts";
import { judgeTarget, targetsOf } from "./targets.ts";
import { judgeVolumeCall } from "./volumes.ts";

/** The judges of the ways `body` and `query`, and of targets that are more. */
const JUDGES: Readonly<Record<string, (of: Judging) => void>> = {
  "container.exec.create": judgeExecCreate,
  "exec.start": judgeExecStart,
  "libpod.exec.start": judgeExecStart,
  "container.start": judgeStart,
  "container.commit": judgeCommit,
  "checkpoint.create": judgeCheckpoint,
  "checkpoint.list": judgeFolderIn("dir"),
  "checkpoint.delete": judgeFolderIn("dir"),
  "volume.create": judgeVolumeCall,
  "volume.update": judgeVolumeCall,
  "network.create": judgeNetworkCreate,
  "network.connect": judgeNetworkConnect,
  "service.create": judgeService,
  "service.update": judgeService,
  "secret.create": judgeStored,
  "secret.update": judgeStored,
  "config.create": judgeStored,
  "config.update": judgeStored,
  "image.build": judgeBuild,
  "image.pull": judgePull,
  "image.import": judgeImport,
  "image.load": judgeLoad,
  "image.tag": judgeTag,
  "image.push": judgeNamedRegistry,
  "distribution.inspect": judgeNamedRegistry,
  "image.search": judgeQueriedRegistry("term"),
  "plugin.privileges": judgeQueriedRegistry("remote"),
};

/** What is refused as a whole, by the knob that allows it. */
const WHOLE: Readonly<Record<string, string>> = {
  buildkit: "it builds by BuildKit, whose steps cannot be judged",
  registries: "it sends the engine to a registry that is not read",
  plugins: "it changes plugins, which are root on the host",
  swarm: "it changes the swarm, or shows what gives it away",
};

/** What must be asked of the engine: names as in the request, some more than once. */
export interface OtherNeeds {
  readonly containers: string[];
  readonly volumes: string[];
  readonly networks: string[];
  readonly execs: string[];
}

/**
 * What must be asked of the engine to judge a request.
 *
 * @param facts What is known already: a container that an exec runs in, and
 * what a target joins, are named by these alone. Ask again until nothing is new.
 */
export function otherNeeds(
  request: GuardedRequest,
  facts: GuardFacts | null = null,
): OtherNeeds {
  const needs: OtherNeeds = {
    containers: [...targetsOf(request)],
    volumes: [],
    networks: [],
    execs: [],
  };
  const { operation, parameters } = request;
  if (EXEC_STARTS.has(operation)) {
    const id = parameters[0] ?? "";
    needs.execs.push(id);
    const container = facts === null ? null : execContainer(id, facts);
    if (container !== null) needs.containers.push(container);
  }
  addNetworks(needs, request);
  addMounts(needs, request);
  if (facts !== null) addOfTargets(needs, facts);
  return needs;
}

function addNetworks(
  { networks, containers }: OtherNeeds,
  { operation, parameters, query, body }: GuardedRequest,
): void {
  const named = operation === "network.connect"
    ? parameters.slice(0, 1)
    : operation === "image.build"
    ? valuesOf(query, "networkmode")
    : [];
  const targets = (body?.fields ?? []).flatMap(({ field, value }) =>
    field.knob === "networks" && ["Target", "NetworkID"].includes(field.name)
      ? [textOf(value)]
      : []
  );
  for (const name of [...named, ...targets]) {
    const container = joinedContainer(name);
    if (container !== null) containers.push(container);
    else if (!isBuiltIn(name) && !name.includes(":")) networks.push(name);
  }
}

function addMounts(
  { volumes }: OtherNeeds,
  { operation, body }: GuardedRequest,
): void {
  if (operation !== "service.create" && operation !== "service.update") return;
  for (const { field, value } of body?.fields ?? []) {
    if (field.name !== "Mounts") continue;
    for (const mount of listed(value)) {
      const volume = volumeOfMount(mount);
      if (volume !== null) volumes.push(volume);
    }
  }
}

/** Adds what the descriptions of targets name. */
function addOfTargets(needs: OtherNeeds, facts: GuardFacts): void {
  // A target of `needs`, then what it joins: that joins nothing that counts.
  const targets = [...needs.containers];
  const joined = new Set<string>();
  for (const name of targets) {
    const described = facts.containers.get(name) ?? null;
    const request = described === null ? null : describedRequest(described);
    if (described === null || request === null || "problem" in request) {
      continue;
    }
    needs.volumes.push(...mountedVolumes(described));
    const { containers, volumes, networks } = containerNeeds(request);
    if (!joined.has(name)) {
      for (const one of containers) {
        if (targets.includes(one)) continue;
        joined.add(one);
        targets.push(one);
      }
      needs.containers.push(...containers);
    }
    needs.volumes.push(...volumes);
    needs.networks.push(...networks);
  }
}

/**
 * Judges a request. All findings are collected, at most `MAX_FINDINGS`.
 *
 * @param facts What the engine says of the names of {@link otherNeeds}.
 */
export function judgeOther(
  collector: Collector,
  request: GuardedRequest,
  facts: GuardFacts,
): void {
  const { operation } = request;
  const { kind, knob } = guardWay(operation);
  const of: Judging = {
    collector,
    request,
    facts,
    inspected: false,
    join: (path, name) => judgeTarget(collector, path, name, facts),
  };
  for (const name of targetsOf(request)) {
    judgeTarget(collector, "", name, facts);
  }
  if (Object.hasOwn(JUDGES, operation)) JUDGES[operation]!(of);
  else if (kind === "never") judgeWhole(collector, operation, knob);
  else if (kind === "body" || kind === "query") {
    refuse(collector, "", "it is not judged by this release");
  }
  collector.refused.splice(MAX_FINDINGS);
  collector.warned.splice(MAX_FINDINGS);
}

function judgeWhole(
  collector: Collector,
  operation: string,
  knob: string | null,
): void {
  if (knob !== null) return find(collector, knob, "", WHOLE[knob]!);
  const what = operation.startsWith("libpod.")
    ? "it is podman's own call, which cannot be judged (use Docker's API)"
    : `'${shown(operation)}' is not judged by this release`;
  refuse(collector, "", what);
}

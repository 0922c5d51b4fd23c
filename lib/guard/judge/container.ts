/**
 * Judges the creation of a container, its update, and the description of one
 * that is there.
 *
 * @module
 */

import { shown } from "../json.ts";
import { type Collector, find, type GuardRules } from "../rules.ts";
import type { Knob } from "../schema/table.ts";
import { MAX_NAMES, namesTooMany } from "./container_needs.ts";
import { judgeMountsOf } from "./described_mounts.ts";
import { describedRequest } from "./described_request.ts";
import { judgeHostPath } from "./host_paths.ts";
import {
  isFull,
  type Judge,
  type Judging,
  MAX_FINDINGS,
  textOf,
} from "./judging.ts";
import {
  judgeCeilings,
  judgeOomKill,
  judgeOomScore,
  judgeRequired,
  judgeShm,
} from "./limits.ts";
import {
  judgeAnonymous,
  judgeBinds,
  judgeMounts,
  judgeTmpfs,
  judgeVolumeDriver,
  judgeVolumesFrom,
} from "./mounts.ts";
import { judgeMode, judgeOldDefaults } from "./namespaces.ts";
import {
  judgeAddress,
  judgeAllPorts,
  judgeEndpointOptions,
  judgeEndpoints,
  judgeGateway,
  judgeNetworkId,
  judgeNetworkMode,
  judgeNoNetwork,
  judgePorts,
} from "./network_settings.ts";
import type { Described, GuardedRequest, GuardFacts } from "./request.ts";
import {
  judgeAnnotations,
  judgeCapabilities,
  judgeCgroupParent,
  judgeDeviceRules,
  judgeDevices,
  judgeIsolation,
  judgeMaskedPaths,
  judgePrivileged,
  judgeRuntime,
  judgeSecurityOptions,
  judgeStorage,
  judgeSysctls,
} from "./security.ts";
import {
  judgeAbsent,
  judgeEnvironment,
  judgeGroups,
  judgeHealthcheck,
  judgeLabels,
  judgeLogging,
  judgeLogOptions,
  judgeRestart,
  judgeUsedImage,
  judgeUser,
  listBy,
} from "./settings.ts";

export { containerNeeds } from "./container_needs.ts";
export { judgeMount } from "./mounts.ts";
export { judgeUnknown } from "./unknown.ts";

/** Widens nothing; or is judged with the list that it stands in, or with all fields at the end. */
const letBe: Judge = () => {};

/** Judges a path of the host that is given alone. */
const judgePathField: Judge = ({ collector }, { path, value }) =>
  judgeHostPath(collector, path, textOf(value), true, "names");

const ulimits = listBy("ulimits", "sets resource limits of its processes");
/** Podman shows its own of each container. */
const judgeUlimits: Judge = (of, read) => {
  if (!of.inspected) ulimits(of, read);
};

/** All of these names are let be. */
function allLetBe(names: string): Readonly<Record<string, Judge>> {
  return Object.fromEntries(names.split(" ").map((name) => [name, letBe]));
}

/**
 * The judges of the fields by knob and name: a field without one is refused. A
 * field has the same judge at the root, where older engines read it, and inside
 * of HostConfig.
 */
export const JUDGES: Readonly<
  Record<Knob, Readonly<Record<string, Judge>>>
> = {
  annotations: { Annotations: judgeAnnotations },
  binds: {
    Binds: judgeBinds,
    InitPath: judgePathField,
    ContainerIDFile: judgePathField,
  },
  blkio: {
    ...allLetBe("BlkioWeight Path Weight Rate"),
    ...Object.fromEntries(
      [
        "BlkioWeightDevice",
        "BlkioDeviceReadBps",
        "BlkioDeviceWriteBps",
        "BlkioDeviceReadIOps",
        "BlkioDeviceWriteIOps",
      ].map((name) => [
        name,
        listBy("blkio", "limits devices of the host by their paths"),
      ]),
    ),
  },
  capabilities: {
    CapAdd: judgeCapabilities,
    Capabilities: judgeCapabilities,
    CapDrop: letBe,
  },
  command: allLetBe("Cmd Entrypoint Shell OnBuild WorkingDir"),
  devices: {
    Devices: judgeDevices,
    DeviceRequests: judgeDeviceRules,
    DeviceCgroupRules: judgeDeviceRules,
    ...allLetBe("PathOnHost PathInContainer CgroupPermissions"),
    ...allLetBe("Driver Count DeviceIDs Capabilities Options"),
  },
  dns: allLetBe("Dns DnsOptions DnsSearch ExtraHosts"),
  env: {
    Env: judgeEnvironment,
    EnvMerge: judgeEnvironment,
    ...allLetBe("UnsetEnv UnsetEnvAll"),
  },
  free: {},
  healthcheck: { Healthcheck: letBe, Test: judgeHealthcheck },
  images: { Image: judgeUsedImage },
  labels: { Labels: judgeLabels },
  lifecycle: allLetBe("StopSignal StopTimeout AutoRemove Init"),
  limits: allLetBe(
    "Cpuset CpuShares Memory NanoCpus CpuPeriod CpuQuota CpuRealtimePeriod CpuRealtimeRuntime CpusetCpus CpusetMems KernelMemory KernelMemoryTCP MemoryReservation MemorySwap MemorySwappiness PidsLimit CpuCount CpuPercent IOMaximumIOps IOMaximumBandwidth",
  ),
  logging: { LogConfig: letBe, Config: judgeLogOptions, Type: judgeLogging },
  "masked-paths": {
    MaskedPaths: judgeMaskedPaths,
    ReadonlyPaths: judgeMaskedPaths,
  },
  mounts: {
    Mounts: judgeMounts,
    Tmpfs: judgeTmpfs,
    ...allLetBe("Type Source Target ReadOnly Subpath"),
    ...allLetBe("BindOptions VolumeOptions ImageOptions TmpfsOptions"),
    ...allLetBe("ClusterOptions Propagation NonRecursive CreateMountpoint"),
    ...allLetBe("ReadOnlyNonRecursive ReadOnlyForceRecursive"),
    ...allLetBe("SizeBytes Mode Options"),
  },
  namespaces: {
    CgroupnsMode: judgeMode,
    IpcMode: judgeMode,
    Cgroup: judgeMode,
    PidMode: judgeMode,
    UTSMode: judgeMode,
    UsernsMode: judgeMode,
  },
  networks: {
    NetworkMode: judgeNetworkMode,
    EndpointsConfig: judgeEndpoints,
    NetworkID: judgeNetworkId,
    DriverOpts: judgeEndpointOptions,
    MacAddress: judgeAddress,
    IPAddress: judgeAddress,
    GlobalIPv6Address: judgeAddress,
    IPv4Address: judgeAddress,
    IPv6Address: judgeAddress,
    LinkLocalIPs: judgeAddress,
    GwPriority: judgeGateway,
    ...allLetBe("IPAMConfig Links Aliases DNSNames"),
  },
  oom: { OomScoreAdj: judgeOomScore, OomKillDisable: judgeOomKill },
  ports: {
    PortBindings: judgePorts,
    PublishAllPorts: judgeAllPorts,
    ...allLetBe("HostIp HostPort"),
  },
  privileged: { Privileged: judgePrivileged },
  "read-only": { ReadonlyRootfs: letBe },
  restart: {
    RestartPolicy: judgeRestart,
    ...allLetBe("Name MaximumRetryCount"),
  },
  runtime: {
    Runtime: judgeRuntime,
    Isolation: judgeIsolation,
    CgroupParent: judgeCgroupParent,
  },
  "security-opt": { SecurityOpt: judgeSecurityOptions },
  shm: { ShmSize: judgeShm },
  storage: { StorageOpt: judgeStorage, DiskQuota: letBe },
  // A creation has none.
  swarm: {},
  sysctls: { Sysctls: judgeSysctls },
  ulimits: {
    Ulimits: judgeUlimits,
    ...allLetBe("Name Hard Soft"),
  },
  umask: { Umask: letBe },
  user: { User: judgeUser, GroupAdd: judgeGroups },
  volumes: {
    Volumes: judgeAnonymous,
    VolumeDriver: ({ collector }, { path, value }) =>
      judgeVolumeDriver(collector, path, textOf(value)),
    ...allLetBe("DriverConfig Name Options"),
  },
  "volumes-from": { VolumesFrom: judgeVolumesFrom },
};

/**
 * Judges the body of `container.create` or `container.update`. All findings are
 * collected, at most {@link MAX_FINDINGS}.
 *
 * @param facts What the engine says of the names of `containerNeeds()`.
 * @param inspected Whether the body is the description of a container that is
 * there, of which Config and HostConfig were made a creation's body.
 */
export function judgeContainer(
  collector: Collector,
  request: GuardedRequest,
  facts: GuardFacts,
  inspected: boolean,
): void {
  judgeBody({
    collector,
    request,
    facts,
    inspected,
    join: (path, name) => judgeJoined(collector, path, name, facts, inspected),
  });
}

function judgeBody(of: Judging): void {
  const { collector, request } = of;
  const { refused, warned } = collector;
  for (const read of request.body?.fields ?? []) {
    if (read.knob === "free") continue;
    const judges = JUDGES[read.knob];
    if (Object.hasOwn(judges, read.field.name)) {
      judges[read.field.name]!(of, read);
    } else {
      refused.push({
        knob: "fields",
        path: read.path,
        what: "is not judged by this release",
        remedy: "guard: none",
      });
    }
    if (isFull(collector)) break;
  }
  if (!of.inspected && namesTooMany(request)) {
    refused.push({
      knob: "targets",
      path: "HostConfig",
      what:
        `names more than ${MAX_NAMES} containers, volumes or networks, which are not all looked up`,
      remedy: "guard: none",
    });
  }
  judgeOldDefaults(of);
  judgeNoNetwork(of);
  judgeCeilings(of);
  judgeRequired(of);
  judgeAbsent(of);
  refused.splice(MAX_FINDINGS);
  warned.splice(MAX_FINDINGS);
}

/**
 * Judges a container that another one joins: it must keep to the guard itself.
 * What it joins in turn is not followed: it is refused for a namespace.
 */
function judgeJoined(
  collector: Collector,
  path: string,
  name: string,
  facts: GuardFacts,
  inspected: boolean,
): void {
  const described = facts.containers.get(name) ?? null;
  // What a container joined may be gone since then.
  if (described === null && inspected) return;
  const why = described === null
    ? "is not there; create it first"
    : whyOutside(collector.rules, described, facts, refuseInTurn);
  if (why === null) return;
  const what = `joins the container '${shown(name)}', which ${why}`;
  find(collector, "targets", path, what);
}

/** Its own Mounts show what a container mounts of others, not whose namespaces it has. */
function refuseInTurn(collector: Collector, path: string, name: string): void {
  if (path.includes("VolumesFrom[")) return;
  const what = `joins the container '${
    shown(name)
  }' in turn, which is not followed; join that one`;
  find(collector, "targets", path, what);
}

/**
 * What puts a container outside of the guard on which a request acts; null for
 * nothing. What it joins must keep to the guard, too.
 */
export function whyTargetOutside(
  rules: GuardRules,
  described: NonNullable<Described>,
  facts: GuardFacts,
): string | null {
  return whyOutside(
    rules,
    described,
    facts,
    (collector, path, name) => judgeJoined(collector, path, name, facts, true),
  );
}

/**
 * What puts a container that is there outside of the guard, by the engine's
 * description of it; null for nothing.
 *
 * @param join Judges a container that it joins.
 */
function whyOutside(
  rules: GuardRules,
  described: NonNullable<Described>,
  facts: GuardFacts,
  join: (collector: Collector, path: string, name: string) => void,
): string | null {
  const request = describedRequest(described);
  if ("problem" in request) {
    return `cannot be judged: its description has a field that this release reads otherwise (${request.problem})`;
  }
  const collector: Collector = { rules, refused: [], warned: [] };
  judgeBody({
    collector,
    request,
    facts,
    inspected: true,
    join: (path, name) => join(collector, path, name),
  });
  judgeMountsOf(collector, described, facts);
  const [first] = collector.refused;
  return first === undefined
    ? null
    : `is outside of the guard itself: ${first.path} ${first.what}`;
}

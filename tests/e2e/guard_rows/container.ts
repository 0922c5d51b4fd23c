/**
 * The rows of a container's own settings, and of `HostConfig`.
 *
 * @module
 */

import { hard, judged, neutral, no, notHere, ok, type Rows } from "./row.ts";

const INSIDE = "it acts inside of the container";
const LABEL = "labels-forbidden is empty at both levels";
const ENV = "env-forbidden is empty at both levels";
const LOOKUP = "names are looked up so inside of the container alone";
const ENDS = "it says how the container ends";
const LIMIT = "a limit binds the container alone; the ceilings are unset";
const PODMAN = "podman's own field";
const WINDOWS = "a field of Windows";
const OLD_ENGINE = "read by no engine from 20.10 on";
const NO_CONTROLLER = "the kernel has no such controller here";
/** A row that the schema itself calls free. */
const FIELD = "";

/** Fields of the body's root, which a commit has too. */
export const CONFIG: Rows = {
  Hostname: neutral(FIELD, ok("h")),
  Domainname: neutral(FIELD, ok("d")),
  User: judged(
    ok("1000"),
    hard("0", "require"),
    hard("root", "require"),
    hard("0:5", "require"),
    hard("00", "require"),
  ),
  AttachStdin: neutral(FIELD, ok(true)),
  AttachStdout: neutral(FIELD, ok(true)),
  AttachStderr: neutral(FIELD, ok(true)),
  ExposedPorts: neutral(FIELD, ok({ "80/tcp": {} })),
  Tty: neutral(FIELD, ok(true)),
  OpenStdin: neutral(FIELD, ok(true)),
  StdinOnce: neutral(FIELD, ok(true)),
  Env: neutral(ENV, ok(["A=b"])),
  Cmd: neutral(INSIDE, ok(["true"])),
  Healthcheck: neutral(INSIDE, ok({ Test: ["NONE"] })),
  "Healthcheck.Test": neutral(INSIDE, ok({ Test: ["CMD", "true"] })),
  "Healthcheck.Interval": neutral(FIELD, ok({ Interval: 1_000_000_000 })),
  "Healthcheck.Timeout": neutral(FIELD, ok({ Timeout: 1_000_000_000 })),
  "Healthcheck.StartPeriod": neutral(FIELD, ok({ StartPeriod: 1_000_000_000 })),
  "Healthcheck.StartInterval": neutral(
    FIELD,
    ok({ StartInterval: 1_000_000_000 }, { taken: "new" }),
  ),
  "Healthcheck.Retries": neutral(FIELD, ok({ Retries: 3 })),
  ArgsEscaped: neutral(FIELD, ok(true)),
  Image: judged(
    ok("sockwarden-test:1"),
    hard("sockwarden-other:1", "images"),
  ),
  Volumes: neutral(
    "a volume without a name is the container's own",
    ok({ "/v": {} }),
  ),
  WorkingDir: neutral(INSIDE, ok("/tmp")),
  Entrypoint: neutral(INSIDE, ok(["true"])),
  NetworkDisabled: neutral(FIELD, ok(true)),
  MacAddress: judged(
    hard("02:42:ac:11:00:02", "addresses", { taken: "old" }),
  ),
  OnBuild: neutral(INSIDE, ok(["RUN true"])),
  Labels: neutral(LABEL, ok({ a: "b" })),
  StopSignal: neutral(ENDS, ok("SIGINT")),
  StopTimeout: neutral(ENDS, ok(3)),
  Shell: neutral(INSIDE, ok(["/bin/sh"])),
};

/** Fields of the body's root that are in no structure of their own. */
export const CREATION: Rows = {
  HostConfig: neutral("its fields are judged"),
  NetworkingConfig: neutral("its fields are judged"),
  Cpuset: neutral(LIMIT, ok("0", { seen: null })),
  Name: notHere(PODMAN, ok("other")),
  EnvMerge: notHere(PODMAN, ok(["A=b"])),
  UnsetEnv: notHere(PODMAN, ok(["A"])),
  UnsetEnvAll: notHere(PODMAN, ok(true)),
};

const DEVICE = {
  PathOnHost: "/dev/null",
  PathInContainer: "/dev/x",
  CgroupPermissions: "rwm",
};
const GPU = {
  Driver: "",
  Count: -1,
  DeviceIDs: null,
  Capabilities: [["gpu"]],
  Options: {},
};
const THROTTLE = { Path: "/dev/null", Rate: 1024 };
const throttled = judged(hard([THROTTLE], "blkio"));
const ulimit = neutral(
  "ulimits is allowed at both levels",
  ok([{ Name: "nofile", Hard: 100, Soft: 100 }]),
);
const port = judged(
  ok({ "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "8080" }] }),
  hard({ "80/tcp": [{ HostIp: "0.0.0.0", HostPort: "8080" }] }, "ports"),
  hard({ "80/tcp": [{ HostIp: "", HostPort: "8080" }] }, "ports"),
);
const gpu = judged(no([GPU], "devices"));

/** Fields of `Resources` but those that an update ignores. */
export const RESOURCES: Rows = {
  CpuShares: neutral(LIMIT, ok(512)),
  Memory: judged(
    ok(67108864),
    hard(0, "require"),
  ),
  NanoCpus: neutral(LIMIT, ok(500_000_000)),
  BlkioWeight: notHere(NO_CONTROLLER, ok(500)),
  BlkioWeightDevice: notHere(
    NO_CONTROLLER,
    hard([{ Path: "/dev/null", Weight: 500 }], "blkio"),
  ),
  "BlkioWeightDevice.Path": notHere(
    NO_CONTROLLER,
    hard([{ Path: "/dev/null", Weight: 500 }], "blkio"),
  ),
  "BlkioWeightDevice.Weight": notHere(
    NO_CONTROLLER,
    hard([{ Path: "/dev/null", Weight: 500 }], "blkio"),
  ),
  BlkioDeviceReadBps: throttled,
  "BlkioDeviceReadBps.Path": throttled,
  "BlkioDeviceReadBps.Rate": throttled,
  BlkioDeviceWriteBps: throttled,
  "BlkioDeviceWriteBps.Path": throttled,
  "BlkioDeviceWriteBps.Rate": throttled,
  BlkioDeviceReadIOps: throttled,
  "BlkioDeviceReadIOps.Path": throttled,
  "BlkioDeviceReadIOps.Rate": throttled,
  BlkioDeviceWriteIOps: throttled,
  "BlkioDeviceWriteIOps.Path": throttled,
  "BlkioDeviceWriteIOps.Rate": throttled,
  CpuPeriod: neutral(LIMIT, ok(50_000)),
  CpuQuota: neutral(LIMIT, ok(50_000)),
  CpuRealtimePeriod: neutral(LIMIT, ok(1_000_000)),
  CpuRealtimeRuntime: neutral(LIMIT, ok(1000)),
  CpusetCpus: neutral(LIMIT, ok("0")),
  CpusetMems: neutral(LIMIT, ok("0")),
  KernelMemory: neutral(LIMIT, ok(67108864, { taken: "old" })),
  KernelMemoryTCP: neutral(LIMIT, ok(67108864, { taken: "old" })),
  MemoryReservation: neutral(LIMIT, ok(33554432)),
  MemorySwap: neutral(LIMIT, ok(134217728)),
  MemorySwappiness: neutral(LIMIT, ok(10)),
  OomKillDisable: judged(ok(false), no(true, "oom")),
  PidsLimit: judged(
    ok(50),
    hard(-1, "require", { seen: [null] }),
    hard(0, "require", { seen: [null] }),
  ),
  CpuCount: neutral(LIMIT, ok(1)),
  CpuPercent: notHere(WINDOWS, ok(1)),
  IOMaximumIOps: notHere(WINDOWS, ok(1)),
  IOMaximumBandwidth: notHere(WINDOWS, ok(1)),
  CgroupParent: judged(no("/other", "cgroup-parent")),
  Devices: judged(no([DEVICE], "devices")),
  "Devices.PathOnHost": judged(
    no([DEVICE], "devices"),
    no([{ ...DEVICE, PathOnHost: "/dev/./kmsg" }], "devices"),
  ),
  "Devices.PathInContainer": judged(no([DEVICE], "devices")),
  "Devices.CgroupPermissions": judged(no([DEVICE], "devices")),
  DeviceCgroupRules: judged(no(["a *:* rwm"], "devices")),
  DeviceRequests: gpu,
  "DeviceRequests.Driver": judged(
    no([{ Driver: "cdi", DeviceIDs: ["vendor.com/a=b"] }], "devices"),
  ),
  "DeviceRequests.Count": gpu,
  "DeviceRequests.DeviceIDs": judged(
    no([{ ...GPU, Count: 0, DeviceIDs: ["0"] }], "devices"),
  ),
  "DeviceRequests.Capabilities": gpu,
  "DeviceRequests.Options": judged(
    no([{ ...GPU, Options: { a: "b" } }], "devices"),
  ),
  DiskQuota: notHere("it is read by no engine any more", ok(1)),
  Ulimits: ulimit,
  "Ulimits.Name": ulimit,
  "Ulimits.Hard": ulimit,
  "Ulimits.Soft": ulimit,
};

/** The rest of `HostConfig`, but for what mounts. */
export const HOST: Rows = {
  ...RESOURCES,
  ContainerIDFile: judged(no("/tmp/id", "binds")),
  LogConfig: judged(
    ok({ Type: "json-file", Config: {} }),
    no({
      Type: "syslog",
      Config: { "syslog-address": "udp://127.0.0.1:514" },
    }, "logging"),
  ),
  "LogConfig.Type": judged(
    ok({ Type: "none", Config: {} }),
    no({ Type: "fluentd", Config: {} }, "logging"),
    no({ Type: "journald", Config: {} }, "logging"),
  ),
  "LogConfig.Config": judged(
    ok({ Type: "json-file", Config: { "max-size": "1m" } }),
    // Engines refuse it; podman writes the file.
    no({ Type: "json-file", Config: { path: "/etc/x" } }, "logging", {
      taken: "neither",
    }),
  ),
  NetworkMode: judged(
    ok("own"),
    ok("none"),
    no("host", "namespaces"),
    hard("bridge", "default-network", { taken: "both" }),
    hard("default", "default-network", { seen: ["default", "bridge"] }),
    hard("container:inside", "container-namespaces", { seen: null }),
    no("container:outside", "targets", { seen: null }),
    no("ns:/proc/1/ns/net", "namespaces"),
  ),
  PortBindings: port,
  "PortBindings.HostIp": port,
  "PortBindings.HostPort": judged(
    port.cases[0]!,
    hard({ "80/tcp": [{ HostIp: "", HostPort: "22" }] }, "ports"),
    hard({ "80/tcp": [{ HostIp: "", HostPort: "" }] }, "ports"),
  ),
  RestartPolicy: neutral(
    "restart is allowed at both levels",
    ok({ Name: "always", MaximumRetryCount: 0 }),
  ),
  "RestartPolicy.Name": neutral(
    "restart is allowed at both levels",
    ok({ Name: "unless-stopped" }),
  ),
  "RestartPolicy.MaximumRetryCount": neutral(
    "restart is allowed at both levels",
    ok({ Name: "on-failure", MaximumRetryCount: 3 }),
  ),
  AutoRemove: neutral(ENDS, ok(true)),
  ConsoleSize: neutral(FIELD, ok([10, 20])),
  Annotations: judged(
    no({ "run.oci.hooks": "x" }, "annotations", { taken: "new" }),
  ),
  CapAdd: judged(
    ok(["NET_BIND_SERVICE"], {
      seen: [["NET_BIND_SERVICE"], ["CAP_NET_BIND_SERVICE"]],
    }),
    hard(["CHOWN"], "capabilities", { seen: [["CHOWN"], ["CAP_CHOWN"]] }),
    no(["SYS_ADMIN"], "capabilities", {
      seen: [["SYS_ADMIN"], ["CAP_SYS_ADMIN"]],
    }),
    no(["cap_sys_ptrace"], "capabilities", {
      seen: [["cap_sys_ptrace"], ["CAP_SYS_PTRACE"]],
    }),
    no(["all"], "capabilities", { seen: [["all"], ["ALL"]] }),
    no(["NET_RAW"], "capabilities", { seen: [["NET_RAW"], ["CAP_NET_RAW"]] }),
    no(["CHOWN", "BPF"], "capabilities", { taken: "new", seen: null }),
  ),
  CapDrop: judged(
    ok(["ALL"]),
    hard(["NET_RAW"], "require", { seen: null }),
  ),
  Capabilities: notHere(
    "engines of 19.03 alone read it",
    no(["SYS_ADMIN"], "capabilities"),
  ),
  CgroupnsMode: judged(ok("private"), no("host", "namespaces")),
  Dns: neutral(LOOKUP, ok(["127.0.0.1"])),
  DnsOptions: neutral(LOOKUP, ok(["ndots:1"])),
  DnsSearch: neutral(LOOKUP, ok(["example.org"])),
  ExtraHosts: neutral(LOOKUP, ok(["a:127.0.0.1"])),
  GroupAdd: judged(hard(["0"], "groups"), hard(["docker"], "groups")),
  IpcMode: judged(
    ok("private"),
    ok("none"),
    no("host", "namespaces"),
    hard("shareable", "container-namespaces"),
    hard("container:inside", "container-namespaces", { seen: null }),
    no("container:outside", "targets", { seen: null }),
  ),
  Cgroup: judged(no("container:outside", "targets")),
  Links: neutral(
    "a link leads to what a network leads to",
    ok(["inside:i"], { seen: null }),
  ),
  OomScoreAdj: judged(ok(100), no(-500, "oom")),
  PidMode: judged(
    no("host", "namespaces"),
    hard("container:inside", "container-namespaces", { seen: null }),
    no("container:outside", "targets", { seen: null }),
  ),
  Privileged: judged(ok(false), no(true, "privileged")),
  PublishAllPorts: judged(ok(false), hard(true, "ports")),
  ReadonlyRootfs: neutral("it narrows", ok(true), ok(false)),
  SecurityOpt: judged(
    ok(["no-new-privileges"]),
    ok(["no-new-privileges", "label=level:s0:c1"]),
    no(["no-new-privileges=false"], "security-opt"),
    no(["seccomp=unconfined"], "security-opt"),
    no(["seccomp:unconfined"], "security-opt"),
    no(['seccomp={"defaultAction":"SCMP_ACT_ALLOW"}'], "security-opt"),
    no(["apparmor=unconfined"], "security-opt"),
    no(["label=disable"], "security-opt"),
    no(["label:type:spc_t"], "security-opt"),
    no(["systempaths=unconfined"], "security-opt", { taken: "neither" }),
    no(["writable-cgroups=true"], "security-opt", { taken: "new" }),
  ),
  StorageOpt: judged(
    no({ "dm.basesize": "1g" }, "storage", { taken: "new" }),
    ok({ size: "1g" }, { taken: "new" }),
  ),
  UTSMode: judged(no("host", "namespaces")),
  UsernsMode: judged(no("host", "namespaces")),
  ShmSize: neutral("shm-max is unset", ok(1048576)),
  Sysctls: judged(
    ok({ "net.ipv4.tcp_syncookies": "1" }),
    no({ "kernel.msgmax": "1" }, "sysctls"),
    no({ "net.ipv4.conf.all.forwarding": "1" }, "sysctls"),
  ),
  Runtime: judged(
    ok("runc"),
    no("other", "runtimes", { taken: "neither" }),
    no("io.containerd.other.v1", "runtimes", { taken: "new" }),
  ),
  Umask: neutral(INSIDE, ok(18, { taken: "new" })),
  Isolation: judged(
    ok("default"),
    no("hyperv", "runtimes", { taken: "neither" }),
  ),
  MaskedPaths: judged(
    no([], "masked-paths"),
    no(["/proc/kcore"], "masked-paths"),
  ),
  ReadonlyPaths: judged(
    no([], "masked-paths"),
    no(["/proc/sys"], "masked-paths"),
  ),
  Init: neutral(INSIDE, ok(true)),
  InitPath: notHere(OLD_ENGINE, no("/sbin/init", "binds")),
};

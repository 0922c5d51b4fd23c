/**
 * The levels beside Kubernetes' Pod Security Standards, and beside ordinary
 * bodies of clients.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { JsonValue } from "../../../lib/guard/json.ts";
import { host, type OwnKnobs, refused } from "./judging.ts";

type Config = Readonly<Record<string, JsonValue>>;

/** The controls of *baseline*: what breaks each, and what does not. */
const BASELINE: readonly [
  control: string,
  forbidden: readonly Config[],
  allowed: readonly Config[],
][] = [
  ["Host Namespaces", [
    { NetworkMode: "host" },
    { PidMode: "host" },
    { IpcMode: "host" },
  ], [{ NetworkMode: "front", PidMode: "", IpcMode: "private" }]],
  ["Privileged Containers", [{ Privileged: true }], [{ Privileged: false }]],
  [
    "Capabilities",
    ["ALL", "NET_ADMIN", "NET_RAW", "SYS_ADMIN", "SYS_PTRACE"].map((one) => ({
      CapAdd: [one],
    })),
    [
      "AUDIT_WRITE",
      "CHOWN",
      "DAC_OVERRIDE",
      "FOWNER",
      "FSETID",
      "KILL",
      "MKNOD",
      "NET_BIND_SERVICE",
      "SETFCAP",
      "SETGID",
      "SETPCAP",
      "SETUID",
      "SYS_CHROOT",
    ].map((one) => ({ CapAdd: [one] })),
  ],
  ["HostPath Volumes", [
    { Binds: ["/a:/a"] },
    { Mounts: [{ Type: "bind", Source: "/a", Target: "/a" }] },
  ], [{ Binds: ["a:/a"], Tmpfs: { "/b": "" } }]],
  ["AppArmor", [{ SecurityOpt: ["apparmor=unconfined"] }], [{
    SecurityOpt: ["apparmor=docker-default"],
  }]],
  [
    "SELinux",
    ["label=type:spc_t", "label=user:root", "label=role:r", "label=disable"]
      .map((one) => ({ SecurityOpt: [one] })),
    [
      "label=type:container_t",
      "label:type:container_init_t",
      "label=type:container_kvm_t",
      "label=type:container_engine_t",
      "label=level:s0:c1,c2",
    ].map((one) => ({ SecurityOpt: [one] })),
  ],
  ["/proc Mount Type", [{ MaskedPaths: [] }, { ReadonlyPaths: [] }], [{
    MaskedPaths: null,
  }]],
  ["Seccomp", [{ SecurityOpt: ["seccomp=unconfined"] }], [{
    SecurityOpt: ["seccomp=builtin"],
  }]],
  [
    "Sysctls",
    ["kernel.msgmax", "net.ipv4.ip_forward", "vm.swappiness"].map((one) => ({
      Sysctls: { [one]: "1" },
    })),
    [
      "kernel.shm_rmid_forced",
      "net.ipv4.ip_local_port_range",
      "net.ipv4.ip_unprivileged_port_start",
      "net.ipv4.tcp_syncookies",
      "net.ipv4.ping_group_range",
      "net.ipv4.ip_local_reserved_ports",
      "net.ipv4.tcp_keepalive_time",
      "net.ipv4.tcp_fin_timeout",
      "net.ipv4.tcp_keepalive_intvl",
      "net.ipv4.tcp_keepalive_probes",
    ].map((one) => ({ Sysctls: { [one]: "1" } })),
  ],
];

for (const [control, forbidden, allowed] of BASELINE) {
  Deno.test(`standard holds the control '${control}' of baseline`, () => {
    for (const config of forbidden) {
      assertEquals([config, refused(host(config)).length], [config, 1]);
    }
    for (const config of allowed) {
      assertEquals([config, refused(host(config))], [config, []]);
    }
  });
}

const STRICT: OwnKnobs = { images: ["app"] };
/** What `strict` passes. */
const RESTRICTED = {
  Image: "app",
  User: "1000",
  HostConfig: {
    NetworkMode: "front",
    Memory: 2 ** 28,
    PidsLimit: 100,
    CapDrop: ["ALL"],
    CapAdd: ["NET_BIND_SERVICE"],
    SecurityOpt: ["no-new-privileges"],
    Binds: ["data:/d"],
    PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "8080" }] },
  },
};
const restricted = (config: Config, root: Config = {}) =>
  refused({
    ...RESTRICTED,
    ...root,
    HostConfig: { ...RESTRICTED.HostConfig, ...config },
  }, { level: "strict", knobs: STRICT });

Deno.test("strict passes what restricted asks for", () => {
  assertEquals(restricted({}), []);
});

/** What breaks `strict`, and the finding. */
const BREACHES: readonly [Config, Config, string][] = [
  [{ SecurityOpt: [] }, {}, "require HostConfig.SecurityOpt"],
  [{}, { User: "0" }, "require User"],
  [{}, { User: "" }, "require User"],
  [{ CapDrop: null }, {}, "require HostConfig.CapDrop"],
  [{ CapDrop: ["CHOWN"] }, {}, "require HostConfig.CapDrop"],
  [{ CapAdd: ["CHOWN"] }, {}, "capabilities HostConfig.CapAdd[0]"],
  [{ Binds: ["/srv:/a"] }, {}, "binds HostConfig.Binds[0]"],
  [{ Memory: 0 }, {}, "require HostConfig.Memory"],
  [{ PidsLimit: null }, {}, "require HostConfig.PidsLimit"],
  [{ NetworkMode: "" }, {}, "default-network HostConfig.NetworkMode"],
  [
    { PortBindings: { "80/tcp": [{ HostPort: "80" }] } },
    {},
    'ports HostConfig.PortBindings["80/tcp"][0]',
  ],
  [{ GroupAdd: ["5"] }, {}, "groups HostConfig.GroupAdd[0]"],
  [{}, { Image: "other" }, "images Image"],
  [
    { VolumesFrom: [] },
    { MacAddress: "02:42:ac:11:00:02" },
    "addresses MacAddress",
  ],
];

for (const [config, root, finding] of BREACHES) {
  Deno.test(`strict refuses ${JSON.stringify({ ...root, ...config })}`, () => {
    assertEquals(restricted(config, root), [finding]);
  });
}

/** As `docker run` and Compose send them. */
const ORDINARY: readonly [string, JsonValue][] = [
  ["docker run", {
    Hostname: "",
    User: "",
    AttachStdout: true,
    Tty: false,
    Env: null,
    Cmd: ["sh"],
    Image: "busybox",
    Volumes: {},
    WorkingDir: "",
    Entrypoint: null,
    Labels: {},
    HostConfig: {
      Binds: null,
      ContainerIDFile: "",
      LogConfig: { Type: "", Config: {} },
      NetworkMode: "default",
      PortBindings: {},
      RestartPolicy: { Name: "no", MaximumRetryCount: 0 },
      AutoRemove: false,
      VolumeDriver: "",
      VolumesFrom: null,
      ConsoleSize: [24, 80],
      CapAdd: null,
      CapDrop: null,
      CgroupnsMode: "",
      Dns: [],
      DnsOptions: [],
      DnsSearch: [],
      ExtraHosts: null,
      GroupAdd: null,
      IpcMode: "",
      Cgroup: "",
      Links: null,
      OomScoreAdj: 0,
      PidMode: "",
      Privileged: false,
      PublishAllPorts: false,
      ReadonlyRootfs: false,
      SecurityOpt: null,
      UTSMode: "",
      UsernsMode: "",
      ShmSize: 0,
      Isolation: "",
      CpuShares: 0,
      Memory: 0,
      NanoCpus: 0,
      CgroupParent: "",
      BlkioWeight: 0,
      BlkioWeightDevice: [],
      BlkioDeviceReadBps: [],
      Devices: [],
      DeviceCgroupRules: null,
      DeviceRequests: null,
      MemorySwappiness: -1,
      OomKillDisable: false,
      PidsLimit: 0,
      Ulimits: [],
      MaskedPaths: null,
      ReadonlyPaths: null,
    },
    NetworkingConfig: { EndpointsConfig: { default: {} } },
  }],
  ["Compose", {
    Hostname: "db",
    Env: ["POSTGRES_PASSWORD=x"],
    ExposedPorts: { "5432/tcp": {} },
    Healthcheck: { Test: ["CMD-SHELL", "pg_isready"], Interval: 1e10 },
    Image: "postgres:16",
    Labels: {
      "com.docker.compose.project": "app",
      "com.docker.compose.service": "db",
    },
    HostConfig: {
      Binds: ["app_data:/var/lib/postgresql/data:rw"],
      Mounts: [
        { Type: "volume", Source: "app_more", Target: "/m", VolumeOptions: {} },
        { Type: "tmpfs", Target: "/tmp", TmpfsOptions: { SizeBytes: 1 << 20 } },
      ],
      LogConfig: { Type: "json-file", Config: { "max-size": "10m" } },
      NetworkMode: "app_default",
      PortBindings: { "5432/tcp": [{ HostIp: "", HostPort: "5432" }] },
      RestartPolicy: { Name: "unless-stopped" },
      CapDrop: ["ALL"],
      CapAdd: ["CHOWN", "SETUID", "SETGID"],
      SecurityOpt: ["no-new-privileges:true"],
      ExtraHosts: ["host.docker.internal:host-gateway"],
      ReadonlyRootfs: true,
      Init: true,
      Ulimits: [{ Name: "nofile", Soft: 1024, Hard: 4096 }],
      ShmSize: 1 << 27,
    },
    NetworkingConfig: {
      EndpointsConfig: {
        app_default: {
          IPAMConfig: null,
          Links: null,
          Aliases: ["db", "app-db-1"],
          MacAddress: "",
          DriverOpts: null,
          GwPriority: 0,
          NetworkID: "",
          IPAddress: "",
          DNSNames: null,
        },
      },
    },
  }],
];

for (const [client, body] of ORDINARY) {
  Deno.test(`an ordinary creation of ${client} passes under standard`, () => {
    const networks = { app_default: { Name: "app_default", Driver: "bridge" } };
    const volumes = { app_data: { Driver: "local", Options: null } };
    assertEquals(refused(body, { networks, volumes, version: 147 }), []);
  });
}

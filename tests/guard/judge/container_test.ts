import { assert, assertEquals } from "@std/assert";
import type { JsonValue } from "../../../lib/guard/json.ts";
import {
  containerNeeds,
  JUDGES,
  judgeUnknown,
} from "../../../lib/guard/judge/container.ts";
import { MAX_FINDINGS } from "../../../lib/guard/judge/judging.ts";
import { tables } from "../../../lib/guard/schema/operations.ts";
import { parseType } from "../../../lib/guard/schema/table.ts";
import type { Type } from "../../../lib/guard/schema/table.ts";
import {
  type Case,
  collectorOf,
  host,
  judged,
  type OwnKnobs,
  refused,
  requestOf,
} from "./judging.ts";

type Config = Readonly<Record<string, JsonValue>>;

/** A HostConfig; what `standard` refuses in it without the prefix `HostConfig.`; the knobs that allow it. */
const STANDARD: readonly [
  config: Config,
  refused: readonly string[],
  allowed: OwnKnobs,
][] = [
  [{ Privileged: true }, ["privileged Privileged"], { privileged: "allow" }],
  [{ Binds: ["/srv//a/./:/x:ro"] }, ["binds Binds[0]"], {
    binds: ["/srv/a:ro"],
  }],
  [{ Binds: ["/etc:/x", "data:/y", "/srv:/z:rw"] }, [
    "binds Binds[0]",
    "binds Binds[2]",
  ], { binds: ["/etc", "/srv/**"] }],
  [{ Binds: ["/a:/a:rshared"] }, ["binds Binds[0]", "propagation Binds[0]"], {
    binds: ["/a"],
    propagation: "allow",
  }],
  [{
    Mounts: [
      { Type: "volume", Source: "data", Target: "/x,source=/" },
      { Type: "volume", Source: "data", Consistency: 'a"b' },
      { Type: "volume", VolumeOptions: { Subpath: "a\nb" } },
    ],
  }, [
    "binds Mounts[0].Target",
    "binds Mounts[1].Consistency",
    "binds Mounts[2].VolumeOptions.Subpath",
  ], { binds: "allow" }],
  [{
    LogConfig: { Type: "json-file", Config: { "max-size": "1m", Path: "/x" } },
  }, [
    'logging LogConfig.Config["Path"]',
  ], { logging: "allow" }],
  [{ LogConfig: { Config: { "driver=syslog": "" } } }, [
    'logging LogConfig.Config["driver=syslog"]',
  ], { logging: "allow" }],
  [{ Binds: ["/srv/a/link/..:/x"] }, ["binds Binds[0]"], { binds: "allow" }],
  [{ NetworkMode: "app,lan" }, ["network-drivers NetworkMode"], {
    "network-drivers": "allow",
  }],
  [{ Binds: ["./a:/a", "~/b:/b"] }, ["binds Binds[0]", "binds Binds[1]"], {
    binds: "allow",
  }],
  [{ Binds: ["data:/a:U"] }, ["binds Binds[0]"], { binds: "allow" }],
  [{ Mounts: [{ Type: "bind", Source: "/etc/", Target: "/x" }] }, [
    "binds Mounts[0].Source",
  ], { binds: ["/etc"] }],
  [{ Mounts: [null, { Type: "BIND", Source: "/" }] }, [
    "binds Mounts[0].Type",
    "binds Mounts[1].Type",
  ], { binds: "allow" }],
  [{
    Mounts: [{
      Type: "bind",
      Source: "/a",
      BindOptions: { Propagation: "slave" },
    }],
  }, [
    "propagation Mounts[0].BindOptions.Propagation",
    "binds Mounts[0].Source",
  ], { binds: ["/a"], propagation: "allow" }],
  [{
    Mounts: [{
      Type: "volume",
      Target: "/x",
      VolumeOptions: {
        DriverConfig: {
          Name: "nfs",
          Options: { type: "none", o: "bind", device: "/etc" },
        },
      },
    }],
  }, [
    "volume-drivers Mounts[0].VolumeOptions.DriverConfig.Name",
    "volume-options Mounts[0].VolumeOptions.DriverConfig.Options",
  ], { "volume-drivers": ["nfs"], "volume-options": "allow" }],
  [{ Mounts: [{ Type: "cluster", Source: "a" }] }, ["swarm Mounts[0].Source"], {
    swarm: "allow",
  }],
  [{ Mounts: [{ Type: "npipe", Source: "\\\\.\\pipe\\docker" }] }, [
    "binds Mounts[0].Source",
  ], { binds: ["\\\\.\\pipe\\docker"] }],
  [{ Mounts: [{ Type: "volume", Source: "/etc" }] }, [
    "binds Mounts[0].Source",
  ], { binds: ["/etc"] }],
  [{ InitPath: "/bin/init" }, ["binds InitPath"], { binds: ["/bin/init"] }],
  [{ ContainerIDFile: "/tmp/id" }, ["binds ContainerIDFile"], {
    binds: ["/tmp/id"],
  }],
  [{ VolumeDriver: "rexray" }, ["volume-drivers VolumeDriver"], {
    "volume-drivers": ["rexray"],
  }],
  [{ Devices: [{ PathOnHost: "/dev//sda" }, null] }, [
    "devices Devices[0].PathOnHost",
    "devices Devices[1].PathOnHost",
  ], { devices: ["/dev/sda", ""] }],
  [{ DeviceRequests: [{ Count: -1 }], DeviceCgroupRules: ["a *:* rwm"] }, [
    "devices DeviceRequests[0]",
    "devices DeviceCgroupRules[0]",
  ], { devices: "allow" }],
  [{ CapAdd: ["cap_sys_admin", "ALL", "CHOWN"] }, [
    "capabilities CapAdd[0]",
    "capabilities CapAdd[1]",
  ], { capabilities: ["ALL"] }],
  [{ CapAdd: ["Net_Admin"] }, ["capabilities CapAdd[0]"], {
    capabilities: ["CAP_NET_ADMIN"],
  }],
  [{ Capabilities: ["BPF"] }, ["capabilities Capabilities[0]"], {
    capabilities: ["BPF"],
  }],
  [{
    SecurityOpt: [
      "seccomp:unconfined",
      "apparmor=unconfined",
      "label=disable",
      "no-new-privileges:true",
      "no-new-privileges=false",
    ],
  }, [
    "security-opt SecurityOpt[0]",
    "security-opt SecurityOpt[1]",
    "security-opt SecurityOpt[2]",
    "security-opt SecurityOpt[4]",
  ], {
    "security-opt": [
      "seccomp=unconfined",
      "apparmor:unconfined",
      "label=disable",
      "no-new-privileges",
      "no-new-privileges=false",
    ],
  }],
  [{ SecurityOpt: ['seccomp={"defaultAction":"SCMP_ACT_ALLOW"}'] }, [
    "security-opt SecurityOpt[0]",
  ], { "security-opt": "allow" }],
  [{ MaskedPaths: [], ReadonlyPaths: ["/proc/bus"] }, [
    "masked-paths MaskedPaths",
    "masked-paths ReadonlyPaths",
  ], { "masked-paths": "allow" }],
  [
    {
      PidMode: "host",
      IpcMode: "host",
      UTSMode: "host",
      UsernsMode: "host",
      CgroupnsMode: "host",
      NetworkMode: "host",
    },
    [
      "namespaces PidMode",
      "namespaces IpcMode",
      "namespaces UTSMode",
      "namespaces UsernsMode",
      "namespaces CgroupnsMode",
      "namespaces NetworkMode",
    ],
    { namespaces: ["pid", "ipc", "uts", "user", "cgroup", "net"] },
  ],
  [{ PidMode: "ns:/proc/1/ns/pid", NetworkMode: "ns:/run/netns/a" }, [
    "namespaces PidMode",
    "namespaces NetworkMode",
  ], { namespaces: "allow" }],
  [{ IpcMode: "Host" }, ["namespaces IpcMode"], { namespaces: "allow" }],
  [{ Sysctls: { "kernel.core_pattern": "|/x" } }, [
    'sysctls Sysctls["kernel.core_pattern"]',
  ], { sysctls: ["kernel.core_pattern"] }],
  [{ Runtime: "kata", Isolation: "hyperv" }, [
    "runtimes Runtime",
    "runtimes Isolation",
  ], { runtimes: ["kata", "hyperv"] }],
  [{ CgroupParent: "/system.slice" }, ["cgroup-parent CgroupParent"], {
    "cgroup-parent": "allow",
  }],
  [{ Annotations: { "run.oci.hooks": "x" } }, [
    'annotations Annotations["run.oci.hooks"]',
  ], { annotations: ["run.oci.hooks"] }],
  [{ LogConfig: { Type: "syslog" } }, ["logging LogConfig.Type"], {
    logging: ["syslog"],
  }],
  [{ StorageOpt: { size: "1g", "dm.basesize": "1" } }, [
    'storage StorageOpt["dm.basesize"]',
  ], { storage: ["size", "dm.basesize"] }],
  [{ OomScoreAdj: -500, OomKillDisable: true }, [
    "oom OomScoreAdj",
    "oom OomKillDisable",
  ], { oom: "allow" }],
];

for (const [config, findings, allowed] of STANDARD) {
  Deno.test(`standard refuses ${JSON.stringify(config)}, in HostConfig and at the root, unless its knobs allow it`, () => {
    const inside = findings.map((one) => one.replace(" ", " HostConfig."));
    assertEquals(refused(host(config)), inside);
    assertEquals(refused({ Image: "app", ...config }), [...findings]);
    assertEquals(refused(host(config), { knobs: allowed }), []);
    assertEquals(refused({ Image: "app", ...config }, { knobs: allowed }), []);
  });
}

Deno.test("all findings are told, each with what allows it", () => {
  const { refused } = judged(host({
    Privileged: true,
    Binds: ["/srv/data:/d:ro"],
    CapAdd: ["sys_admin"],
  }));
  assertEquals(
    refused.map(({ path, what, remedy }) => `${path} ${what}: ${remedy}`),
    [
      "HostConfig.Privileged gives it all rights of the host's root: privileged: allow",
      "HostConfig.Binds[0] mounts the host's path '/srv/data', read-only: binds: [/srv/data:ro]",
      "HostConfig.CapAdd[0] adds the capability 'SYS_ADMIN': capabilities: [SYS_ADMIN]",
    ],
  );
});

Deno.test("no more findings are told than a message holds", () => {
  const Binds = Array.from({ length: 100 }, (_, i) => `/p${i}:/x`);
  assertEquals(judged(host({ Binds })).refused.length, MAX_FINDINGS);
  const unknown = Binds.map((_, i) => `New${i}`);
  const collector = collectorOf();
  judgeUnknown(collector, { unknown });
  assertEquals(collector.refused.length, MAX_FINDINGS);
});

Deno.test("a knob at warn warns and refuses nothing", () => {
  const { refused, warned } = judged(host({ Privileged: true }), {
    knobs: { privileged: "warn" },
  });
  assertEquals([refused.length, warned.map(({ knob }) => knob)], [0, [
    "privileged",
  ]]);
});

Deno.test("each field that a table of containers has is judged, or let be by name", () => {
  const missing: string[] = [];
  const seen = new Set<string>();
  const visit = (type: Type) => {
    if (type.kind === "pointer") return visit(type.to);
    if (type.kind === "list" || type.kind === "map") return visit(type.of);
    if (type.kind !== "struct" || seen.has(type.name)) return;
    seen.add(type.name);
    for (
      const { name, knob, type: inner } of tables().get(type.name)!.values()
    ) {
      if (knob !== "free" && !Object.hasOwn(JUDGES[knob], name)) {
        missing.push(`${type.name}.${name}`);
      }
      visit(inner);
    }
  };
  visit(parseType("ContainerCreate"));
  visit(parseType("ContainerUpdate"));
  assert(seen.has("TmpfsOptions"));
  assertEquals(missing, []);
});

Deno.test("unknown fields are refused by their places without indexes, unless they are named", () => {
  const body = requestOf({
    Odd: 1,
    HostConfig: { Brolly: "x", Mounts: [{ Type: "tmpfs", New: 1 }] },
    NetworkingConfig: { EndpointsConfig: { "a]b": { "x y": 2 } } },
  }).body!;
  const strict = collectorOf();
  judgeUnknown(strict, body);
  assertEquals(strict.refused.map(({ remedy }) => remedy), [
    "fields: [Odd]",
    "fields: [HostConfig.Brolly]",
    "fields: [HostConfig.Mounts.New]",
    'fields: ["NetworkingConfig.EndpointsConfig[\\"x y\\"]"]',
  ]);
  const fields = [
    "Odd",
    "HostConfig.Brolly",
    "HostConfig.Mounts.New",
    'NetworkingConfig.EndpointsConfig["x y"]',
  ];
  const lax = collectorOf({ fields });
  judgeUnknown(lax, body);
  assertEquals(lax.refused, []);
});

Deno.test("a path with .. is refused though a list has where it seems to lead", () => {
  assertEquals(
    refused(host({ Binds: ["/srv/a/link/..:/x"] }), {
      knobs: { binds: ["/srv/a", "/srv/**"] },
    }),
    ["binds HostConfig.Binds[0]"],
  );
});

Deno.test("a container that joins another one's namespace may not be joined, since whose it is is not followed", () => {
  const containers = (HostConfig: JsonValue) => ({
    a: { Config: { Image: "app", Env: [] }, HostConfig, Mounts: [] },
  });
  const body = host({ PidMode: "container:a" });
  assertEquals(refused(body, { containers: containers({}) }), []);
  for (const field of ["PidMode", "NetworkMode"]) {
    const config = { [field]: "container:b" };
    assertEquals(refused(body, { containers: containers(config) }), [
      "targets HostConfig.PidMode",
    ]);
  }
  assertEquals(
    refused(body, { containers: containers({ VolumesFrom: ["b"] }) }),
    [],
  );
});

Deno.test("options of a memory file system count in its path too, as podman reads them", () => {
  assertEquals(
    refused(host({ Tmpfs: { "/x:exec": "", "/y": "size=1m" } }), {
      knobs: { "tmpfs-options": "deny" },
    }),
    ['tmpfs-options HostConfig.Tmpfs["/x:exec"]'],
  );
});

Deno.test("a forbidden label is found in a key with =, as podman reads it", () => {
  assertEquals(
    refused({ Image: "app", Labels: { "role=admin": "", ours: "role" } }, {
      knobs: { "labels-forbidden": ["role"] },
    }),
    ['labels-forbidden Labels["role=admin"]'],
  );
});

Deno.test("containerNeeds() names what a creation joins and mounts", () => {
  assertEquals(
    containerNeeds(requestOf({
      Volumes: { "/anonymous": {}, "named:/x": {} },
      Binds: ["rooted:/x"],
      HostConfig: {
        Binds: ["/etc:/e", "data:/d:ro", "/only"],
        Mounts: [{ Type: "volume", Source: "vol" }, {
          Type: "bind",
          Source: "/x",
        }],
        VolumesFrom: ["one:ro"],
        PidMode: "container:/two",
        NetworkMode: "front",
      },
      NetworkingConfig: {
        EndpointsConfig: { back: { NetworkID: "abc" }, bridge: {} },
      },
    })),
    {
      containers: ["one", "two"],
      volumes: ["named", "rooted", "data", "vol"],
      networks: ["front", "back", "abc"],
    },
  );
});

Deno.test("a creation that names more than what is looked up is refused", () => {
  const Binds = (count: number) =>
    host({ Binds: Array.from({ length: count }, (_, i) => `v${i}:/v${i}`) });
  assertEquals(refused(Binds(64)), []);
  assertEquals(refused(Binds(65)), ["targets HostConfig"]);
  assertEquals(containerNeeds(requestOf(Binds(1000))).volumes.length, 65);
  const same = host({ Binds: Array(100).fill("v:/v") });
  assertEquals(refused(same), []);
});

Deno.test("containerNeeds() names no volume that is none to an engine", () => {
  const Mounts = ["/etc", "a b", "", "data"].map((Source) => ({
    Type: "volume",
    Source,
    Target: "/d",
  }));
  assertEquals(containerNeeds(requestOf(host({ Mounts }))).volumes, ["data"]);
});

Deno.test("an update is judged by the same limits, without what a creation requires", () => {
  const of: Case = {
    operation: "container.update",
    level: "strict",
    knobs: {
      "memory-max": "512m",
      "cpus-max": "1.5",
      "pids-max": "100",
      restart: ["no"],
    },
  };
  assertEquals(refused({ Memory: 1 << 28 }, of), []);
  assertEquals(
    refused({
      Memory: 1 << 30,
      MemorySwap: -1,
      CpuQuota: 50000,
      PidsLimit: 0,
      RestartPolicy: { Name: "always" },
      BlkioDeviceReadBps: [{ Path: "/dev/sda", Rate: 1 }],
    }, of),
    [
      "restart RestartPolicy.Name",
      "blkio BlkioDeviceReadBps",
      "memory-max Memory",
      "memory-max MemorySwap",
      "cpus-max CpuQuota",
      "pids-max PidsLimit",
      "require PidsLimit",
    ],
  );
});

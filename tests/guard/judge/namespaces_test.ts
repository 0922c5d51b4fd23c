import { assertEquals, assertStringIncludes } from "@std/assert";
import type { JsonValue } from "../../../lib/guard/json.ts";
import type { Described } from "../../../lib/guard/judge/request.ts";
import { type Case, host, judged, refused } from "./judging.ts";

/** What an engine says of a container that has nothing of its own. */
const PLAIN: NonNullable<Described> = {
  Id: "abc",
  Config: { Image: "app", User: "", Env: ["A=b"], Labels: {} },
  HostConfig: {
    NetworkMode: "bridge",
    IpcMode: "private",
    // As on a host with cgroup v1.
    CgroupnsMode: "host",
    Runtime: "runc",
    LogConfig: { Type: "journald", Config: {} },
    MaskedPaths: ["/proc/acpi", "/proc/kcore", "/sys/firmware"],
    ReadonlyPaths: ["/proc/bus", "/proc/sys", "/proc/sysrq-trigger"],
    Devices: [],
    Ulimits: null,
    ConsoleSize: [0, 0],
  },
  Mounts: [],
};

const JOIN = host({
  PidMode: "container:db",
  NetworkMode: "container:/db",
  VolumesFrom: ["db:ro"],
});
const PLACES = [
  "HostConfig.PidMode",
  "HostConfig.NetworkMode",
  "HostConfig.VolumesFrom[0]",
];

Deno.test("joins of a container that keeps to the guard pass under standard", () => {
  assertEquals(refused(JOIN, { containers: { db: PLAIN } }), []);
});

Deno.test("the knobs of joins refuse them", () => {
  const knobs = { "container-namespaces": "deny", "volumes-from": "deny" };
  assertEquals(refused(JOIN, { containers: { db: PLAIN }, knobs }), [
    "container-namespaces HostConfig.PidMode",
    "container-namespaces HostConfig.NetworkMode",
    "volumes-from HostConfig.VolumesFrom[0]",
  ]);
});

Deno.test("joins of a container that is not there are refused", () => {
  const absent: Record<string, Described>[] = [{}, { db: null }];
  for (const containers of absent) {
    const { refused } = judged(JOIN, { containers });
    assertEquals(refused.map(({ knob, path }) => [knob, path]), [
      ...PLACES.map((path) => ["targets", path]),
    ]);
    assertStringIncludes(refused[0]!.what, "create it first");
  }
});

for (
  const [name, described] of [
    ["is privileged", { ...PLAIN, HostConfig: { Privileged: true } }],
    ["binds /etc", { ...PLAIN, HostConfig: { Binds: ["/etc:/x"] } }],
    ["unmasks /proc", { ...PLAIN, HostConfig: { MaskedPaths: [] } }],
    ["masks little", {
      ...PLAIN,
      HostConfig: { MaskedPaths: ["/proc/acpi"] },
    }],
    ["mounts what a third one mounts of the host", {
      ...PLAIN,
      Mounts: [{ Type: "bind", Source: "/etc", RW: false }],
    }],
    ["cannot be read", { ...PLAIN, HostConfig: { Memory: "x" } }],
  ] as [string, Described][]
) {
  Deno.test(`joins of a container that ${name} are refused by 'targets'`, () => {
    const containers = { db: described };
    const all = PLACES.map((path) => `targets ${path}`);
    assertEquals(refused(JOIN, { containers }), all);
    const knobs = { targets: "allow" };
    assertEquals(refused(JOIN, { containers, knobs }), []);
  });
}

Deno.test("the message of a join says what is wrong with the other container", () => {
  const containers = { db: { HostConfig: { Privileged: true } } };
  assertEquals(
    judged(host({ IpcMode: "container:db" }), { containers }).refused[0]!.what,
    "joins the container 'db', which is outside of the guard itself: HostConfig.Privileged gives it all rights of the host's root",
  );
});

Deno.test("a joined container that has another one's namespace is outside: its joins are not followed", () => {
  const described = { ...PLAIN, HostConfig: { PidMode: "container:third" } };
  const found = refused(JOIN, { containers: { db: described } });
  assertEquals(
    new Set(found.map((one) => one.split(" ")[0])),
    new Set(["targets"]),
  );
});

Deno.test("an engine's own defaults pass in a description", () => {
  const { Config, HostConfig } = PLAIN;
  const body = { ...Config as object, HostConfig: HostConfig! };
  assertEquals(refused(body, { inspected: true, version: 124 }), []);
  // In a creation they are chosen.
  assertEquals(refused(body), [
    "namespaces HostConfig.CgroupnsMode",
    "logging HostConfig.LogConfig.Type",
    "masked-paths HostConfig.MaskedPaths",
    "masked-paths HostConfig.ReadonlyPaths",
  ]);
});

for (
  const [reason, knob] of [
    [{ Privileged: true }, { privileged: "allow" }],
    [{ PidMode: "host" }, { namespaces: ["pid"] }],
    [{ IpcMode: "host" }, { namespaces: ["ipc"] }],
  ] as [Record<string, JsonValue>, Case["knobs"]][]
) {
  Deno.test(
    `the label that an engine takes from a container passes with its reason: ${
      JSON.stringify(reason)
    }`,
    () => {
      const body = host({ ...reason, SecurityOpt: ["label=disable"] });
      assertEquals(refused(body, { inspected: true, knobs: knob! }), []);
      // Where the reason is not allowed, it is what is told.
      assertEquals(refused(body, { inspected: true }).length, 1);
      // In a creation it is chosen, and without a reason too.
      const found = ["security-opt HostConfig.SecurityOpt[0]"];
      assertEquals(refused(body, { knobs: knob! }), found);
      const alone = host({ SecurityOpt: ["label=disable"] });
      assertEquals(refused(alone, { inspected: true, knobs: knob! }), found);
    },
  );
}

Deno.test("what podman shows of each container passes in a description", () => {
  const body = host({
    Runtime: "oci",
    IpcMode: "shareable",
    PidMode: "private",
    UTSMode: "private",
    NetworkMode: "front",
    CgroupParent: "machine.slice",
    MaskedPaths: null,
    CapDrop: ["AUDIT_WRITE", "MKNOD", "NET_RAW"],
    Ulimits: [{ Name: "RLIMIT_NOFILE", Hard: 1048576, Soft: 1048576 }],
  });
  const knobs = { ulimits: "deny", "container-namespaces": "deny" };
  assertEquals(refused(body, { inspected: true, knobs }), []);
  assertEquals(refused(body, { knobs }), [
    "runtimes HostConfig.Runtime",
    "container-namespaces HostConfig.IpcMode",
    "cgroup-parent HostConfig.CgroupParent",
    "ulimits HostConfig.Ulimits",
  ]);
});

Deno.test("old versions of the API are judged by what they make of modes that are absent", () => {
  const body = host({ NetworkMode: "front" });
  const shared = (of: Case) =>
    refused(body, of).filter((one) => /Mode/.test(one));
  const cgroup = "namespaces HostConfig.CgroupnsMode";
  assertEquals(shared({ version: 141 }), []);
  assertEquals(shared({}), []);
  assertEquals(shared({ version: 140 }), [cgroup]);
  assertEquals(shared({ version: 139 }), [cgroup]);
  assertEquals(shared({ version: 139, level: "strict" }), [
    "container-namespaces HostConfig.IpcMode",
    cgroup,
  ]);
  const given = host({ IpcMode: "none", CgroupnsMode: "private" });
  assertEquals(refused(given, { version: 139 }), []);
  // Newer engines do not read the root.
  const root = { Image: "app", IpcMode: "none", CgroupnsMode: "private" };
  assertEquals(refused(root, { version: 139 }), [cgroup]);
  const [finding] = judged(body, { version: 140 }).refused;
  assertStringIncludes(finding!.what, "use API 1.41, or CgroupnsMode=private");
  assertEquals(finding!.remedy, "namespaces: [cgroup]");
});

Deno.test("an IPC namespace that others may join is refused by strict alone", () => {
  const body = host({ IpcMode: "shareable", NetworkMode: "front" });
  const of = (level: "standard" | "strict") =>
    refused(body, { level }).filter((one) => one.includes("IpcMode"));
  assertEquals(of("standard"), []);
  assertEquals(of("strict"), ["container-namespaces HostConfig.IpcMode"]);
});

Deno.test("podman's private modes pass", () => {
  assertEquals(
    refused(host({
      PidMode: "private",
      UTSMode: "private",
      UsernsMode: "keep-id:uid=1000",
      NetworkMode: "none",
    })),
    [],
  );
});

Deno.test("a joined container's volumes are judged, those of containers that are gone too", () => {
  const described = {
    ...PLAIN,
    Mounts: [{ Type: "volume", Name: "trap", Destination: "/x", RW: true }],
  };
  const trap = { Name: "trap", Driver: "local", Options: { device: "/etc" } };
  const found = (volume: object) =>
    refused(JOIN, {
      containers: { db: described },
      volumes: { trap: volume as NonNullable<Described> },
    });
  assertEquals(found({ ...trap, Options: null }), []);
  assertEquals(found(trap)[0]?.split(" ")[0], "targets");
});

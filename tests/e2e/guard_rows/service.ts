/**
 * The rows of a service.
 *
 * @module
 */

import type { JsonObject } from "../../../lib/guard/json.ts";
import { MOUNTS } from "./mounts.ts";
import {
  hard,
  judged,
  loosely,
  neutral,
  no,
  notHere,
  ok,
  type Row,
  type Rows,
} from "./row.ts";

const FIELD = "";
const INSIDE = "it acts inside of the container";
const ENDS = "it says how the container ends";
const LIMIT = "a limit binds the container alone; the ceilings are unset";
const LOOKUP = "names are looked up so inside of the container alone";
const LABEL = "labels-forbidden is empty at both levels";
const RESTART = "restart is allowed at both levels";
const PLACE = "where a task runs gives it nothing";
const FILES = "a file in the container; whose it is, scopes say";
const NO_GOAL = "replicas-max is unset";

const ulimits = neutral(
  "ulimits is allowed at both levels",
  ok([{ Name: "nofile", Hard: 100, Soft: 100 }], { taken: "both" }),
);
const selinux = (name: string, value: string): Row =>
  judged(no({ SELinuxContext: { [name]: value } }, "security-opt"));
const secret = (file: JsonObject): JsonObject[] => [
  { SecretID: "@SECRET", SecretName: "secret", File: file },
];
const config = (file: JsonObject): JsonObject[] => [
  { ConfigID: "@CONFIG", ConfigName: "config", File: file },
];
const FILE = { Name: "f", UID: "0", GID: "0", Mode: 292 };

/** `TaskTemplate.ContainerSpec`; `@SECRET` and `@CONFIG` stand for ids. */
export const CONTAINER_SPEC: Rows = {
  Image: judged(
    ok("sockwarden-test:1", { seen: null }),
    hard("sockwarden-other:1", "images", { seen: null }),
  ),
  Labels: neutral(LABEL, ok({ a: "b" })),
  Command: neutral(INSIDE, ok(["true"])),
  Args: neutral(INSIDE, ok(["a"])),
  Hostname: neutral(FIELD, ok("h")),
  Env: neutral("env-forbidden is empty", ok(["A=b"])),
  Dir: neutral(INSIDE, ok("/tmp")),
  User: judged(ok("1000"), hard("0", "require")),
  Groups: judged(hard(["0"], "groups")),
  Privileges: judged(
    ok({ NoNewPrivileges: true }, { seen: null }),
    no({ SELinuxContext: { Disable: true } }, "security-opt"),
  ),
  "Privileges.CredentialSpec": judged(
    no({ CredentialSpec: { File: "f" } }, "security-opt"),
  ),
  "Privileges.CredentialSpec.Config": judged(
    no({ CredentialSpec: { Config: "c" } }, "security-opt", {
      taken: "neither",
    }),
  ),
  "Privileges.CredentialSpec.File": judged(
    no({ CredentialSpec: { File: "f" } }, "security-opt"),
  ),
  "Privileges.CredentialSpec.Registry": judged(
    no({ CredentialSpec: { Registry: "r" } }, "security-opt"),
  ),
  "Privileges.SELinuxContext": judged(
    no({ SELinuxContext: { Disable: true } }, "security-opt"),
  ),
  "Privileges.SELinuxContext.Disable": judged(
    no({ SELinuxContext: { Disable: true } }, "security-opt"),
  ),
  "Privileges.SELinuxContext.User": selinux("User", "u"),
  "Privileges.SELinuxContext.Role": selinux("Role", "r"),
  "Privileges.SELinuxContext.Type": selinux("Type", "spc_t"),
  "Privileges.SELinuxContext.Level": neutral(
    "a level of its own parts it from others",
    ok({ NoNewPrivileges: true, SELinuxContext: { Level: "s0" } }, {
      seen: [{ SELinuxContext: { Level: "s0" } }],
    }),
  ),
  "Privileges.Seccomp": judged(
    no({ Seccomp: { Mode: "unconfined" } }, "security-opt", { taken: "new" }),
  ),
  "Privileges.Seccomp.Mode": judged(
    ok({ NoNewPrivileges: true, Seccomp: { Mode: "default" } }, {
      taken: "new",
    }),
    no({ Seccomp: { Mode: "unconfined" } }, "security-opt", { taken: "new" }),
  ),
  "Privileges.Seccomp.Profile": judged(
    no({ Seccomp: { Mode: "custom", Profile: "e30=" } }, "security-opt", {
      taken: "new",
    }),
  ),
  "Privileges.AppArmor": judged(
    no({ AppArmor: { Mode: "disabled" } }, "security-opt", { taken: "new" }),
  ),
  "Privileges.AppArmor.Mode": judged(
    ok({ NoNewPrivileges: true, AppArmor: { Mode: "default" } }, {
      taken: "new",
    }),
    no({ AppArmor: { Mode: "disabled" } }, "security-opt", { taken: "new" }),
  ),
  "Privileges.NoNewPrivileges": judged(
    ok({ NoNewPrivileges: true }, { taken: "new" }),
    hard({ NoNewPrivileges: false }, "require", { seen: null }),
  ),
  Init: neutral(INSIDE, ok(true)),
  StopSignal: neutral(ENDS, ok("SIGINT")),
  TTY: neutral(FIELD, ok(true)),
  OpenStdin: neutral(FIELD, ok(true)),
  ReadOnly: neutral("it narrows", ok(true)),
  ...Object.fromEntries(
    Object.entries(MOUNTS).map(([place, row]) => [place, loosely(row)]),
  ),
  StopGracePeriod: neutral(ENDS, ok(1_000_000_000)),
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
  Hosts: neutral(LOOKUP, ok(["127.0.0.1 a"])),
  DNSConfig: neutral(LOOKUP, ok({ Nameservers: ["127.0.0.1"] })),
  "DNSConfig.Nameservers": neutral(LOOKUP, ok({ Nameservers: ["127.0.0.1"] })),
  "DNSConfig.Search": neutral(LOOKUP, ok({ Search: ["example.org"] })),
  "DNSConfig.Options": neutral(LOOKUP, ok({ Options: ["ndots:1"] })),
  Secrets: neutral(FILES, ok(secret(FILE))),
  "Secrets.File": neutral(FILES, ok(secret(FILE))),
  "Secrets.File.Name": neutral(FILES, ok(secret(FILE))),
  "Secrets.File.UID": neutral(FILES, ok(secret({ ...FILE, UID: "1" }))),
  "Secrets.File.GID": neutral(FILES, ok(secret({ ...FILE, GID: "1" }))),
  "Secrets.File.Mode": neutral(FILES, ok(secret({ ...FILE, Mode: 256 }))),
  "Secrets.SecretID": neutral(FILES, ok(secret(FILE))),
  "Secrets.SecretName": neutral(FILES, ok(secret(FILE))),
  Configs: neutral(FILES, ok(config(FILE))),
  "Configs.File": neutral(FILES, ok(config(FILE))),
  "Configs.File.Name": neutral(FILES, ok(config(FILE))),
  "Configs.File.UID": neutral(FILES, ok(config({ ...FILE, UID: "1" }))),
  "Configs.File.GID": neutral(FILES, ok(config({ ...FILE, GID: "1" }))),
  "Configs.File.Mode": neutral(FILES, ok(config({ ...FILE, Mode: 256 }))),
  "Configs.Runtime": neutral(
    "it is read with a credential spec, which is judged",
    ok([{ ConfigID: "@CONFIG", ConfigName: "config", Runtime: {} }], {
      seen: null,
    }),
  ),
  "Configs.ConfigID": neutral(FILES, ok(config(FILE))),
  "Configs.ConfigName": neutral(FILES, ok(config(FILE))),
  Isolation: judged(
    ok("default"),
    no("hyperv", "runtimes"),
  ),
  Sysctls: judged(
    ok({ "net.ipv4.tcp_syncookies": "1" }),
    no({ "kernel.msgmax": "1" }, "sysctls"),
  ),
  CapabilityAdd: judged(
    ok(["CAP_NET_BIND_SERVICE"]),
    hard(["CAP_CHOWN"], "capabilities"),
    no(["CAP_SYS_ADMIN"], "capabilities"),
    no(["ALL"], "capabilities"),
  ),
  CapabilityDrop: judged(
    ok(["ALL"]),
    hard(["CAP_NET_RAW"], "require", { seen: null }),
  ),
  Ulimits: ulimits,
  "Ulimits.Name": ulimits,
  "Ulimits.Hard": ulimits,
  "Ulimits.Soft": ulimits,
  OomScoreAdj: judged(
    ok(100, { taken: "new" }),
    no(-500, "oom", { taken: "new" }),
  ),
};

const generic = (key: string, value: JsonObject): JsonObject => ({
  [key]: { GenericResources: [value] },
});
const NAMED = { NamedResourceSpec: { Kind: "gpu", Value: "0" } };
const DISCRETE = { DiscreteResourceSpec: { Kind: "gpu", Value: 1 } };
const LIMITED = { MemoryBytes: 67108864, Pids: 50 };

function genericRows(key: string): Rows {
  // Swarm keeps those of reservations alone.
  const taken = key === "Limits" ? "neither" : "both";
  const named = judged(no(generic(key, NAMED), "devices", { taken }));
  const discrete = judged(no(generic(key, DISCRETE), "devices", { taken }));
  const place = `${key}.GenericResources`;
  return {
    [place]: discrete,
    [`${place}.NamedResourceSpec`]: named,
    [`${place}.NamedResourceSpec.Kind`]: named,
    [`${place}.NamedResourceSpec.Value`]: named,
    [`${place}.DiscreteResourceSpec`]: discrete,
    [`${place}.DiscreteResourceSpec.Kind`]: discrete,
    [`${place}.DiscreteResourceSpec.Value`]: discrete,
  };
}

/** `TaskTemplate.Resources`. */
export const RESOURCES: Rows = {
  Limits: judged(
    ok(LIMITED, { seen: null }),
    hard({ NanoCPUs: 1_000_000 }, "require"),
  ),
  "Limits.NanoCPUs": neutral(LIMIT, ok({ ...LIMITED, NanoCPUs: 1_000_000 })),
  "Limits.MemoryBytes": judged(
    ok(LIMITED),
    hard({ Pids: 50 }, "require", { seen: null }),
  ),
  "Limits.Pids": judged(
    ok(LIMITED, { taken: "both" }),
    hard({ MemoryBytes: 67108864 }, "require", { seen: null }),
  ),
  Reservations: neutral(LIMIT, ok({ NanoCPUs: 1_000_000 })),
  "Reservations.NanoCPUs": neutral(LIMIT, ok({ NanoCPUs: 1_000_000 })),
  "Reservations.MemoryBytes": neutral(LIMIT, ok({ MemoryBytes: 8388608 })),
  SwapBytes: neutral(LIMIT, ok(67108864, { taken: "any" })),
  MemorySwappiness: neutral(LIMIT, ok(10, { taken: "new" })),
};

/** Those of `TaskTemplate.Resources` whose value is the whole of it. */
export const GENERIC: Rows = Object.fromEntries(
  Object.entries({ ...genericRows("Limits"), ...genericRows("Reservations") })
    .map(([place, row]) => [`Resources.${place}`, row]),
);

const PLUGIN = {
  Name: "p",
  Remote: "sockwarden-other:1",
  Privileges: [{ Name: "network", Description: "d", Value: ["host"] }],
  Disabled: true,
  Env: ["A=b"],
};
const plugin = notHere(
  "a plugin's service has no container",
  no(PLUGIN, "plugins"),
);
const attached = judged(no({ ContainerID: "c" }, "swarm", {
  taken: "neither",
}));

/** The rest of `TaskTemplate`. */
export const TASK: Rows = {
  ContainerSpec: neutral("its fields are judged"),
  ...Object.fromEntries(
    [
      "",
      ".name",
      ".remote",
      ".privileges",
      ".privileges.name",
      ".privileges.description",
      ".privileges.value",
      ".disabled",
      ".env",
    ].map((place) => [`PluginSpec${place}`, plugin]),
  ),
  NetworkAttachmentSpec: attached,
  "NetworkAttachmentSpec.ContainerID": attached,
  Resources: neutral("its fields are judged"),
  ...GENERIC,
  RestartPolicy: neutral(RESTART, ok({ Condition: "any" })),
  "RestartPolicy.Condition": neutral(RESTART, ok({ Condition: "none" })),
  "RestartPolicy.Delay": neutral(RESTART, ok({ Delay: 1_000_000_000 })),
  "RestartPolicy.MaxAttempts": neutral(RESTART, ok({ MaxAttempts: 2 })),
  "RestartPolicy.Window": neutral(RESTART, ok({ Window: 1_000_000_000 })),
  Placement: neutral(PLACE, ok({ Constraints: ["node.role==worker"] })),
  "Placement.Constraints": neutral(
    PLACE,
    ok({ Constraints: ["node.role==worker"] }),
  ),
  "Placement.Preferences": neutral(
    PLACE,
    ok({ Preferences: [{ Spread: { SpreadDescriptor: "node.labels.a" } }] }),
  ),
  "Placement.Preferences.Spread": neutral(
    PLACE,
    ok({ Preferences: [{ Spread: { SpreadDescriptor: "node.labels.a" } }] }),
  ),
  "Placement.Preferences.Spread.SpreadDescriptor": neutral(
    PLACE,
    ok({ Preferences: [{ Spread: { SpreadDescriptor: "node.labels.a" } }] }),
  ),
  "Placement.MaxReplicas": neutral(PLACE, ok({ MaxReplicas: 1 })),
  "Placement.Platforms": neutral(
    PLACE,
    ok({ Platforms: [{ Architecture: "x86_64", OS: "linux" }] }),
  ),
  "Placement.Platforms.Architecture": neutral(
    PLACE,
    ok({ Platforms: [{ Architecture: "x86_64" }] }),
  ),
  "Placement.Platforms.OS": neutral(
    PLACE,
    ok({ Platforms: [{ OS: "linux" }] }),
  ),
  Networks: judged(
    ok([{ Target: "@SWARMED" }]),
    no([{ Target: "host" }], "namespaces", { seen: null }),
  ),
  "Networks.Target": judged(
    ok([{ Target: "@SWARMED" }]),
    no([{ Target: "host" }], "namespaces", { seen: null }),
  ),
  "Networks.Aliases": neutral(
    "a name in a network that may be joined",
    ok([{ Target: "@SWARMED", Aliases: ["a"] }]),
  ),
  "Networks.DriverOpts": judged(
    no([{ Target: "@SWARMED", DriverOpts: { a: "b" } }], "network-options"),
  ),
  LogDriver: judged(
    ok({ Name: "json-file", Options: { "max-size": "1m" } }),
    no({ Name: "syslog" }, "logging"),
  ),
  "LogDriver.Name": judged(
    ok({ Name: "none" }),
    no({ Name: "gelf" }, "logging"),
  ),
  "LogDriver.Options": neutral(
    "they are the driver's, which is judged",
    ok({ Name: "json-file", Options: { "max-size": "1m" } }),
  ),
  ForceUpdate: neutral(FIELD, ok(2)),
  Runtime: judged(
    ok("container"),
    no("plugin", "plugins", { taken: "neither" }),
    no("attachment", "swarm", { taken: "neither" }),
  ),
};

const updates = (name: string): Rows => ({
  [name]: neutral(FIELD, ok({ Parallelism: 1 })),
  [`${name}.Parallelism`]: neutral(FIELD, ok({ Parallelism: 2 })),
  [`${name}.Delay`]: neutral(FIELD, ok({ Delay: 1_000_000_000 })),
  [`${name}.FailureAction`]: neutral(FIELD, ok({ FailureAction: "continue" })),
  [`${name}.Monitor`]: neutral(FIELD, ok({ Monitor: 1_000_000_000 })),
  [`${name}.MaxFailureRatio`]: neutral(FIELD, ok({ MaxFailureRatio: 0.5 })),
  [`${name}.Order`]: neutral(FIELD, ok({ Order: "start-first" })),
});
const PORT = {
  Name: "p",
  Protocol: "tcp",
  TargetPort: 80,
  PublishedPort: 8080,
  PublishMode: "host",
};
const ports = judged(hard({ Ports: [PORT] }, "ports"));

/** The root of a service's specification. */
export const SERVICE: Rows = {
  Name: neutral(FIELD, ok("row")),
  Labels: neutral(LABEL, ok({ a: "b" })),
  TaskTemplate: neutral("its fields are judged"),
  Mode: neutral(NO_GOAL, ok({ Replicated: { Replicas: 0 } })),
  "Mode.Replicated": neutral(NO_GOAL, ok({ Replicated: { Replicas: 0 } })),
  "Mode.Replicated.Replicas": neutral(
    NO_GOAL,
    ok({ Replicated: { Replicas: 1 } }),
  ),
  "Mode.Global": neutral(NO_GOAL, ok({ Global: {} })),
  "Mode.ReplicatedJob": neutral(
    NO_GOAL,
    ok({ ReplicatedJob: { MaxConcurrent: 1, TotalCompletions: 1 } }),
  ),
  "Mode.ReplicatedJob.MaxConcurrent": neutral(
    NO_GOAL,
    ok({ ReplicatedJob: { MaxConcurrent: 1, TotalCompletions: 1 } }),
  ),
  "Mode.ReplicatedJob.TotalCompletions": neutral(
    NO_GOAL,
    ok({ ReplicatedJob: { MaxConcurrent: 1, TotalCompletions: 2 } }),
  ),
  "Mode.GlobalJob": neutral(NO_GOAL, ok({ GlobalJob: {} })),
  ...updates("UpdateConfig"),
  ...updates("RollbackConfig"),
  Networks: judged(
    ok([{ Target: "@SWARMED" }], { seen: null }),
    no([{ Target: "host" }], "namespaces", { seen: null }),
  ),
  "Networks.Target": judged(
    ok([{ Target: "@SWARMED" }], { seen: null }),
    no([{ Target: "host" }], "namespaces", { seen: null }),
  ),
  "Networks.Aliases": neutral(
    "a name in a network that may be joined",
    ok([{ Target: "@SWARMED", Aliases: ["a"] }], { seen: null }),
  ),
  "Networks.DriverOpts": judged(
    no([{ Target: "@SWARMED", DriverOpts: { a: "b" } }], "network-options", {
      seen: null,
    }),
  ),
  EndpointSpec: judged(ok({ Mode: "vip" }), hard({ Ports: [PORT] }, "ports")),
  "EndpointSpec.Mode": neutral(
    "it is how names are found",
    ok({ Mode: "dnsrr" }),
  ),
  "EndpointSpec.Ports": ports,
  "EndpointSpec.Ports.Name": ports,
  "EndpointSpec.Ports.Protocol": ports,
  "EndpointSpec.Ports.TargetPort": ports,
  "EndpointSpec.Ports.PublishedPort": judged(
    hard({ Ports: [{ Protocol: "tcp", TargetPort: 80 }] }, "ports"),
    hard({ Ports: [PORT] }, "ports"),
  ),
  "EndpointSpec.Ports.PublishMode": judged(
    hard({ Ports: [{ ...PORT, PublishMode: "ingress" }] }, "ports"),
    hard({ Ports: [PORT] }, "ports"),
  ),
};

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { JsonValue } from "../../../lib/guard/json.ts";
import { judgeOther, otherNeeds } from "../../../lib/guard/judge/other.ts";
import type {
  Described,
  GuardedRequest,
} from "../../../lib/guard/judge/request.ts";
import type { Collector } from "../../../lib/guard/rules.ts";
import {
  BODIES,
  isJudged,
  tables,
} from "../../../lib/guard/schema/operations.ts";
import { readBody } from "../../../lib/guard/schema/read.ts";
import { parseType, type Type } from "../../../lib/guard/schema/table.ts";
import { guardWay } from "../../../lib/guard/judge/rows.ts";
import { type Case, collectorOf, factsOf, type OwnKnobs } from "./judging.ts";

interface Sent {
  readonly path?: readonly string[];
  readonly query?: string;
  readonly body?: JsonValue;
  readonly execs?: Readonly<Record<string, Described>>;
}

function requestOf(
  operation: string,
  { path = [], query = "", body = {} }: Sent,
): GuardedRequest {
  const read = isJudged(operation)
    ? readBody(operation, new TextEncoder().encode(JSON.stringify(body)))
    : null;
  if (read !== null && "problem" in read) throw new Error(read.problem);
  return { operation, parameters: path, query, version: null, body: read };
}

function judged(operation: string, sent: Sent, of: Case = {}): Collector {
  const collector = collectorOf(of);
  const facts = {
    ...factsOf(of),
    execs: new Map(Object.entries(sent.execs ?? {})),
  };
  judgeOther(collector, requestOf(operation, sent), facts);
  return collector;
}

function refused(operation: string, sent: Sent, of: Case = {}): string[] {
  return judged(operation, sent, of).refused.map(({ knob, path }) =>
    path === "" ? knob : `${knob} ${path}`
  );
}

const PLAIN: Described = { Config: { Image: "app" }, HostConfig: {} };
const PRIVILEGED: Described = {
  Config: { Image: "app" },
  HostConfig: { Privileged: true },
};
const THERE: Case = {
  containers: { app: PLAIN, root: PRIVILEGED },
  networks: { back: { Name: "back", Driver: "bridge" } },
};

type Row = readonly [
  operation: string,
  sent: Sent,
  refused: readonly string[],
  knobs?: OwnKnobs,
];

const SPEC = "TaskTemplate.ContainerSpec";

function container(spec: JsonValue): Sent {
  return {
    body: {
      TaskTemplate: {
        ContainerSpec: { Image: "app", ...spec as Record<string, JsonValue> },
      },
    },
  };
}

const task = (spec: JsonValue): Sent => ({ body: { TaskTemplate: spec } });

// deno-fmt-ignore
const AT_STANDARD: readonly Row[] = [
  ["container.exec.create", { path: ["app"], body: { Cmd: ["ls"] } }, []],
  ["container.exec.create", { path: ["app"], body: { Cmd: ["ls"], Privileged: true } }, ["privileged Privileged"]],
  ["container.exec.create", { path: ["app"], body: { Privileged: true } }, [], { privileged: "allow" }],
  ["container.exec.create", { path: ["app"], body: { User: "root" } }, ["users User"], { users: ["1000"] }],
  ["container.exec.create", { path: ["app"], body: { Env: ["LD_PRELOAD=x"] } }, ["env-forbidden Env[0]"], { "env-forbidden": ["LD_*"] }],
  ["container.exec.create", { path: ["app"], body: { Cmd: ["pg_dump", "-a"] } }, [], { commands: ["pg_dump *"] }],
  ["container.exec.create", { path: ["app"], body: { Cmd: ["sh"] } }, ["commands Cmd"], { commands: ["pg_dump *"] }],
  ["container.exec.create", { path: ["app"], body: { Cmd: ["pg_dump x", "-a"] } }, ["commands Cmd"], { commands: ["pg_dump *"] }],
  ["container.exec.create", { path: ["root"] }, ["targets"]],
  ["container.exec.create", { path: ["gone"] }, ["targets"]],
  ["container.exec.create", { path: ["root"] }, [], { targets: "allow" }],
  ["container.start", { path: ["app"] }, []],
  ["container.start", { path: ["root"] }, ["targets"]],
  ["container.start", { path: ["app"], query: "checkpoint=a&checkpoint-dir=/etc" }, ["binds checkpoint-dir", "privileged checkpoint-dir"]],
  ["container.start", { path: ["app"], query: "checkpoint-dir=/srv/a" }, [], { binds: ["/srv/a"], privileged: "allow" }],
  ["container.start", { path: ["app"], query: "checkpoint-dir=/srv/a&checkpoint-dir=/etc" }, ["binds checkpoint-dir", "privileged checkpoint-dir"], { binds: ["/srv/a"] }],
  ["container.start", { path: ["app"], query: "checkpoint=../../x" }, ["guard checkpoint"]],
  ["container.restart", { path: ["root"] }, ["targets"]],
  ["container.unpause", { path: ["root"] }, ["targets"]],
  ["container.attach", { path: ["root"] }, ["targets"]],
  ["container.attach.ws", { path: ["root"] }, ["targets"]],
  ["container.archive.put", { path: ["root"] }, ["targets"]],
  ["container.archive.get", { path: ["root"] }, ["targets"]],
  ["libpod.container.start", { path: ["root"] }, ["targets"]],
  ["container.commit", { query: "container=root" }, ["targets"]],
  ["container.commit", { query: "container=app&repo=trusted&tag=1", body: { Cmd: ["x"] } }, ["images repo"], { images: ["app", "trusted:*"] }],
  ["container.commit", { query: "container=app&repo=mine" }, [], { images: ["app", "trusted:*"] }],
  ["container.commit", { query: "container=app&changes=LABEL+a=b&changes=CMD+x" }, ['labels-forbidden changes:1["a"]'], { "labels-forbidden": ["a"] }],
  ["container.commit", { query: "container=app&changes=USER+x%0AENV+A=1" }, ["env-forbidden changes:2[0]"], { "env-forbidden": ["A"] }],
  ["container.commit", { query: "container=app&changes=USER+x+%5C&changes=ENV+A=1" }, ["env-forbidden changes:1[0]"], { "env-forbidden": ["A"] }],
  ["container.commit", { query: "container=app&changes=ENV%3DA=1" }, ["env-forbidden changes:1"], { "env-forbidden": ["A"] }],
  ["container.commit", { query: "container=app&changes=HEALTHCHECK+CMD+x" }, ["healthcheck changes:1"], { healthcheck: "deny" }],
  ["container.commit", { query: "container=app&changes=NONSENSE" }, []],
  ["container.commit", { query: "container=app", body: { Labels: { a: "b" } } }, ['labels-forbidden Labels["a"]'], { "labels-forbidden": ["a"] }],
  ["checkpoint.create", { path: ["app"], body: { CheckpointDir: "/etc" } }, ["binds CheckpointDir"]],
  ["checkpoint.delete", { path: ["app", "a"], query: "dir=/etc" }, ["binds dir"]],
  ["container.stop", { path: ["root"] }, []],

  ["volume.create", { body: { Name: "data" } }, []],
  ["volume.create", { body: { Name: "data" } }, ["volumes Name"], { volumes: ["ci-*"] }],
  ["volume.create", { body: { Driver: "nfs" } }, ["volume-drivers Driver"]],
  ["volume.create", { body: { DriverOpts: { type: "none", o: "bind", device: "/" } } }, ["volume-options DriverOpts"]],
  ["volume.create", { body: { ClusterVolumeSpec: { Group: "a" } } }, ["swarm ClusterVolumeSpec"]],
  ["volume.create", { body: { Labels: { a: "b" } } }, ['labels-forbidden Labels["a"]'], { "labels-forbidden": ["a=*"] }],
  ["volume.update", { body: { Spec: { Availability: "drain" } } }, ["swarm Spec"]],

  ["network.create", { body: { Name: "back" } }, []],
  ["network.create", { body: { Name: "back" } }, ["networks Name"], { networks: ["ci-*"] }],
  ["network.create", { body: { Name: "a", Driver: "macvlan", Options: { parent: "eth0" } } }, ["network-drivers Driver", "network-options Options"]],
  ["network.create", { body: { Name: "a", IPAM: { Driver: "x", Options: { a: "b" }, Config: [{ Subnet: "10.0.0.0/8" }] } } }, ["network-options IPAM.Driver", "network-options IPAM.Options"]],
  ["network.create", { body: { Name: "a", IPAM: { Config: [{ Subnet: "10.0.0.0/8" }] } } }, ["addresses IPAM.Config[0].Subnet"], { addresses: "deny" }],
  ["network.create", { body: { Name: "a", ConfigFrom: { Network: "b" } } }, ["network-options ConfigFrom"]],
  ["network.create", { body: { Name: "a", Scope: "swarm", Ingress: true } }, ["swarm Scope", "swarm Ingress"]],
  ["network.connect", { path: ["back"], body: { Container: "app" } }, []],
  ["service.create", task({ LogDriver: { Options: { "max-size": "1m" } } }), []],
  ["service.create", task({ LogDriver: { Options: { "syslog-address": "tcp://1" } } }), ['logging TaskTemplate.LogDriver.Options["syslog-address"]']],
  ["network.connect", { path: ["gone"], body: { Container: "app" } }, ["targets the request"]],
  ["network.connect", { path: ["host"], body: { Container: "app" } }, ["namespaces the request"]],
  ["network.connect", { path: ["back"], body: { EndpointConfig: { DriverOpts: { a: "b" } } } }, ["network-options EndpointConfig.DriverOpts"]],
  ["network.connect", { path: ["back"], body: { EndpointConfig: { IPAMConfig: { IPv4Address: "10.0.0.2" } } } }, ["addresses EndpointConfig.IPAMConfig.IPv4Address"], { addresses: "deny" }],

  ["service.create", container({}), []],
  ["service.create", container({ Mounts: [{ Type: "bind", Source: "/etc", Target: "/x" }] }), [`binds ${SPEC}.Mounts[0].Source`]],
  ["service.create", container({ Mounts: [{ Type: "volume", VolumeOptions: { Labels: { a: "b" } } }] }), [`labels-forbidden ${SPEC}.Mounts[0].VolumeOptions.Labels["a"]`], { "labels-forbidden": ["a=*"] }],
  ["service.create", container({ Mounts: [{ Type: "volume", VolumeOptions: { Labels: { a: "b" } } }] }), []],
  ["service.create", container({ CapabilityAdd: ["SYS_ADMIN"] }), [`capabilities ${SPEC}.CapabilityAdd[0]`]],
  ["service.create", container({ Sysctls: { "kernel.x": "1" } }), [`sysctls ${SPEC}.Sysctls["kernel.x"]`]],
  ["service.create", container({ Privileges: { Seccomp: { Mode: "unconfined" }, AppArmor: { Mode: "disabled" } } }), [`security-opt ${SPEC}.Privileges.Seccomp.Mode`, `security-opt ${SPEC}.Privileges.AppArmor.Mode`]],
  ["service.create", container({ Privileges: { Seccomp: { Mode: "default" }, AppArmor: { Mode: "default" }, NoNewPrivileges: true } }), []],
  ["service.create", container({ Privileges: { SELinuxContext: { Disable: true } } }), [`security-opt ${SPEC}.Privileges.SELinuxContext.Disable`]],
  ["service.create", container({ Privileges: { CredentialSpec: { File: "a" } } }), [`security-opt ${SPEC}.Privileges.CredentialSpec`]],
  ["service.create", container({ OomScoreAdj: -900 }), [`oom ${SPEC}.OomScoreAdj`]],
  ["service.create", container({ User: "0" }), [`users ${SPEC}.User`], { users: ["1000"] }],
  ["service.create", container({}), [`users ${SPEC}.User`], { users: ["1000"] }],
  ["service.create", container({}), [`images ${SPEC}.Image`], { images: ["other"] }],
  ["service.create", container({ Image: "evil.example/a" }), [`registries ${SPEC}.Image`], { registries: ["docker.io"] }],
  ["service.create", container({ Privileges: { Seccomp: { Mode: "custom", Profile: "AA==" } } }), [`security-opt ${SPEC}.Privileges.Seccomp.Mode`, `security-opt ${SPEC}.Privileges.Seccomp.Profile`], { "security-opt": ["seccomp=*"] }],
  ["service.create", container({ Privileges: { Seccomp: { Mode: "unconfined" } } }), [], { "security-opt": ["seccomp=unconfined"] }],
  ["service.create", container({ Secrets: [{ SecretName: "a" }] }), []],
  ["service.create", container({}), [`labels-required ${SPEC}.Labels`], { "labels-required": ["team"] }],
  ["service.create", container({}), ["memory-max TaskTemplate.Resources.Limits.MemoryBytes"], { "memory-max": "1g" }],
  ["service.create", container({}), ["pids-max TaskTemplate.Resources.Limits.Pids"], { "pids-max": "100" }],
  ["service.create", container({}), [`require ${SPEC}.ReadOnly`], { require: ["read-only"] }],
  ["service.create", container({}), ["restart TaskTemplate.RestartPolicy.Condition"], { restart: ["no"] }],
  ["service.create", task({ ContainerSpec: { Image: "a" }, LogDriver: { Name: "syslog" } }), ["logging TaskTemplate.LogDriver.Name"]],
  ["service.create", task({ ContainerSpec: { Image: "a" }, Networks: [{ Target: "host" }] }), ["namespaces TaskTemplate.Networks[0].Target"]],
  ["service.create", task({ ContainerSpec: { Image: "a" }, Runtime: "plugin", PluginSpec: { Remote: "x" } }), ["plugins TaskTemplate.Runtime", "plugins TaskTemplate.PluginSpec"]],
  ["service.create", task({ NetworkAttachmentSpec: { ContainerID: "x" }, Runtime: "attachment" }), ["swarm TaskTemplate.NetworkAttachmentSpec", "swarm TaskTemplate.Runtime"]],
  ["service.create", task({ Resources: { Reservations: { GenericResources: [{ NamedResourceSpec: { Kind: "GPU", Value: "0" } }] } } }), ["devices TaskTemplate.Resources.Reservations.GenericResources"]],
  ["service.create", { body: { Mode: { Replicated: { Replicas: 3 } } } }, ["replicas-max Mode.Replicated.Replicas"], { "replicas-max": "2" }],
  ["service.create", { body: { Mode: { Replicated: { Replicas: 2 } } } }, [], { "replicas-max": "2" }],
  ["service.create", { body: { Mode: { Global: {} } } }, ["replicas-max Mode.Global"], { "replicas-max": "2" }],
  ["service.create", { body: { EndpointSpec: { Ports: [{ TargetPort: 80, PublishedPort: 80, PublishMode: "host" }] } } }, ["ports EndpointSpec.Ports[0]"], { ports: ["127.0.0.1"] }],
  ["service.create", { body: { EndpointSpec: { Ports: [{ TargetPort: 80, PublishedPort: 80 }] } } }, [], { ports: ["80"] }],
  ["service.update", { query: "rollback=previous" }, ["guard rollback"]],
  ["service.update", { query: "version=1&rollback=none" }, []],
  ["secret.create", { body: { Name: "a", Data: "AA==" } }, []],
  ["secret.create", { body: { Name: "a", Driver: { Name: "x" } } }, ["swarm Driver"]],
  ["config.create", { body: { Name: "a", Templating: { Name: "golang" } } }, ["swarm Templating"]],

  ["image.build", { query: "t=a&dockerfile=D&version=1" }, []],
  ["image.build", { query: "t=a&version=2" }, ["buildkit version"]],
  ["image.build", { query: "session=x&buildid=y&outputs=%5B%5D" }, ["buildkit session", "buildkit buildid", "buildkit outputs"]],
  ["image.build", { query: "networkmode=host" }, ["namespaces networkmode"]],
  ["image.build", { query: "networkmode=container:root" }, ["targets networkmode"]],
  ["image.build", { query: "networkmode=container:app" }, ["container-namespaces networkmode"], { "container-namespaces": "deny" }],
  ["image.build", { query: "remote=http://x/" }, ["remote-context remote"]],
  ["image.build", { query: "cgroupparent=/x" }, ["cgroup-parent cgroupparent"]],
  ["image.build", { query: "securityopt=seccomp=unconfined" }, ["security-opt securityopt[0]"]],
  ["image.build", { query: "labels=%7B%22a%22:%22b%22%7D" }, ['labels-forbidden labels["a"]'], { "labels-forbidden": ["a"] }],
  ["image.build", { query: "t=a&t=trusted:1" }, ["images t[1]"], { images: ["trusted:*"] }],
  ["image.build", { query: "version=2" }, ["images the Dockerfile"], { images: ["trusted:*"], buildkit: "allow" }],
  ["image.build", { query: "remote=http://x/" }, ["env-forbidden the Dockerfile"], { "env-forbidden": ["X"], "remote-context": "allow" }],
  ["image.build", { query: "cachefrom=%5B%22app%22,%22trusted:1%22%5D" }, ["images cachefrom[0]"], { images: ["trusted:*"] }],
  ["image.build", { query: "cachefrom=x" }, ["images cachefrom"], { images: ["trusted:*"] }],
  ["image.build", { query: "cachefrom=x" }, []],
  ["image.build", { query: "volume=/etc:/x" }, ["fields volume"]],
  ["image.build", { query: "Remote=http://x/" }, ["guard"]],
  ["image.build", {}, ["memory-max memory"], { "memory-max": "1g" }],
  ["image.build", { query: "memory=1024" }, [], { "memory-max": "1g" }],
  ["image.build", {}, ["builds the request"], { builds: "deny" }],
  ["image.pull", { query: "fromImage=app&tag=1" }, []],
  ["image.pull", { query: "fromImage=evil.example/app" }, ["registries fromImage"], { registries: ["docker.io"] }],
  ["image.pull", { query: "fromImage=app&tag=1" }, [], { registries: ["docker.io"], images: ["app:*"] }],
  ["image.pull", { query: "fromImage=other&tag=1" }, ["images fromImage"], { images: ["app:*"] }],
  ["image.import", { query: "fromSrc=-&repo=a" }, []],
  ["image.import", { query: "fromSrc=-&repo=a" }, ["image-contents fromSrc"], { "image-contents": "deny" }],
  ["image.import", { query: "fromSrc=example.org/x.tar" }, ["remote-context fromSrc"]],
  ["image.import", { query: "fromSrc=-&repo=docker.io/library/app&tag=1" }, ["images repo"], { images: ["app:*"] }],
  ["image.import", { query: "fromSrc=-&changes=LABEL+a=b&changes=CMD+x" }, ['labels-forbidden changes:1["a"]'], { "labels-forbidden": ["a"] }],
  ["image.import", { query: "fromSrc=-&changes=USER+x%0AENV+A=1" }, ["env-forbidden changes:2[0]"], { "env-forbidden": ["A"] }],
  ["image.import", { query: "fromSrc=-&changes=USER+x+%5C&changes=ENV+A=1" }, ["env-forbidden changes:1[0]"], { "env-forbidden": ["A"] }],
  ["image.import", { query: "fromSrc=-&changes=ONBUILD+LABEL+a=b" }, ['labels-forbidden changes:1["a"]'], { "labels-forbidden": ["a"] }],
  ["image.import", { query: "fromSrc=-&changes=HEALTHCHECK+CMD+x" }, ["healthcheck changes:1"], { healthcheck: "deny" }],
  ["image.import", { query: "fromSrc=-&changes=LABEL+a=b&changes=ENV+A=1&changes=NONSENSE" }, []],
  ["image.load", {}, []],
  ["image.load", {}, ["image-contents the archive", "images the archive"], { "image-contents": "deny", images: ["a"] }],
  ["image.tag", { path: ["evil"], query: "repo=app&tag=1" }, ["images repo"], { images: ["app:*"] }],
  ["image.tag", { path: ["evil"], query: "repo=app:2&tag=1" }, ["images repo"], { images: ["app:1"] }],
  ["image.tag", { path: ["evil"], query: "repo=app" }, ["images repo"], { images: ["localhost/app"] }],
  ["image.tag", { path: ["evil"], query: "repo=mine" }, [], { images: ["app:*"] }],
  ["image.push", { path: ["evil.example:5000/a"] }, ["registries the request"], { registries: ["docker.io"] }],
  ["distribution.inspect", { path: ["localhost/a"] }, ["registries the request"], { registries: ["docker.io"] }],
  ["image.search", { query: "term=evil.example/a" }, ["registries term"], { registries: ["docker.io"] }],
  ["image.search", { query: "term=a" }, []],
  ["system.auth", {}, ["registries"], { registries: ["docker.io"] }],
  ["system.auth", {}, []],

  ["build.grpc", {}, ["buildkit"]],
  ["build.session", {}, [], { buildkit: "allow" }],
  ["plugin.enable", {}, ["plugins"]],
  ["plugin.pull", { body: [] }, ["plugins"]],
  ["swarm.join", {}, ["swarm"]],
  ["swarm.inspect", {}, ["swarm"]],
  ["node.update", {}, ["swarm"]],
  ["node.update", {}, [], { swarm: "allow" }],
  ["libpod.container.create", {}, ["guard"]],
  ["libpod.kube.play", {}, ["guard"]],
  ["libpod.container.list", {}, []],
  ["container.create", {}, ["guard"]],
  ["new.operation", {}, ["guard"]],
];

for (const [operation, sent, expected, knobs = {}] of AT_STANDARD) {
  const said = JSON.stringify({ ...sent, ...knobs });
  Deno.test(`judgeOther() at standard: ${operation} ${said} is ${expected.join(", ") || "kept"}`, () => {
    const body = operation === "container.create" ? { Image: "a" } : sent.body;
    const given = body === undefined ? sent : { ...sent, body };
    const found = refused(operation, given, { ...THERE, knobs });
    assertEquals(found.filter((one) => !isOfSpec(one, expected)), expected);
  });
}

/** Services of one field lack an image, which a list of images alone refuses. */
function isOfSpec(found: string, expected: readonly string[]): boolean {
  return found === `images ${SPEC}.Image` && !expected.includes(found);
}

const EXEC: Described = {
  ContainerID: "abc",
  ProcessConfig: { entrypoint: "sh", arguments: ["-c", "id"] },
};

function started(exec: Described, of: Case = {}): string[] {
  return refused(
    "exec.start",
    { path: ["e"], execs: { e: exec } },
    { containers: { abc: PLAIN }, ...of },
  );
}

Deno.test("judgeOther() judges an exec that is started by what it is", () => {
  assertEquals(started(EXEC), []);
  assertEquals(
    started({
      ...EXEC,
      ProcessConfig: { privileged: true, user: "root", entrypoint: "sh" },
    }, { knobs: { users: ["1000"] } }),
    ["privileged ProcessConfig.privileged", "users ProcessConfig.user"],
  );
  assertEquals(started(EXEC, { knobs: { commands: ["sh -c id"] } }), []);
  assertEquals(started(EXEC, { knobs: { commands: ["ls *"] } }), [
    "commands ProcessConfig",
  ]);
  assertEquals(started(EXEC, { containers: { abc: PRIVILEGED } }), ["targets"]);
});

Deno.test("judgeOther() refuses the start of an exec whose container was not asked for", () => {
  assertEquals(started(EXEC, { containers: {} }), ["targets"]);
});

Deno.test("judgeOther() leaves the start of an exec that is not there to the engine", () => {
  assertEquals(started(null), []);
});

Deno.test("judgeOther() judges a network by what the engine says of it", () => {
  const of = { networks: { back: { Name: "back", Driver: "macvlan" } } };
  assertEquals(refused("network.connect", { path: ["back"] }, of), [
    "network-drivers the request",
  ]);
});

Deno.test("judgeOther() judges a volume of a service by what the engine says of it", () => {
  const sent = container({
    Mounts: [{ Type: "volume", Source: "data", Target: "/x" }],
  });
  const of = {
    volumes: { data: { Driver: "local", Options: { device: "/" } } },
  };
  assertEquals(refused("service.create", sent, of), [
    `volume-options ${SPEC}.Mounts[0].Source`,
  ]);
});

Deno.test("otherNeeds() names what must be asked", () => {
  const needs = (operation: string, sent: Sent) => {
    const found = otherNeeds(requestOf(operation, sent));
    return Object.fromEntries(
      Object.entries(found).filter(([, names]) => names.length > 0),
    );
  };
  assertEquals(needs("container.exec.create", { path: ["a"] }), {
    containers: ["a"],
  });
  assertEquals(needs("container.commit", { query: "container=a" }), {
    containers: ["a"],
  });
  assertEquals(needs("exec.start", { path: ["e"] }), { execs: ["e"] });
  assertEquals(needs("network.connect", { path: ["n"] }), { networks: ["n"] });
  assertEquals(needs("image.build", { query: "networkmode=container:a" }), {
    containers: ["a"],
  });
  assertEquals(
    needs("service.create", {
      body: {
        TaskTemplate: {
          ContainerSpec: { Mounts: [{ Type: "volume", Source: "v" }] },
          Networks: [{ Target: "n" }, { Target: "host" }],
        },
      },
    }),
    { volumes: ["v"], networks: ["n"] },
  );
  assertEquals(needs("container.stop", { path: ["a"] }), {});
});

Deno.test("otherNeeds() names the container of an exec, and what a target joins, once these are known", () => {
  const request = requestOf("exec.start", { path: ["e"] });
  const facts = {
    ...factsOf({
      containers: {
        abc: {
          Config: { Image: "a" },
          HostConfig: { PidMode: "container:other", Binds: ["data:/x"] },
        },
      },
    }),
    execs: new Map([["e", EXEC]]),
  };
  const { containers, volumes } = otherNeeds(request, facts);
  assertEquals(containers, ["abc", "other"]);
  assertEquals(volumes, ["data"]);
});

/** A value of a type that is not its zero value, with all fields below. */
function whole(type: Type): JsonValue {
  switch (type.kind) {
    case "scalar":
      return SCALAR[type.scalar] ?? 1;
    case "pointer":
      return whole(type.to);
    case "list":
      return [whole(type.of)];
    case "map":
      return { [type.ports ? "80/tcp" : "k"]: whole(type.of) };
    case "struct":
      return Object.fromEntries(
        [...tables().get(type.name)!.values()].map((field) => [
          field.name,
          whole(field.type),
        ]),
      );
  }
}

const SCALAR: Readonly<Record<string, JsonValue>> = {
  bool: true,
  string: "x",
  addr: "10.0.0.1",
  prefix: "10.0.0.0/8",
  mac: "02:42:ac:11:00:02",
  bytes: "AA==",
};

Deno.test("judgeOther() has a judge for each field of each table", () => {
  for (const [operation, type] of Object.entries(BODIES)) {
    if (guardWay(operation).kind !== "body") continue;
    if (/^container\.(?:create|update)$/.test(operation)) continue;
    const body = whole(parseType(type));
    // All at once is more than what is told of one request.
    for (const [name, value] of Object.entries(body ?? {})) {
      const found = judged(operation, { body: { [name]: value } }, {
        knobs: { targets: "allow" },
      });
      assertEquals(
        found.refused.filter(({ knob }) => knob === "guard"),
        [],
        `${operation} ${name}`,
      );
    }
  }
});

Deno.test("judgeOther() says what is outside of the guard, and what to write", () => {
  const [finding] = judged("container.restart", { path: ["root"] }, THERE)
    .refused;
  assertEquals(finding, {
    knob: "targets",
    path: "",
    what:
      "the container 'root' is outside of the guard itself: HostConfig.Privileged gives it all rights of the host's root",
    remedy: "targets: allow",
  });
  const [command] = judged(
    "container.exec.create",
    { path: ["app"], body: { Cmd: ["sh", "-c", "x"] } },
    { ...THERE, knobs: { commands: ["ls"] } },
  ).refused;
  assertStringIncludes(command!.remedy, 'commands: ["sh -c x"]');
});

Deno.test("judgeOther() at strict refuses builds, imports, and services that set nothing", () => {
  const strict: Case = { level: "strict" };
  assertEquals(refused("image.load", {}, strict), [
    "image-contents the archive",
    "images the archive",
  ]);
  assertEquals(
    refused("image.build", {}, strict).includes("builds the request"),
    true,
  );
  const service = refused("service.create", container({}), strict);
  for (
    const finding of [
      "default-network TaskTemplate.Networks",
      "require TaskTemplate.Resources.Limits.MemoryBytes",
      `require ${SPEC}.User`,
      `require ${SPEC}.CapabilityDrop`,
      `require ${SPEC}.Privileges.NoNewPrivileges`,
    ]
  ) assertEquals(service.includes(finding), true, finding);
});

Deno.test("judgeOther() only warns where the knob says so", () => {
  const { refused, warned } = judged("volume.create", {
    body: { Driver: "nfs" },
  }, { knobs: { "volume-drivers": "warn" } });
  assertEquals([refused.length, warned.length], [0, 1]);
});

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  onlyShows,
  OPERATION_BY_NAME,
  OPERATIONS,
} from "../../lib/docker/operations.ts";
import { compile, type Rights } from "../../lib/policy/compile.ts";
import {
  ESCALATION_RULES,
  escalationsOf,
  SEVERITIES,
  type Severity,
} from "../../lib/policy/escalations.ts";
import {
  PROTECTED,
  PROTECTED_SERVICE,
} from "../../lib/policy/self_protection.ts";
import type { OperationRule } from "../../lib/policy/rules.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";

const ORDER = Object.keys(SEVERITIES) as Severity[];

/** The rights of rules, and nothing else. */
function rights(
  allow: string[],
  { deny = [], self = [] }: { deny?: string[]; self?: string[] } = {},
): Rights {
  return compile({
    ...grants({}, { allow, deny }),
    defaultSwitches: false,
    allowSelf: grants({}, { allow: self }).allow as OperationRule[],
  }).rest;
}

/** What rights give, as the levels with their operations. */
function given(...args: Parameters<typeof rights>): string[] {
  return escalationsOf(rights(...args)).map(({ severity, operations }) =>
    `${severity}: ${operations}`
  );
}

/** Whether an operation, alone or with others, gives a severity on containers that are not ours. */
function gives(operation: string, severity: Severity): boolean {
  return ESCALATION_RULES.some((one) =>
    one.severity === severity && !one.own &&
    one.needs.some((names) => names.includes(operation))
  );
}

/** What the facts of the API's bodies, queries and answers give, operation by operation. */
const FACTS: readonly (readonly [Severity, string, string])[] = [
  ["root", "container.create", "Privileged, Binds, Devices, namespaces"],
  ["root", "libpod.container.create", "a SpecGenerator with the same powers"],
  ["root", "libpod.pod.create", "a PodSpecGenerator with the same powers"],
  ["root", "libpod.kube.play", "hostPath, privileged, hostNetwork"],
  ["root", "libpod.container.restore", "an archive brings its own settings"],
  ["root", "service.create", "Mounts, CapabilityAdd, PluginSpec"],
  ["root", "service.update", "the whole specification, or the old one"],
  ["root", "volume.create", "o=bind,device=/ by a harmless name"],
  ["root", "libpod.volume.create", "o=bind,device=/ by a harmless name"],
  ["root", "container.archive.put", "writes through to bind mounts, setuid"],
  ["root", "libpod.container.archive.put", "writes through to bind mounts"],
  ["root", "plugin.pull", "the privileges that its body accepts"],
  ["root", "plugin.create", "a root file system with its configuration"],
  ["root", "plugin.upgrade", "as a pull"],
  ["root", "plugin.set", "the source of a mount, the path of a device"],
  ["root", "swarm.init", "ExternalCAs, SigningCAKey"],
  ["root", "swarm.join", "hands the host to a foreign manager"],
  ["root", "swarm.update", "CAConfig, new tokens"],
  ["root", "swarm.inspect", "JoinTokens.Manager"],
  ["root", "node.update", "the role of a node"],
  ["root", "libpod.image.build", "addcaps, devices, volumes in its query"],
  ["root", "libpod.image.build.local", "contextdir is a folder of the host"],
  ["root", "libpod.quadlet.install", "systemd units of the host"],
  ["root", "libpod.secret.create", "driver=shell runs its driveropts"],

  ["code", "container.exec.create", "Cmd, User, Privileged"],
  ["code", "exec.start", "runs what was made by its id alone"],
  ["code", "libpod.container.exec.create", "as above"],
  ["code", "libpod.exec.start", "as above"],
  ["code", "container.attach", "writes to the standard input"],
  ["code", "container.attach.ws", "writes to it by GET"],
  ["code", "libpod.container.attach", "writes to the standard input"],
  ["code", "container.archive.put", "replaces programs"],
  ["code", "image.build", "RUN"],
  ["code", "build.grpc", "BuildKit's own interface"],
  ["code", "container.commit", "changes: ENTRYPOINT, USER, ONBUILD; any name"],
  ["code", "libpod.container.commit", "as above"],
  ["code", "image.load", "takes names that are there"],
  ["code", "image.pull", "fromSrc with repo and changes"],
  ["code", "image.tag", "any name"],
  ["code", "container.start", "checkpoint-dir is a folder of the host"],
  ["code", "libpod.container.update", "the environment, the health check"],
  ["code", "libpod.volume.import", "replaces the files of a volume"],
  ["code", "plugin.enable", "a plugin runs as root"],

  ["clients", "container.exec.create", "another's address and sockets"],
  ["clients", "container.rename", "a name that others look up"],
  ["clients", "libpod.container.rename", "a name that others look up"],
  ["clients", "network.connect", "Aliases"],
  ["clients", "libpod.network.connect", "aliases"],
  ["clients", "image.build", "networkmode=container:X"],
  ["clients", "volume.create", "a volume that another will mount"],

  ["secrets", "container.inspect", "Env"],
  ["secrets", "container.top", "ps_args shows environments"],
  ["secrets", "container.archive.get", "any file"],
  ["secrets", "container.export", "all files"],
  ["secrets", "container.archive.stat", "which files there are"],
  ["secrets", "checkpoint.list", "dir is a folder of the host"],
  ["secrets", "container.logs", "all output"],
  ["secrets", "container.attach", "all output, with logs=1 from the start"],
  ["secrets", "container.attach.ws", "as above"],
  ["secrets", "libpod.container.checkpoint", "the memory and the files"],
  ["secrets", "exec.inspect", "command lines"],
  ["secrets", "service.inspect", "Env, Args"],
  ["secrets", "task.list", "Env"],
  ["secrets", "config.inspect", "Data"],
  ["secrets", "config.list", "Data"],
  ["secrets", "secret.inspect", "podman: showsecret=true"],
  ["secrets", "libpod.secret.inspect", "showsecret=true"],
  ["secrets", "swarm.unlockkey", "the key"],
  ["secrets", "volume.inspect", "passwords in the options"],
  ["secrets", "system.df", "lists volumes too"],
  ["secrets", "plugin.inspect", "Settings.Env"],
  ["secrets", "image.history", "build arguments"],
  ["secrets", "image.inspect", "Env"],
  ["secrets", "image.export", "all files"],
  ["secrets", "image.push", "to the registry in its name"],
  ["secrets", "libpod.image.scp", "with the host's SSH credentials"],
  ["secrets", "libpod.image.load.local", "path is a file of the host"],
  ["secrets", "libpod.artifact.add.local", "path is a file of the host"],
  ["secrets", "system.events", "command lines of execs"],
  ["secrets", "debug.pprof.named", "the memory of the engine"],

  ["network", "system.auth", "serveraddress"],
  ["network", "image.pull", "fromImage, fromSrc=URL"],
  ["network", "image.build", "remote, networkmode=host"],
  ["network", "build.grpc", "sources, network.host"],
  ["network", "image.search", "the registry in its term"],
  ["network", "image.push", "the registry in its name"],
  ["network", "distribution.inspect", "the registry in its path"],
  ["network", "plugin.privileges", "remote"],
  ["network", "plugin.pull", "remote"],
  ["network", "network.create", "macvlan, ipvlan, parent"],
  ["network", "libpod.image.scp", "any host"],
  ["network", "libpod.kube.apply", "any cluster"],

  ["outage", "container.stop", "any container"],
  ["outage", "container.kill", "signal"],
  ["outage", "container.update", "limits, RestartPolicy"],
  ["outage", "container.delete", "force, v"],
  ["outage", "network.disconnect", "Force"],
  ["outage", "checkpoint.create", "CheckpointDir is a folder of the host"],
  ["outage", "checkpoint.delete", "dir is a folder of the host"],
  ["outage", "build.cancel", "id"],
  ["outage", "service.delete", "any service"],
  ["outage", "swarm.leave", "force"],
  ["outage", "node.update", "Availability"],
  ["outage", "volume.delete", "data"],
  ["outage", "plugin.disable", "force"],
];

for (const [severity, operation, fact] of FACTS) {
  Deno.test(`ESCALATION_RULES say that ${operation} can ${SEVERITIES[severity]}: ${fact}`, () => {
    assert(gives(operation, severity));
  });
}

/** Operations of class write or exec that give nothing beyond their name, with the reason. */
const NOTHING_MORE: Readonly<Record<string, string>> = {
  "build.session": "without a build it is never used",
  "config.create": "a service must name it",
  "config.update": "its labels only",
  "container.resize": "the size of a terminal",
  "container.unpause": "lets go on what ran before",
  "exec.resize": "the size of a terminal",
  "libpod.artifact.add": "an artifact is nothing that runs",
  "libpod.container.healthcheck": "runs what the container was made with",
  "libpod.container.init": "makes ready what would be started anyway",
  "libpod.container.mount": "tells a path that only the host can read",
  "libpod.container.resize": "the size of a terminal",
  "libpod.container.start": "starts what was made",
  "libpod.container.unmount": "fails where the container runs",
  "libpod.container.unpause": "lets go on what ran before",
  "libpod.exec.resize": "the size of a terminal",
  "libpod.pod.start": "starts what was made",
  "libpod.pod.unpause": "lets go on what ran before",
  "secret.create": "a service must name it",
  "secret.update": "its labels only",
  "swarm.unlock": "a client with the key needs nothing more",
};

Deno.test("every operation that changes or runs something gives more, or is known to give nothing more", () => {
  const said = new Set(ESCALATION_RULES.flatMap(({ needs }) => needs.flat()));
  const silent = OPERATIONS.filter(({ name, access }) =>
    !onlyShows(access) && !said.has(name)
  ).map(({ name }) => name);
  assertEquals(silent.sort(), Object.keys(NOTHING_MORE).sort());
});

Deno.test("every sensitive read gives more", () => {
  for (const { name, access } of OPERATIONS) {
    if (access !== "sensitive-read") continue;
    assert(
      ESCALATION_RULES.some(({ needs }) => needs.flat().includes(name)),
      name,
    );
  }
});

Deno.test("every operation that ESCALATION_RULES name exists, and is named once in each list", () => {
  for (const { needs, why } of ESCALATION_RULES) {
    for (const names of needs) {
      assertEquals(names.length, new Set(names).size, why);
      for (const name of names) assert(OPERATION_BY_NAME.has(name), name);
    }
  }
});

Deno.test("ESCALATION_RULES have the most severe first, and no severity is empty", () => {
  const ranks = ESCALATION_RULES.map(({ severity }) => ORDER.indexOf(severity));
  assertEquals(ranks, ranks.toSorted((a, b) => a - b));
  assertEquals(new Set(ranks).size, ORDER.length);
});

/** Protected operations that do sockwarden no harm if they are allowed. */
const HARMLESS_TO_US: ReadonlySet<string> = new Set([
  "checkpoint.create",
  "checkpoint.delete",
  "container.archive.stat",
  "container.resize",
  "container.start",
  "container.unpause",
  "libpod.container.archive.stat",
  "libpod.container.healthcheck",
  "libpod.container.init",
  "libpod.container.mount",
  "libpod.container.resize",
  "libpod.container.start",
  "libpod.container.unmount",
  "libpod.container.unpause",
]);

Deno.test("ESCALATION_RULES say what each protected operation does on our own container", () => {
  const said = new Set(
    ESCALATION_RULES.filter(({ own }) => own).flatMap(({ needs }) =>
      needs.flat()
    ),
  );
  for (const name of [...PROTECTED, ...PROTECTED_SERVICE]) {
    assertEquals(said.has(name), !HARMLESS_TO_US.has(name), name);
  }
});

Deno.test("escalationsOf() finds nothing where nothing more is given", () => {
  assertEquals(given([]), []);
  assertEquals(given(["container.list", "system.ping", "image.list"]), []);
});

Deno.test("escalationsOf() says it in a sentence that names the operations held and the fact", () => {
  assertEquals(
    escalationsOf(rights(["container.pause", "container.stop"])),
    [{
      severity: "outage",
      operations: "container.stop, container.pause",
      sentence:
        "can stop the work of others: container.stop, container.pause (stops any container)",
    }],
  );
});

Deno.test("escalationsOf() lists the most severe first", () => {
  const levels = escalationsOf(
    rights(["*"], { deny: ["container.create", "libpod.*"] }),
  ).map(({ severity }) => ORDER.indexOf(severity));
  assertEquals(levels, levels.toSorted((a, b) => a - b));
  assertEquals(new Set(levels).size, ORDER.length);
});

Deno.test("escalationsOf() asks for both of two operations that are needed together", () => {
  const code = (...allow: string[]) =>
    given(allow).filter((line) => line.startsWith("code"));
  assertEquals(code("container.exec.create"), []);
  assertEquals(code("exec.start"), []);
  assertEquals(code("container.exec.create", "exec.start"), [
    "code: container.exec.create with exec.start",
  ]);
  assertEquals(given(["volume.create"]), ["clients: volume.create"]);
  assert(
    given(["volume.create", "service.create"]).includes(
      "root: volume.create with service.create",
    ),
  );
});

Deno.test("escalationsOf() leaves out what a deny rule takes away", () => {
  assertEquals(
    given(["container.stop", "container.kill"], { deny: ["container.kill"] }),
    ["outage: container.stop"],
  );
  assertEquals(given(["*"], { deny: ["*"] }), []);
});

Deno.test("escalationsOf() leaves out what is refused although it is granted", () => {
  const held = rights(["container.create", "container.stop"]);
  const found = escalationsOf(held, new Set(["container.create"]));
  assertEquals(found.map(({ severity }) => severity), ["outage"]);
});

Deno.test("escalationsOf() has one line in place of all else that root on the host can do", () => {
  const found = escalationsOf(rights(["container.*", "exec.*"]));
  assertEquals(
    new Set(found.map(({ severity }) => severity)),
    new Set(["root"]),
  );
  assertStringIncludes(found[0]!.operations, "container.create");
  assertStringIncludes(
    found.at(-1)!.sentence,
    "everything else that its operations allow",
  );
  assert(found.length < 5, `${found.length} lines`);
});

Deno.test("escalationsOf() adds no such line if there is nothing else", () => {
  assertEquals(given(["container.create"]), ["root: container.create"]);
});

Deno.test("escalationsOf() lists the rest if root depends on other facts", () => {
  // Whether some container mounts the host, or there is a swarm, is not known.
  for (const name of ["container.archive.put", "swarm.inspect", "plugin.set"]) {
    const lines = given([name, "container.kill"]);
    assertEquals(lines[0], `root: ${name}`);
    assertEquals(lines.at(-1), "outage: container.kill");
  }
});

Deno.test("escalationsOf() counts our own container only where allow-self names the operation", () => {
  const own = "sockwarden's own container";
  const says = (self: string[]) =>
    escalationsOf(
      rights(["container.exec.create", "exec.start", "container.attach"], {
        self,
      }),
    ).filter(({ sentence }) => sentence.includes(own))
      .map(({ operations }) => operations);
  assertEquals(says([]), []);
  assertEquals(says(["container.kill"]), []);
  assertEquals(says(["container.attach"]), ["container.attach"]);
  // Self-protection does not cover exec.start, so allow-self need not name it.
  assertEquals(says(["container.exec.create"]), [
    "container.exec.create with exec.start",
  ]);
});

Deno.test("escalationsOf() ignores operations that allow-self names and nothing grants", () => {
  assertEquals(given([], { self: ["*"] }), []);
});

Deno.test("escalationsOf() says who can end sockwarden, or read its files", () => {
  const found = escalationsOf(
    rights(["container.restart", "container.archive.get"], { self: ["*"] }),
  ).map(({ sentence }) => sentence).join("\n");
  assertStringIncludes(found, "container.restart (stops or changes sockwarden");
  assertStringIncludes(found, "container.archive.get (sockwarden's own files");
});

Deno.test("the lines for any one group of operations stay few enough to read", () => {
  for (const group of ["container", "exec", "image", "volume", "network"]) {
    const lines = given([`${group}.*`]);
    assert(lines.length > 0 && lines.length <= 10, `${group}: ${lines.length}`);
  }
});

Deno.test("escalationsOf() says what a scope leaves of them", () => {
  const { file } = policyFile(`clients:
  a:
    listen: unix:///a
    allow:
      - container.create
      - container.stop
      - container.exec.create
      - exec.start
      - network.connect
      - image.delete
      - volume.delete
    containers: { label: a }
    volumes: { label: a }
`);
  const sentences = (without: string[]) =>
    escalationsOf(
      compile(grants({}), file).clients.get("a")!,
      new Set(without),
    ).map(({ sentence }) => sentence);
  assertStringIncludes(
    sentences([])[0]!,
    "privileged; the scope does not hold against it)",
  );
  const found = sentences(["container.create"]);
  const about = (text: string) => found.find((one) => one.includes(text))!;
  assertStringIncludes(
    about("container.stop"),
    "(stops any container; of containers only those in its scope)",
  );
  assertStringIncludes(
    about("volume.delete"),
    "; of volumes only those in its scope)",
  );
  assertStringIncludes(
    about("run code in containers: container.exec.create with exec.start"),
    "that is root on the host; of containers only those in its scope)",
  );
  assertStringIncludes(
    about("image.delete"),
    "(deletes images, or the cache of builds)",
  );
  // Networks have no scope beside another one, so that it is always refused.
  assert(!found.some((one) => one.includes("network.connect")));
});

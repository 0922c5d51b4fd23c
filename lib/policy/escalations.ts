/**
 * What a grant allows beyond the names of its operations: every way in which
 * operations of the engine, alone or together, let a client do more.
 *
 * The facts come from the Docker Engine API and podman's, as measured and read:
 * bodies of creations, paths of the host in queries, answers of reads. They
 * hold for an operation with any body.
 *
 * @module
 */

import type { Rights } from "./compile.ts";
import { isJudgedBy, keepsOffHost } from "./guarded.ts";
import { isScoped, SCOPE_KINDS } from "./scope.ts";
import { isShut } from "./scope_table.ts";

/** The severities of escalations, most severe first. */
export type Severity =
  | "root"
  | "code"
  | "clients"
  | "secrets"
  | "network"
  | "outage";

/** What a client can do with an escalation of each severity, most severe first. */
export const SEVERITIES: Readonly<Record<Severity, string>> = {
  root: "become root on the host",
  code: "run code in containers",
  clients: "act as other clients and services",
  secrets: "read secrets",
  network: "send requests from the host's network",
  outage: "stop the work of others",
};

/** One way in which operations let a client do more than their names say. */
export interface EscalationRule {
  readonly severity: Severity;
  /** Names of operations: it needs one of each list. */
  readonly needs: readonly (readonly string[])[];
  /** Whether they must be allowed on our own container (`allow-self`). */
  readonly own: boolean;
  /** Whether it always gives the client the whole host, so that nothing else needs to be listed. */
  readonly whole: boolean;
  /** The fact, as a clause. */
  readonly why: string;
}

/** What a client's rights allow beyond the names of their operations. */
export interface Escalation {
  readonly severity: Severity;
  /** The granted operations that give it; `a with b` if it needs several together; empty for the line that sums up the others. */
  readonly operations: string;
  /** Such as `can become root on the host: container.create (a container may …)`. */
  readonly sentence: string;
}

type Row = readonly [
  severity: Severity,
  /** Names with spaces between them; of several strings, one name of each is needed. */
  needs: string | readonly string[],
  why: string,
  mark?: "own" | "whole",
];

const EXEC: readonly string[] = [
  "container.exec.create libpod.container.exec.create",
  "exec.start libpod.exec.start",
];
const ATTACH = "container.attach container.attach.ws libpod.container.attach";
const CREATE =
  "container.create service.create service.update libpod.container.create libpod.pod.create libpod.kube.play";
const PODMAN_BUILD = "libpod.image.build libpod.image.build.local";
const BUILD = `image.build build.grpc ${PODMAN_BUILD}`;
const PUSH =
  "image.push plugin.push libpod.image.push libpod.manifest.push libpod.artifact.push";
const READS_FILES =
  "container.archive.get container.copy container.export libpod.container.archive.get libpod.container.export libpod.container.checkpoint";
const STOPS =
  "container.stop container.kill container.restart container.pause libpod.container.stop libpod.container.kill libpod.container.restart libpod.container.pause libpod.container.checkpoint";
const DELETES = "container.delete libpod.container.delete";
const UPDATES = "container.update libpod.container.update";
const RENAMES = "container.rename libpod.container.rename";
const DISCONNECTS = "network.disconnect libpod.network.disconnect";

// deno-fmt-ignore
const ROWS: readonly Row[] = [
  ["root", "container.create libpod.container.create",
    "a container may mount any folder of the host, or be privileged", "whole"],
  ["root", "libpod.pod.create libpod.kube.play libpod.container.restore",
    "its containers may mount any folder of the host, or be privileged", "whole"],
  ["root", "service.create service.update",
    "a service may mount any folder of any node, or be a plugin that runs as root"],
  ["root", ["volume.create libpod.volume.create", CREATE],
    "a volume may be any folder of the host, and a container then mounts it by a harmless name"],
  ["root", "container.archive.put libpod.container.archive.put",
    "writes through to folders of the host that a container mounts, with any owner and setuid bit"],
  ["root", "plugin.pull plugin.create plugin.upgrade plugin.set",
    "a plugin runs as root on the host, with the mounts and devices that it asks for"],
  ["root", "swarm.init swarm.join swarm.update",
    "gives the host to a swarm manager or a certificate authority that the request names"],
  ["root", "swarm.inspect",
    "shows the join tokens: with the manager's token and access to its port a client manages every node"],
  ["root", "node.update",
    "makes any node a manager: a client in control of that node then manages every node"],
  ["root", PODMAN_BUILD,
    "a build may be given capabilities, devices and folders of the host"],
  ["root", "libpod.quadlet.install",
    "writes systemd units of the host"],
  ["root", "libpod.secret.create",
    "a secret with the shell driver runs any command on the host"],
  ["root", EXEC,
    "sockwarden's own container holds the engine's socket", "own"],
  ["root", `container.archive.put ${ATTACH} libpod.container.archive.put libpod.container.restore`,
    "sockwarden's own container holds the engine's socket", "own"],

  ["code", EXEC,
    "runs any program in any container, as root and with all capabilities on request: if the container is privileged or mounts the host, that is root on the host"],
  ["code", ATTACH,
    "writes to the main program of any container: if that is a shell, it runs anything"],
  ["code", "container.archive.put libpod.container.archive.put",
    "replaces the programs of any container"],
  ["code", BUILD,
    "the steps of a build run on the host, in their own containers, and its image may take a name that others make containers from; podman's steps may be given capabilities and devices, and BuildKit's may be privileged if the engine allows it: that is root on the host"],
  ["code", `image.load image.pull image.import image.tag container.commit libpod.image.load libpod.image.load.local libpod.image.import libpod.image.pull libpod.image.tag libpod.container.commit libpod.image.scp libpod.manifest.create libpod.manifest.add libpod.manifest.modify`,
    "puts an image under a name that others make containers from"],
  ["code", "libpod.volume.import",
    "replaces files of a volume that containers use"],
  ["code", "libpod.container.update",
    "sets the environment, the devices and the health check of any container"],
  ["code", "container.start",
    "resumes from a checkpoint in any folder of the host that the request names, if the engine is experimental"],
  ["code", "plugin.enable",
    "starts a plugin that was turned off; it runs as root"],

  ["clients", EXEC,
    "a program in another client's container has its name, address, sockets and keys"],
  ["clients", ATTACH,
    "acts as the main program of any container"],
  ["clients", `image.build ${PODMAN_BUILD}`,
    "the steps of a build may use another container's network, and with it its address"],
  ["clients", RENAMES,
    "takes a name that other programs look up: they then speak to the wrong container"],
  ["clients", "network.connect libpod.network.connect",
    "joins any network, under any alias: other programs then speak to the wrong container"],
  ["clients", "libpod.network.update",
    "sets the DNS servers of a network"],
  ["clients", "volume.create libpod.volume.create",
    "makes a volume in advance that another program will mount, on a folder or a server of its choice"],

  ["secrets", "container.inspect container.top exec.inspect service.list service.inspect task.list task.inspect plugin.list plugin.inspect libpod.container.inspect libpod.container.top libpod.exec.inspect libpod.pod.inspect libpod.pod.top libpod.generate.systemd libpod.kube.generate libpod.quadlet.read",
    "shows environments and command lines, where passwords often stand"],
  ["secrets", `${READS_FILES} libpod.volume.export`,
    "reads any file of any container or volume, and of the folders of the host that are mounted there"],
  ["secrets", `${READS_FILES} container.commit libpod.container.commit`,
    "sockwarden's own files are its policy and its keys", "own"],
  ["secrets", `container.logs service.logs task.logs libpod.container.logs ${ATTACH}`,
    "shows everything that programs print"],
  ["secrets", "config.list config.inspect",
    "shows the content of swarm configs"],
  ["secrets", "secret.inspect libpod.secret.inspect",
    "podman shows the secret itself when asked with showsecret=true"],
  ["secrets", "swarm.unlockkey",
    "shows the key that unlocks the swarm's managers"],
  ["secrets", "system.df volume.list volume.inspect libpod.volume.list libpod.volume.inspect",
    "shows the options of volumes, among them passwords of file servers"],
  ["secrets", "system.events libpod.system.events",
    "shows the labels of all containers and the command line of every exec"],
  ["secrets", "image.inspect image.history libpod.image.inspect libpod.image.history",
    "shows the environments of images, and the arguments of their builds"],
  ["secrets", "image.export image.export.multi libpod.image.export libpod.image.export.multi libpod.artifact.extract",
    "copies whole images and artifacts, with any secrets in them"],
  ["secrets", PUSH,
    "sends images to any server that the request names"],
  ["secrets", "libpod.image.scp",
    "copies images to any server that the request names, with the SSH keys of the host"],
  ["secrets", "libpod.image.load.local libpod.artifact.add.local libpod.image.build.local",
    "reads files of the host by their path"],
  ["secrets", "container.archive.stat checkpoint.list libpod.container.archive.stat libpod.container.showmounted",
    "shows which files and folders exist, also on the host"],
  ["secrets", "debug.vars debug.pprof.index debug.pprof.cmdline debug.pprof.profile debug.pprof.symbol debug.pprof.trace debug.pprof.named",
    "shows internals of the engine: its command line, its stacks, names in its memory"],

  ["network", `system.auth image.search distribution.inspect plugin.privileges image.pull image.import plugin.pull plugin.upgrade libpod.image.search libpod.image.pull libpod.image.import libpod.image.scp libpod.artifact.pull libpod.kube.play ${BUILD} ${PUSH}`,
    "the engine connects to any server that the request names"],
  ["network", BUILD,
    "the steps of a build may use the host's own network"],
  ["network", "network.create libpod.network.create",
    "a network may be laid over any interface of the host"],
  ["network", "libpod.kube.apply",
    "sends its input to any Kubernetes cluster"],

  ["outage", `${STOPS} libpod.exec.remove libpod.pod.stop libpod.pod.kill libpod.pod.restart libpod.pod.pause`,
    "stops any container"],
  ["outage", `${DELETES} container.prune libpod.container.prune libpod.pod.delete libpod.pod.prune libpod.kube.down libpod.quadlet.delete libpod.quadlet.delete.multi libpod.system.prune libpod.system.check`,
    "deletes containers, with their volumes on request"],
  ["outage", "volume.delete volume.prune libpod.volume.delete libpod.volume.prune libpod.volume.import",
    "deletes data that others keep in volumes"],
  ["outage", UPDATES,
    "takes memory, processors and the restart policy from any container"],
  ["outage", `${DISCONNECTS} network.delete network.prune libpod.network.delete libpod.network.prune`,
    "disconnects containers from each other"],
  ["outage", "image.delete image.prune build.prune build.cancel libpod.image.delete libpod.image.delete.multi libpod.image.prune libpod.image.untag libpod.manifest.delete libpod.artifact.delete libpod.artifact.delete.multi",
    "deletes images, or the cache of builds"],
  ["outage", "service.delete node.update node.delete swarm.leave volume.update config.delete secret.delete libpod.secret.delete",
    "removes services, nodes, configs or secrets that others need"],
  ["outage", "plugin.disable plugin.delete",
    "turns off volumes, networks and logs that depend on a plugin"],
  ["outage", "checkpoint.create checkpoint.delete",
    "writes and deletes folders of the host that the request names, if the engine is experimental"],
  ["outage", `${STOPS} ${DELETES} ${UPDATES} ${RENAMES} ${DISCONNECTS} service.update service.delete`,
    "stops or changes sockwarden itself, and with it the access of all clients", "own"],
];

/** Every way to escalate, most severe first. */
export const ESCALATION_RULES: readonly EscalationRule[] = ROWS.map(
  ([severity, needs, why, mark]) => ({
    severity,
    needs: (typeof needs === "string" ? [needs] : needs).map((names) =>
      names.split(" ")
    ),
    own: mark === "own",
    whole: mark === "whole",
    why,
  }),
);

/** Operations without a container in their path: self-protection does not cover them. */
const WITHOUT_CONTAINER: ReadonlySet<string> = new Set([
  "exec.start",
  "libpod.exec.start",
]);

/** Stands for all lesser escalations of a client that has the whole host. */
const ALL_ELSE: Escalation = {
  severity: "root",
  operations: "",
  sentence:
    "can also do everything else that its operations allow, as a consequence",
};

/**
 * Finds what rights allow beyond the names of their operations.
 *
 * Path rules are left out, since sockwarden does not know those routes. For a
 * client that always has the whole host, one line stands for everything that
 * root can do.
 *
 * @param refused Names of operations that are refused although they are granted.
 * @returns The escalations, most severe first.
 */
export function escalationsOf(
  rights: Rights,
  refused: ReadonlySet<string> = new Set(),
): Escalation[] {
  const holds = (name: string, own: boolean, severity: Severity) =>
    rights.verdicts.get(name)?.allowed === true && !refused.has(name) &&
    !isShutOut(rights, name) &&
    !(severity === "root" && !own && keepsOffHost(rights, name)) &&
    (!own || WITHOUT_CONTAINER.has(name) || rights.allowSelf.has(name));
  const found = ESCALATION_RULES.flatMap((escalation) => {
    const { severity, needs, own, why } = escalation;
    const held = needs.map((names) =>
      names.filter((name) => holds(name, own, severity))
    );
    if (held.some((names) => names.length === 0)) return [];
    const operations = held.map((names) => names.join(", ")).join(" with ");
    const names = held.flat();
    const within = withinScope(rights, severity, names) +
      withinGuard(rights, names) + withinHide(rights, names);
    const sentence = `can ${
      SEVERITIES[severity]
    }: ${operations} (${why}${within})`;
    return [{ escalation, said: { severity, operations, sentence } }];
  });
  const root = found.filter(({ escalation }) => escalation.severity === "root");
  const all = found.map(({ said }) => said);
  if (
    root.length === found.length ||
    !root.some(({ escalation }) => escalation.whole)
  ) return all;
  return [...root.map(({ said }) => said), ALL_ELSE];
}

/** Whether the scope refuses every request of an operation. */
function isShutOut({ scope, held }: Rights, name: string): boolean {
  return scope !== null &&
    (held.get(name) ?? []).some((hold) => isShut(scope, hold));
}

/** What `hide` leaves of an escalation, as the end of its clause; empty where it leaves it whole. */
function withinHide(
  { hiding }: Rights,
  operations: readonly string[],
): string {
  const guarded = operations.filter((name) => hiding.guards.has(name));
  if (guarded.length === 0) return "";
  return guarded.length === operations.length
    ? "; without what is hidden"
    : `; ${guarded.join(", ")} without what is hidden`;
}

/** That a guard judges all of these operations, as the end of a clause; empty where it does not. */
function withinGuard(
  { guard }: Rights,
  operations: readonly string[],
): string {
  return guard !== null && operations.every((name) => isJudgedBy(guard, name))
    ? `; only what keeps to the guard '${guard.level}'`
    : "";
}

/** What a scope leaves of an escalation, as the end of its clause; empty where it leaves it whole. */
function withinScope(
  { scope, held }: Rights,
  severity: Severity,
  operations: readonly string[],
): string {
  const holds = operations.map((name) => held.get(name) ?? []);
  const creates = holds.some((list) =>
    list.some(({ way }) => way === "create")
  );
  if (severity === "root" && creates) {
    return "; the scope does not hold against it";
  }
  if (scope === null || holds.some((list) => list.length === 0)) return "";
  const kinds = SCOPE_KINDS.filter((kind) =>
    isScoped(scope, kind) &&
    holds.some((list) => list.some((hold) => hold.kind === kind))
  );
  return `; of ${
    kinds.join(", ").replace(/, (?=[a-z]+$)/, " and ")
  } only those in its scope`;
}

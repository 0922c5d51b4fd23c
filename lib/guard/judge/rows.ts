/**
 * How each operation is judged by a guard: a closed table. An operation without
 * a row is refused.
 *
 * @module
 */

/** What of a request must be read to judge it. */
export type GuardReads = "path" | "query" | "body";

/**
 * - `body`: judged by its body and query;
 * - `query`: by its query, and by what its path names;
 * - `target`: by the container that it acts on;
 * - `never`: refused, unless the knob allows it;
 * - `free`: has nothing to judge.
 */
export type GuardKind = "body" | "query" | "target" | "never" | "free";

/** How an operation is judged. */
export interface GuardWay {
  readonly kind: GuardKind;
  /** null where nothing is read. */
  readonly reads: GuardReads | null;
  /** The knob that allows what is `never` judged; null if none does. */
  readonly knob: string | null;
}

const READS: Readonly<Record<GuardKind, GuardReads | null>> = {
  body: "body",
  query: "query",
  target: "path",
  never: "path",
  free: null,
};

/**
 * `kind`, or `never:knob`, then names. What starts, stops or deletes with nothing
 * but a name is as free in podman's own API as in Docker's; its other writes
 * have bodies that no table has. The join tokens and the key of a swarm give
 * its managers' hosts away, so to read them is a matter of `swarm` too.
 */
const ROWS = `
body container.create container.update container.exec.create container.commit checkpoint.create
body volume.create volume.update network.create network.connect service.create service.update
body secret.create secret.update config.create config.update

query container.start checkpoint.list checkpoint.delete
query image.build image.pull image.import image.load image.tag image.push image.search distribution.inspect plugin.privileges

target container.restart container.unpause container.attach container.attach.ws container.copy
target container.archive.get container.archive.put exec.start
target libpod.container.start libpod.container.restart libpod.container.unpause libpod.container.attach
target libpod.container.init libpod.container.archive.get libpod.container.archive.put libpod.exec.start

never:buildkit build.grpc build.session
never:registries system.auth libpod.image.search
never:plugins plugin.pull plugin.create plugin.enable plugin.disable plugin.push plugin.upgrade plugin.set plugin.delete
never:swarm swarm.inspect swarm.unlockkey swarm.init swarm.join swarm.leave swarm.update swarm.unlock node.update node.delete
never libpod.artifact.pull libpod.artifact.add libpod.artifact.add.local libpod.artifact.push
never libpod.container.create libpod.container.mount libpod.container.checkpoint libpod.container.restore
never libpod.container.update libpod.container.exec.create libpod.container.healthcheck libpod.container.commit
never libpod.image.push libpod.image.load libpod.image.load.local libpod.image.import libpod.image.pull libpod.image.tag
never libpod.image.build libpod.image.build.local libpod.image.scp
never libpod.kube.play libpod.kube.apply libpod.network.create libpod.network.update libpod.network.connect
never libpod.pod.create libpod.pod.start libpod.pod.restart libpod.pod.unpause
never libpod.quadlet.install libpod.secret.create libpod.system.check libpod.volume.create libpod.volume.import
never libpod.manifest.create libpod.manifest.add libpod.manifest.modify libpod.manifest.push

free system.options system.ping system.events system.info system.version system.df
free container.list container.prune container.archive.stat container.export container.changes container.inspect
free container.top container.logs container.stats exec.resize exec.inspect container.kill container.pause
free container.stop container.wait container.resize container.rename container.delete
free build.prune build.cancel image.list image.export.multi image.export image.history image.inspect
free image.attestations image.prune image.delete
free network.list network.inspect network.disconnect network.prune network.delete
free volume.list volume.inspect volume.prune volume.delete plugin.list plugin.inspect
free service.list service.inspect service.logs service.delete task.list task.inspect task.logs
free node.list node.inspect secret.list secret.inspect secret.delete config.list config.inspect config.delete
free debug.vars debug.pprof.index debug.pprof.cmdline debug.pprof.profile debug.pprof.symbol debug.pprof.trace debug.pprof.named
free libpod.container.archive.stat libpod.artifact.inspect libpod.artifact.list libpod.artifact.extract
free libpod.artifact.delete.multi libpod.artifact.delete
free libpod.container.list libpod.container.prune libpod.container.showmounted libpod.container.delete
free libpod.container.inspect libpod.container.kill libpod.container.unmount libpod.container.logs
free libpod.container.pause libpod.container.stats libpod.container.stats.all libpod.container.top
free libpod.container.wait libpod.container.exists libpod.container.shouldrestart libpod.container.stop
free libpod.container.resize libpod.container.export libpod.container.changes libpod.container.rename
free libpod.system.events libpod.exec.resize libpod.exec.inspect libpod.exec.remove
free libpod.generate.systemd libpod.kube.generate libpod.kube.down
free libpod.image.exists libpod.image.tree libpod.image.history libpod.image.list
free libpod.image.delete.multi libpod.image.delete libpod.image.prune libpod.image.export
free libpod.image.export.multi libpod.image.inspect libpod.image.untag libpod.image.changes libpod.image.resolve
free libpod.system.info libpod.system.ping libpod.system.swagger libpod.system.prune libpod.system.df libpod.system.version
free libpod.network.delete libpod.network.exists libpod.network.list libpod.network.inspect libpod.network.disconnect libpod.network.prune
free libpod.pod.list libpod.pod.prune libpod.pod.delete libpod.pod.inspect libpod.pod.exists libpod.pod.kill
free libpod.pod.pause libpod.pod.stop libpod.pod.top libpod.pod.stats
free libpod.quadlet.list libpod.quadlet.read libpod.quadlet.exists libpod.quadlet.delete.multi libpod.quadlet.delete
free libpod.secret.list libpod.secret.inspect libpod.secret.exists libpod.secret.delete
free libpod.volume.exists libpod.volume.list libpod.volume.prune libpod.volume.inspect libpod.volume.delete libpod.volume.export
free libpod.manifest.exists libpod.manifest.inspect libpod.manifest.delete
`;

/** How each operation is judged, by its name. */
export const GUARD_WAYS: ReadonlyMap<string, GuardWay> = new Map(
  ROWS.split("\n").flatMap((row) => {
    const [way = "", ...names] = row.split(" ");
    const [kind, knob = null] = way.split(":") as [GuardKind, string?];
    const found: GuardWay = { kind, reads: READS[kind], knob };
    return names.map((name): [string, GuardWay] => [name, found]);
  }),
);

/** Operations that act on a container by more than its name, beside those whose way is `target`. */
const ALSO_ON_CONTAINERS: ReadonlySet<string> = new Set([
  "container.start",
  "container.exec.create",
  "container.commit",
  "checkpoint.create",
]);

/** Whether an operation acts on a container that must keep to the guard itself. */
export function actsOnContainer(operation: string): boolean {
  return guardWay(operation).kind === "target" ||
    ALSO_ON_CONTAINERS.has(operation);
}

/** Operations that start an exec by its id: the exec is judged beside its target. */
export const EXEC_STARTS: ReadonlySet<string> = new Set([
  "exec.start",
  "libpod.exec.start",
]);

/** Whether an operation has nothing to judge but its target. */
export function judgesTargetAlone(operation: string): boolean {
  return guardWay(operation).kind === "target" && !EXEC_STARTS.has(operation);
}

const UNKNOWN: GuardWay = { kind: "never", reads: "path", knob: null };

/** How an operation is judged; one that has no row is refused. */
export function guardWay(operation: string): GuardWay {
  return GUARD_WAYS.get(operation) ?? UNKNOWN;
}

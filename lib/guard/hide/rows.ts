/**
 * What each operation's answer carries of what can be hidden: the closed table,
 * one row for every operation. An operation without a row is never granted
 * beside a word. The fields were read in the engine's sources (Docker API 1.24
 * to 1.56, podman's compatible calls 3 to 6).
 *
 * A row says `OPERATIONS KIND PART…`; `a.b+c` are the operations `a.b` and `a.c`. A part names words by their first letters
 * (`e`nv, `a`rgs, `m`ounts, `s`warm; `i` for addresses), a mark and a path:
 *
 * | part        | what it means                                                           |
 * | ----------- | ----------------------------------------------------------------------- |
 * | `e=PATH`    | a list of `NAME=VALUE`: the values are hidden                            |
 * | `a~PATH`    | a text or a list of texts: `<hidden>` stands there                       |
 * | `m-PATH`    | a text, list or object: an empty one stands there                        |
 * | `e%PATH`    | a line of an image's history: what follows `ENV` or `ARG` is hidden      |
 * | `a:PATH`    | an event's action: what follows `exec_create: ` is hidden                |
 * | `PATH@NAME` | the parts of a structure, below that path (`@NAME` at the root)          |
 * | `!am`       | what these words hide cannot be hidden there                             |
 * | `?am`       | for these words its error messages are hidden: they cite commands, paths |
 *
 * Where parts with two marks name one path, the first counts that is asked for.
 *
 * An address is emptied, not masked: clients parse it, and the empty one is what
 * engines write where there is none. A text that is base64 is emptied too.
 *
 * @module
 */

import { type FieldPath, type HideWord, parseFieldPath } from "./words.ts";
import { type Hide, HIDE_WORDS, hidesWord } from "./words.ts";

/**
 * What an answer is: one JSON object; a JSON list, judged entry by entry; JSON
 * values one after another, as they come; the processes of `top`; or something
 * else, of which nothing is read.
 */
export type AnswerKind = "one" | "list" | "stream" | "top" | "other";

/** How what stands at a path is hidden; the module's table says what each does. */
export type HideMark = "=" | "~" | "-" | "%" | ":";

/** One place in an answer. */
export interface HidePlace {
  readonly words: readonly HideWord[];
  readonly mark: HideMark;
  /** From the object, or from an entry of the list or stream. */
  readonly path: FieldPath;
}

/** What an operation's answer carries. */
export interface HideRow {
  readonly kind: AnswerKind;
  readonly places: readonly HidePlace[];
  /** Words for which the answer, or what the call makes possible, cannot be hidden. */
  readonly cannot: readonly HideWord[];
  /** Words for which the message of an error is hidden. */
  readonly errors: readonly HideWord[];
}

// A container's environment and commands also reach a client by its files,
// output and processes: those operations cannot be hidden. `image.push` counts,
// since it copies an image to any registry, and so do builds, which run
// commands in an image; `service.create`, since a service reads any secret.
const STRUCTURES = `
config e=Env a~Cmd a~Entrypoint a~Shell a~Healthcheck.Test ea~OnBuild ea~CreateCommand m-Volumes i-MacAddress
imageconfig @config e~Cmd
host e-LogConfig.Config m-Binds m-Mounts m-VolumesFrom m-Tmpfs m-Devices m-ContainerIDFile i-PortBindings.*[].HostIp i-ExtraHosts i-Dns
endpoint i-IPAddress i-Gateway i-MacAddress i-GlobalIPv6Address i-IPv6Gateway i-LinkLocalIPv6Address i-IPAMConfig i-SecondaryIPAddresses i-SecondaryIPv6Addresses i-AdditionalMACAddresses
networking @endpoint Networks.*@endpoint i-Ports.*[].HostIp m-SandboxKey
listed a~Command m-Mounts i-Ports[].IP NetworkSettings@networking HostConfig@host @config Config@config
driver m-GraphDriver.Data m-Storage
image Config@config ContainerConfig@imageconfig @driver
volume m-Mountpoint m-Options m-Status ms-ClusterVolume
network i-IPAM.Config i-Containers.*.IPv4Address i-Containers.*.IPv6Address i-Containers.*.MacAddress si-Peers i-Services i-Status i-Options
service-container e=Env a~Command a~Args a~Healthcheck.Test m-Mounts s-Secrets s-Configs s-Privileges.CredentialSpec i-Hosts i-DNSConfig
task ContainerSpec@service-container e-LogDriver.Options e-PluginSpec.Env
running Spec@task am~Status.Err m-Volumes i-NetworksAttachments[].Addresses i-NetworksAttachments[].Network.IPAMOptions i-NetworksAttachments[].Network.Spec.IPAMOptions
service TaskTemplate@task
plugin e=Settings.Env e~Config.Env[].Value a~Settings.Args a~Config.Args.Value a~Config.Entrypoint m-Settings.Mounts m-Config.Mounts m-Settings.Devices m-Config.Linux.Devices m-Config.PropagatedMount
cluster s-JoinTokens.Worker s-JoinTokens.Manager s-TLSInfo s-Spec.CAConfig si-DefaultAddrPool e-Spec.TaskDefaults.LogDriver.Options
usage Containers[]@listed ContainerUsage.Items[]@listed Volumes[]@volume VolumeUsage.Items[]@volume ea~BuildCache[].Description ea~BuildCacheUsage.Items[].Description
node si-Status.Addr si-ManagerStatus.Addr s-Description.TLSInfo
secret es-SecretData es-Spec.Data es-Spec.Driver.Options
attributes eam-containerInspectData e-registry-mirrors am-runtimes m-destination am-error
`;

const ROWS = `
system.options+ping+auth other
system.events stream a:Action a:status Actor.Attributes@attributes
system.info one e-HttpProxy e-HttpsProxy e-NoProxy e-RegistryConfig.Mirrors e-RegistryConfig.IndexConfigs.*.Mirrors a-Runtimes.*.runtimeArgs m-DockerRootDir m-DriverStatus m-Containerd.Address m-Runtimes.*.path m-Runtimes.*.options m-CDISpecDirs si-Swarm.NodeAddr si-Swarm.RemoteManagers Swarm.Cluster@cluster i-DefaultAddressPools
system.version one
system.df one @usage
container.list list @listed
container.create other !eam
container.prune+kill+pause+unpause+stop+resize+rename+update+delete,container.archive.put,exec.resize other
container.archive.stat other !m
container.archive.get,container.copy other !eamsi
container.export other !eam
container.changes list
container.inspect one a~Path a~Args am~State.Error a~State.Health.Log[].Output m-ResolvConfPath m-HostnamePath m-HostsPath m-LogPath m-Mounts @driver Config@config HostConfig@host NetworkSettings@networking
container.top top
container.logs,service.logs,task.logs other !eamsi
container.stats stream
container.attach.ws,container.attach,container.exec.create,exec.start other !eamsi
exec.inspect one a~ProcessConfig.entrypoint a~ProcessConfig.arguments
container.restart+start other ?ami
container.wait stream am~Error.Message
checkpoint.list list
checkpoint.create+delete other
container.commit other !ea
image.build,build.session+grpc other !ea
build.prune+cancel other
image.list list
image.search list
image.export.multi,image.export other !ea
image.history list a~CreatedBy e%CreatedBy
image.inspect one @image
image.attestations other !ea
image.load+pull+import+tag+prune+delete other
image.push other !ea
distribution.inspect one
network.list list @network
network.inspect one @network
network.create+connect+disconnect+prune+delete other
volume.list one Volumes[]@volume
volume.inspect+create one @volume
volume.prune+update+delete other
plugin.list list @plugin
plugin.privileges list
plugin.inspect one @plugin
plugin.pull+create+enable+disable+push+upgrade+set+delete other
swarm.inspect one @cluster
swarm.unlockkey one s~UnlockKey
swarm.init+join+leave+update+unlock other
service.list list Spec@service PreviousSpec@service i-Endpoint.VirtualIPs[].Addr
service.inspect one Spec@service PreviousSpec@service i-Endpoint.VirtualIPs[].Addr
service.create+update other !s
service.delete other
task.list list @running
task.inspect one @running
node.list list @node
node.inspect one @node
node.update+delete other
secret.list list @secret
secret.inspect one @secret
secret.create+update+delete other
config.list list s-Spec.Data
config.inspect one s-Spec.Data
config.create+update+delete other
debug.vars one a~cmdline
debug.pprof.index+cmdline+profile+symbol+trace+named other !ea
libpod.container.export,libpod.artifact.extract other !eam
libpod.container.mount+showmounted,libpod.container.archive.stat other !m
libpod.container.archive.put other
libpod.artifact.inspect+list+pull+delete+add+push,libpod.artifact.delete.multi,libpod.artifact.add.local other
libpod.container.create+restore+checkpoint,libpod.pod.create,libpod.kube.play+apply+generate,libpod.generate.systemd other !eamsi
libpod.container.list+inspect+top,libpod.pod.list+inspect+top,libpod.system.events,libpod.exec.inspect other !eami
libpod.container.logs,libpod.container.archive.get other !eamsi
libpod.container.attach+healthcheck,libpod.container.exec.create,libpod.exec.start other !eamsi
libpod.container.prune+delete+kill+unmount+pause+stats+unpause+exists+shouldrestart+stop+resize+changes+rename+update+wait,libpod.container.stats.all,libpod.exec.resize+remove other
libpod.container.restart+start+init other ?ami
libpod.image.history+inspect+push+export+build+scp,libpod.image.export.multi,libpod.image.build.local,libpod.container.commit other !eam
libpod.image.exists+tree+list+load+import+delete+pull+prune+search+tag+untag+changes+resolve,libpod.image.load.local,libpod.image.delete.multi other
libpod.system.info other !eami
libpod.kube.down other
libpod.network.list+inspect+create other !i
libpod.network.update+delete+exists+connect+disconnect+prune other
libpod.system.ping+swagger+check+prune+df+version other
libpod.pod.prune+delete+exists+pause+unpause+kill+stop+stats other
libpod.pod.restart+start other ?ami
libpod.quadlet.list+read other !eamsi
libpod.quadlet.exists+install+delete,libpod.quadlet.delete.multi other
libpod.secret.list+inspect other !es
libpod.secret.create+exists+delete other
libpod.volume.list+inspect+create+export other !m
libpod.volume.exists+prune+delete+import other
libpod.manifest.create+exists+inspect+add+modify+delete+push other
`;

/** The letters of the words in the table. */
const LETTERS = "eamsi";

let rows: ReadonlyMap<string, HideRow> | null = null;

/**
 * The row of every operation, by its name.
 *
 * @throws As {@link readRows}: a test reads the table.
 */
export function hideRows(): ReadonlyMap<string, HideRow> {
  return rows ??= readRows(STRUCTURES, ROWS);
}

/**
 * The words of which something is hidden and of which an operation's answer
 * cannot be cleared: it is refused unless it is granted by name. All of them
 * for an operation without a row.
 */
export function cannotHide(hide: Hide, operation: string): HideWord[] {
  const row = hideRows().get(operation);
  return (row === undefined ? HIDE_WORDS : row.cannot).filter((word) =>
    hidesWord(hide, word)
  );
}

/**
 * Says what is wrong with the fields that are to be shown of an operation's
 * answer; null where nothing is.
 */
export function findFieldsProblem(
  operation: string,
  paths: readonly string[],
): string | null {
  const row = hideRows().get(operation);
  if (row === undefined) return `'${operation}' is no operation`;
  if (row.kind === "top" || row.kind === "other") {
    return `the answer of ${operation} has no fields`;
  }
  if (paths.length === 0) return `name at least one field of ${operation}`;
  const wrong = paths.find((path) => parseFieldPath(path) === null);
  return wrong === undefined
    ? null
    : `'${wrong}' is no path of a field, such as Names, State.Status, Ports[].PublicPort or NetworkSettings.Networks.*.IPAddress`;
}

/**
 * Reads a table.
 *
 * @param structureTable Lines `NAME PART…`.
 * @param rowTable Lines `OPERATIONS KIND PART…`.
 * @throws Where a part cannot be read, or an operation has two rows.
 */
export function readRows(
  structureTable: string,
  rowTable: string,
): ReadonlyMap<string, HideRow> {
  const structures = new Map<string, string[]>();
  for (const [name, ...parts] of linesOf(structureTable)) {
    structures.set(name!, parts);
  }
  const read = new Map<string, HideRow>();
  for (const [names, kind, ...parts] of linesOf(rowTable)) {
    const row = {
      kind: kind as AnswerKind,
      places: [] as HidePlace[],
      cannot: [] as HideWord[],
      errors: [] as HideWord[],
    };
    for (const part of parts) {
      if (part.startsWith("!")) row.cannot.push(...wordsOf(part.slice(1)));
      else if (part.startsWith("?")) row.errors.push(...wordsOf(part.slice(1)));
      else addPlaces(row.places, structures, "", part);
    }
    for (const name of namesOf(names!)) {
      if (read.has(name)) throw new Error(`two rows for ${name}`);
      read.set(name, row);
    }
  }
  return read;
}

/** The operations of `a.b+c,d.e`: `a.b`, `a.c` and `d.e`. */
function namesOf(text: string): string[] {
  return text.split(",").flatMap((group) => {
    const [first, ...others] = group.split("+");
    const start = first!.slice(0, first!.lastIndexOf(".") + 1);
    return [first!, ...others.map((last) => start + last)];
  });
}

function linesOf(table: string): string[][] {
  return table.trim().split("\n").map((line) => line.split(" "));
}

const PLACE = /^([eamsi]+)([=~\-%:])(.+)$/;

/** Adds the places of one part, below a path that ends in a dot or is empty. */
function addPlaces(
  places: HidePlace[],
  structures: ReadonlyMap<string, readonly string[]>,
  below: string,
  part: string,
): void {
  const [start, structure] = part.split("@") as [string, string?];
  if (structure !== undefined) {
    const parts = structures.get(structure);
    if (parts === undefined) throw new Error(`no structure ${structure}`);
    const under = start === "" ? below : `${below}${start}.`;
    for (const one of parts) addPlaces(places, structures, under, one);
    return;
  }
  const [, words, mark, rest] = PLACE.exec(part) ?? [];
  const path = parseFieldPath(below + rest);
  if (words === undefined || path === null) throw new Error(`no part ${part}`);
  places.push({ words: wordsOf(words), mark: mark as HideMark, path });
}

function wordsOf(letters: string): HideWord[] {
  return [...letters].map((letter) => {
    const word = HIDE_WORDS[LETTERS.indexOf(letter)];
    if (word === undefined) throw new Error(`no word ${letter}`);
    return word;
  });
}

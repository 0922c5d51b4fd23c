/**
 * The knobs of the guards: what each judges, and what it is at each level.
 *
 * `standard` lets nothing reach the host or its root: Kubernetes' Pod Security
 * Standards, *baseline*, with the exceptions that ordinary compose files need
 * (docs/guards.md compares them point by point). `strict` is *restricted*, and
 * more.
 *
 * @module
 */

/** The levels, the weakest first. */
export const LEVELS = ["none", "standard", "strict"] as const;

/** One of {@link LEVELS}. */
export type Level = typeof LEVELS[number];

/** What a knob may be set to without a list. */
export const VERDICTS = ["deny", "allow", "warn"] as const;

/** One of {@link VERDICTS}. */
export type Verdict = typeof VERDICTS[number];

/**
 * What the value of a knob is:
 * - `flag`: a verdict;
 * - `list`: a verdict, or a list of what is allowed;
 * - `limit`: a ceiling, or `allow` for none;
 * - `words`: a list of its own meaning, empty for nothing.
 */
export type KnobKind = "flag" | "list" | "limit" | "words";

/** A knob. */
export interface KnobRow {
  readonly name: string;
  readonly kind: KnobKind;
  /** What it is at `standard` and at `strict`: a verdict, or texts between spaces; `-` for none. */
  readonly standard: string;
  readonly strict: string;
  /** What it judges. */
  readonly help: string;
}

/** `name|kind|standard|strict|help`. */
const ROWS = `
privileged|flag|deny|deny|Privileged containers and execs.
binds|list|-|-|Paths of the host that may be mounted: '/srv/data' (exactly), '/srv/data:ro' (read-only), '/srv/**' (below it too).
propagation|flag|deny|deny|Mounts that spread to the host (shared, slave).
tmpfs-options|flag|allow|deny|Options of memory file systems, such as exec and suid.
volumes|list|allow|allow|Names of volumes that may be mounted or made.
volume-drivers|list|local|local|Drivers of volumes.
volume-options|flag|deny|deny|Options of a volume's driver, which can mount what the host reaches.
volumes-from|flag|allow|deny|Volumes of other containers; those must keep to the guard too.
devices|list|-|-|Devices of the host, by their paths.
capabilities|list|AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT|NET_BIND_SERVICE|Capabilities that may be added.
security-opt|list|no-new-privileges no-new-privileges=true apparmor=docker-default seccomp=builtin label=type:container_t label=type:container_init_t label=type:container_kvm_t label=type:container_engine_t label=level:*|no-new-privileges no-new-privileges=true apparmor=docker-default seccomp=builtin label=level:*|Options of seccomp, AppArmor and SELinux.
masked-paths|flag|deny|deny|Other masked and read-only paths below /proc and /sys than the engine's own.
namespaces|list|-|-|Namespaces of the host: pid, ipc, uts, user, cgroup, net.
container-namespaces|flag|allow|deny|Namespaces of other containers; those must keep to the guard too.
networks|list|allow|allow|Names of networks that may be joined or made.
default-network|flag|allow|deny|The engine's default network.
network-drivers|list|bridge overlay|bridge|Drivers of networks.
network-options|flag|deny|deny|Options of a network's driver or of an endpoint.
addresses|flag|allow|deny|Chosen addresses and MAC addresses.
ports|list|allow|127.0.0.1 ::1|Published ports: an address, PORT, FROM-TO, or ADDRESS:PORT.
sysctls|list|kernel.shm_rmid_forced net.ipv4.ip_local_port_range net.ipv4.ip_local_reserved_ports net.ipv4.ip_unprivileged_port_start net.ipv4.ping_group_range net.ipv4.tcp_fin_timeout net.ipv4.tcp_keepalive_intvl net.ipv4.tcp_keepalive_probes net.ipv4.tcp_keepalive_time net.ipv4.tcp_syncookies|kernel.shm_rmid_forced net.ipv4.ip_local_port_range net.ipv4.ip_local_reserved_ports net.ipv4.ip_unprivileged_port_start net.ipv4.ping_group_range net.ipv4.tcp_fin_timeout net.ipv4.tcp_keepalive_intvl net.ipv4.tcp_keepalive_probes net.ipv4.tcp_keepalive_time net.ipv4.tcp_syncookies|Kernel parameters.
runtimes|list|runc crun io.containerd.runc.v2|runc crun io.containerd.runc.v2|OCI runtimes.
cgroup-parent|flag|deny|deny|A control group of the host.
users|list|allow|allow|Users of containers and execs.
groups|list|allow|deny|Further groups of containers.
annotations|list|-|-|Annotations, which runtimes act upon; by their keys.
logging|list|json-file local none|json-file local none|Log drivers.
storage|list|size|size|Storage options, by their keys.
ulimits|flag|allow|allow|Resource limits of processes (ulimits).
oom|flag|deny|deny|A container that the kernel kills last, or not at all, when memory runs out.
blkio|flag|allow|deny|Limits of block devices, which name paths of the host.
shm-max|limit|allow|allow|The most shared memory, such as 256m.
memory-max|limit|allow|allow|The most memory of one container, such as 2g.
cpus-max|limit|allow|allow|The most processors of one container, such as 1.5.
pids-max|limit|allow|allow|The most processes of one container.
replicas-max|limit|allow|allow|The most tasks of one service.
require|words|-|memory pids user no-new-privileges drop-all|What each container must set: memory, cpus, pids, user (not root), read-only, no-new-privileges, drop-all (all capabilities).
restart|list|allow|allow|Restart policies: no, on-failure, always, unless-stopped.
healthcheck|flag|allow|allow|Commands that check a container's health.
env-forbidden|words|-|-|Names of environment variables that may not be set, in a Dockerfile neither; '*' stands for any characters.
env-inherited|flag|deny|deny|Environment variables without a value in creations: podman takes them from its own environment. Docker's are not judged.
labels-required|words|-|-|Labels that each container must have: KEY or KEY=VALUE.
labels-added|words|-|-|Labels that sockwarden itself adds to what the client creates, images that are built, committed or imported too: KEY=VALUE. Another value is refused, and so is BuildKit.
labels-forbidden|words|-|-|Labels that may not be set, in a Dockerfile neither: KEY or KEY=VALUE; '*' stands for any characters.
images|list|allow|-|Images that containers may be made from, and Dockerfiles build and copy from, by name or digest.
registries|list|allow|allow|Registries that the engine may be sent to, such as docker.io.
image-contents|flag|allow|deny|Images from elsewhere than a registry: import and load.
builds|flag|allow|deny|Builds by the classic builder.
buildkit|flag|deny|deny|Builds by BuildKit, whose steps cannot be judged.
remote-context|flag|deny|deny|Builds and imports from an address that the engine fetches; ADD of one where the Dockerfile is read.
commands|list|allow|allow|Commands of execs: 'pg_dump *'.
swarm|flag|deny|deny|The swarm itself, its nodes, and services beyond containers.
plugins|flag|deny|deny|Plugins, which are root on the host.
targets|flag|deny|deny|Execs in, and starts, copies and commits of, containers that are outside the guard themselves.
`;

/** All knobs by name. */
export const KNOB_ROWS: ReadonlyMap<string, KnobRow> = new Map(
  ROWS.trim().split("\n").map((row) => {
    const [name, kind, standard, strict, help] = row.split("|") as [
      string,
      KnobKind,
      string,
      string,
      string,
    ];
    return [name, { name, kind, standard, strict, help }];
  }),
);

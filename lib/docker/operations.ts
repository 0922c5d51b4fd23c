/**
 * The operations of the Docker Engine API and of podman's libpod API, as data.
 *
 * Measured on live daemons and read in the source of their routers (Docker API
 * 1.24 to 1.56, podman 3 to 5). A name never changes once it is released:
 * policies are written with these names.
 *
 * @module
 */

/**
 * What an operation can do, from the least to the most severe: `read` shows facts,
 * `sensitive-read` shows what often holds secrets (environments, files, logs),
 * `write` changes something, `exec` runs code or writes to a process.
 */
export const ACCESS_CLASSES = [
  "read",
  "sensitive-read",
  "write",
  "exec",
] as const;

/** One of {@link ACCESS_CLASSES}. */
export type AccessClass = typeof ACCESS_CLASSES[number];

/** Whether operations of a class only show something and change nothing. */
export function onlyShows(access: AccessClass): boolean {
  return access === "read" || access === "sensitive-read";
}

/** The protocol that a tunnel switches to: the value of the `Upgrade` field (RFC 9110 section 7.8). */
export type UpgradeProtocol = "tcp" | "websocket" | "h2c";

/** One operation of the engine's API. */
export interface Operation {
  /** Public name, such as `container.restart`. */
  readonly name: string;
  /** The switch of docker-socket-proxy that governs it, such as `CONTAINERS`; null if none does. */
  readonly section: string | null;
  readonly access: AccessClass;
  /** `plain`: one short answer; `stream`: a long or endless body; `tunnel`: the connection switches to another protocol. */
  readonly transport: "plain" | "stream" | "tunnel";
  /** What a tunnel switches to; null for other operations. */
  readonly upgrade: UpgradeProtocol | null;
  /** The routes that lead to it: one entry for each method and path. */
  readonly routes: readonly Route[];
}

/** One method and path that lead to an operation. */
export interface Route {
  readonly method: string;
  /**
   * `{name}` stands for one segment (an object's name), `{image}` for one or
   * more segments (an image reference), `{any}` for every path.
   */
  readonly path: string;
  /** The podman releases that have this route, recognised by the version prefix; null if all have it. */
  readonly podman: "<4" | ">=4" | null;
}

type Row = readonly [
  name: string,
  method: string,
  path: string,
  section: string,
  access: AccessClass,
  transport: "plain" | "stream" | `tunnel:${UpgradeProtocol}`,
  podman?: "podman<4" | "podman>=4",
];

// `POST /{grpc.Service}/{Method}` of Docker 29 is left out on purpose: it needs
// HTTP/2, and its content type is refused before the path is looked at.
// deno-fmt-ignore
const ROWS: readonly Row[] = [
  ["system.options", "OPTIONS", "/{any}", "-", "read", "plain"],
  ["system.ping", "GET", "/_ping", "PING", "read", "plain"],
  ["system.ping", "HEAD", "/_ping", "PING", "read", "plain"],
  ["system.events", "GET", "/events", "EVENTS", "sensitive-read", "stream"],
  ["system.info", "GET", "/info", "INFO", "read", "plain"],
  ["system.version", "GET", "/version", "VERSION", "read", "plain"],
  ["system.df", "GET", "/system/df", "SYSTEM", "read", "plain"],
  ["system.auth", "POST", "/auth", "AUTH", "write", "plain"],
  ["container.list", "GET", "/containers/json", "CONTAINERS", "read", "plain"],
  ["container.create", "POST", "/containers/create", "CONTAINERS", "write", "plain"],
  ["container.prune", "POST", "/containers/prune", "CONTAINERS", "write", "plain"],
  ["container.archive.stat", "HEAD", "/containers/{name}/archive", "CONTAINERS", "sensitive-read", "plain"],
  ["container.archive.get", "GET", "/containers/{name}/archive", "CONTAINERS", "sensitive-read", "stream"],
  ["container.archive.put", "PUT", "/containers/{name}/archive", "CONTAINERS", "write", "stream"],
  ["container.export", "GET", "/containers/{name}/export", "CONTAINERS", "sensitive-read", "stream"],
  ["container.changes", "GET", "/containers/{name}/changes", "CONTAINERS", "read", "plain"],
  ["container.inspect", "GET", "/containers/{name}/json", "CONTAINERS", "sensitive-read", "plain"],
  ["container.top", "GET", "/containers/{name}/top", "CONTAINERS", "sensitive-read", "plain"],
  ["container.logs", "GET", "/containers/{name}/logs", "CONTAINERS", "sensitive-read", "stream"],
  ["container.stats", "GET", "/containers/{name}/stats", "CONTAINERS", "read", "stream"],
  ["container.attach.ws", "GET", "/containers/{name}/attach/ws", "CONTAINERS", "exec", "tunnel:websocket"],
  ["container.attach", "POST", "/containers/{name}/attach", "CONTAINERS", "exec", "tunnel:tcp"],
  ["container.exec.create", "POST", "/containers/{name}/exec", "CONTAINERS", "exec", "plain"],
  ["exec.start", "POST", "/exec/{name}/start", "EXEC", "exec", "tunnel:tcp"],
  ["exec.resize", "POST", "/exec/{name}/resize", "EXEC", "write", "plain"],
  ["exec.inspect", "GET", "/exec/{name}/json", "EXEC", "sensitive-read", "plain"],
  ["container.kill", "POST", "/containers/{name}/kill", "CONTAINERS", "write", "plain"],
  ["container.pause", "POST", "/containers/{name}/pause", "CONTAINERS", "write", "plain"],
  ["container.unpause", "POST", "/containers/{name}/unpause", "CONTAINERS", "write", "plain"],
  ["container.restart", "POST", "/containers/{name}/restart", "CONTAINERS", "write", "plain"],
  ["container.start", "POST", "/containers/{name}/start", "CONTAINERS", "write", "plain"],
  ["container.stop", "POST", "/containers/{name}/stop", "CONTAINERS", "write", "plain"],
  ["container.wait", "POST", "/containers/{name}/wait", "CONTAINERS", "read", "stream"],
  ["container.resize", "POST", "/containers/{name}/resize", "CONTAINERS", "write", "plain"],
  ["container.rename", "POST", "/containers/{name}/rename", "CONTAINERS", "write", "plain"],
  ["container.update", "POST", "/containers/{name}/update", "CONTAINERS", "write", "plain"],
  ["container.delete", "DELETE", "/containers/{name}", "CONTAINERS", "write", "plain"],
  ["container.copy", "POST", "/containers/{name}/copy", "CONTAINERS", "sensitive-read", "plain"],
  ["checkpoint.list", "GET", "/containers/{name}/checkpoints", "CONTAINERS", "read", "plain"],
  ["checkpoint.create", "POST", "/containers/{name}/checkpoints", "CONTAINERS", "write", "plain"],
  ["checkpoint.delete", "DELETE", "/containers/{name}/checkpoints/{name}", "CONTAINERS", "write", "plain"],
  ["container.commit", "POST", "/commit", "COMMIT", "write", "plain"],
  ["image.build", "POST", "/build", "BUILD", "exec", "stream"],
  ["build.prune", "POST", "/build/prune", "BUILD", "write", "plain"],
  ["build.cancel", "POST", "/build/cancel", "BUILD", "write", "plain"],
  ["build.session", "POST", "/session", "SESSION", "exec", "tunnel:h2c"],
  ["build.grpc", "POST", "/grpc", "GRPC", "exec", "tunnel:h2c"],
  ["image.list", "GET", "/images/json", "IMAGES", "read", "plain"],
  ["image.search", "GET", "/images/search", "IMAGES", "read", "plain"],
  ["image.export.multi", "GET", "/images/get", "IMAGES", "sensitive-read", "stream"],
  ["image.export", "GET", "/images/{image}/get", "IMAGES", "sensitive-read", "stream"],
  ["image.history", "GET", "/images/{image}/history", "IMAGES", "sensitive-read", "plain"],
  ["image.inspect", "GET", "/images/{image}/json", "IMAGES", "sensitive-read", "plain"],
  ["image.attestations", "GET", "/images/{image}/attestations", "IMAGES", "read", "plain"],
  ["image.load", "POST", "/images/load", "IMAGES", "write", "stream"],
  ["image.pull", "POST", "/images/create", "IMAGES", "write", "stream"],
  ["image.import", "POST", "/images/create", "IMAGES", "write", "stream"],
  ["image.push", "POST", "/images/{image}/push", "IMAGES", "write", "stream"],
  ["image.tag", "POST", "/images/{image}/tag", "IMAGES", "write", "plain"],
  ["image.prune", "POST", "/images/prune", "IMAGES", "write", "plain"],
  ["image.delete", "DELETE", "/images/{image}", "IMAGES", "write", "plain"],
  ["distribution.inspect", "GET", "/distribution/{image}/json", "DISTRIBUTION", "read", "plain"],
  ["network.list", "GET", "/networks", "NETWORKS", "read", "plain"],
  ["network.list", "GET", "/networks/", "NETWORKS", "read", "plain"],
  ["network.inspect", "GET", "/networks/{name}", "NETWORKS", "read", "plain"],
  ["network.create", "POST", "/networks/create", "NETWORKS", "write", "plain"],
  ["network.connect", "POST", "/networks/{name}/connect", "NETWORKS", "write", "plain"],
  ["network.disconnect", "POST", "/networks/{name}/disconnect", "NETWORKS", "write", "plain"],
  ["network.prune", "POST", "/networks/prune", "NETWORKS", "write", "plain"],
  ["network.delete", "DELETE", "/networks/{name}", "NETWORKS", "write", "plain"],
  ["volume.list", "GET", "/volumes", "VOLUMES", "sensitive-read", "plain"],
  ["volume.inspect", "GET", "/volumes/{name}", "VOLUMES", "sensitive-read", "plain"],
  ["volume.create", "POST", "/volumes/create", "VOLUMES", "write", "plain"],
  ["volume.prune", "POST", "/volumes/prune", "VOLUMES", "write", "plain"],
  ["volume.update", "PUT", "/volumes/{name}", "VOLUMES", "write", "plain"],
  ["volume.delete", "DELETE", "/volumes/{name}", "VOLUMES", "write", "plain"],
  ["plugin.list", "GET", "/plugins", "PLUGINS", "sensitive-read", "plain"],
  ["plugin.privileges", "GET", "/plugins/privileges", "PLUGINS", "read", "plain"],
  ["plugin.inspect", "GET", "/plugins/{image}/json", "PLUGINS", "sensitive-read", "plain"],
  ["plugin.pull", "POST", "/plugins/pull", "PLUGINS", "write", "stream"],
  ["plugin.create", "POST", "/plugins/create", "PLUGINS", "write", "stream"],
  ["plugin.enable", "POST", "/plugins/{image}/enable", "PLUGINS", "write", "plain"],
  ["plugin.disable", "POST", "/plugins/{image}/disable", "PLUGINS", "write", "plain"],
  ["plugin.push", "POST", "/plugins/{image}/push", "PLUGINS", "write", "stream"],
  ["plugin.upgrade", "POST", "/plugins/{image}/upgrade", "PLUGINS", "write", "stream"],
  ["plugin.set", "POST", "/plugins/{image}/set", "PLUGINS", "write", "plain"],
  ["plugin.delete", "DELETE", "/plugins/{image}", "PLUGINS", "write", "plain"],
  ["swarm.inspect", "GET", "/swarm", "SWARM", "sensitive-read", "plain"],
  ["swarm.unlockkey", "GET", "/swarm/unlockkey", "SWARM", "sensitive-read", "plain"],
  ["swarm.init", "POST", "/swarm/init", "SWARM", "write", "plain"],
  ["swarm.join", "POST", "/swarm/join", "SWARM", "write", "plain"],
  ["swarm.leave", "POST", "/swarm/leave", "SWARM", "write", "plain"],
  ["swarm.update", "POST", "/swarm/update", "SWARM", "write", "plain"],
  ["swarm.unlock", "POST", "/swarm/unlock", "SWARM", "write", "plain"],
  ["service.list", "GET", "/services", "SERVICES", "sensitive-read", "plain"],
  ["service.inspect", "GET", "/services/{name}", "SERVICES", "sensitive-read", "plain"],
  ["service.logs", "GET", "/services/{name}/logs", "SERVICES", "sensitive-read", "stream"],
  ["service.create", "POST", "/services/create", "SERVICES", "write", "plain"],
  ["service.update", "POST", "/services/{name}/update", "SERVICES", "write", "plain"],
  ["service.delete", "DELETE", "/services/{name}", "SERVICES", "write", "plain"],
  ["task.list", "GET", "/tasks", "TASKS", "sensitive-read", "plain"],
  ["task.inspect", "GET", "/tasks/{name}", "TASKS", "sensitive-read", "plain"],
  ["task.logs", "GET", "/tasks/{name}/logs", "TASKS", "sensitive-read", "stream"],
  ["node.list", "GET", "/nodes", "NODES", "read", "plain"],
  ["node.inspect", "GET", "/nodes/{name}", "NODES", "read", "plain"],
  ["node.update", "POST", "/nodes/{name}/update", "NODES", "write", "plain"],
  ["node.delete", "DELETE", "/nodes/{name}", "NODES", "write", "plain"],
  ["secret.list", "GET", "/secrets", "SECRETS", "read", "plain"],
  // dockerd shows no secret here; podman does with ?showsecret=true.
  ["secret.inspect", "GET", "/secrets/{name}", "SECRETS", "sensitive-read", "plain"],
  ["secret.create", "POST", "/secrets/create", "SECRETS", "write", "plain"],
  ["secret.update", "POST", "/secrets/{name}/update", "SECRETS", "write", "plain"],
  ["secret.delete", "DELETE", "/secrets/{name}", "SECRETS", "write", "plain"],
  ["config.list", "GET", "/configs", "CONFIGS", "sensitive-read", "plain"],
  ["config.inspect", "GET", "/configs/{name}", "CONFIGS", "sensitive-read", "plain"],
  ["config.create", "POST", "/configs/create", "CONFIGS", "write", "plain"],
  ["config.update", "POST", "/configs/{name}/update", "CONFIGS", "write", "plain"],
  ["config.delete", "DELETE", "/configs/{name}", "CONFIGS", "write", "plain"],
  ["debug.vars", "GET", "/debug/vars", "-", "sensitive-read", "plain"],
  ["debug.pprof.index", "GET", "/debug/pprof/", "-", "sensitive-read", "plain"],
  ["debug.pprof.cmdline", "GET", "/debug/pprof/cmdline", "-", "sensitive-read", "plain"],
  ["debug.pprof.profile", "GET", "/debug/pprof/profile", "-", "sensitive-read", "stream"],
  ["debug.pprof.symbol", "GET", "/debug/pprof/symbol", "-", "sensitive-read", "plain"],
  ["debug.pprof.trace", "GET", "/debug/pprof/trace", "-", "sensitive-read", "stream"],
  ["debug.pprof.named", "GET", "/debug/pprof/{name}", "-", "sensitive-read", "plain"],
  ["libpod.container.archive.get", "GET", "/libpod/containers/{name}/archive", "LIBPOD_CONTAINERS", "sensitive-read", "stream"],
  ["libpod.container.archive.put", "PUT", "/libpod/containers/{name}/archive", "LIBPOD_CONTAINERS", "write", "stream"],
  ["libpod.container.archive.stat", "HEAD", "/libpod/containers/{name}/archive", "LIBPOD_CONTAINERS", "sensitive-read", "plain"],
  ["libpod.artifact.inspect", "GET", "/libpod/artifacts/{image}/json", "-", "read", "plain"],
  ["libpod.artifact.list", "GET", "/libpod/artifacts/json", "-", "read", "plain"],
  ["libpod.artifact.pull", "POST", "/libpod/artifacts/pull", "-", "write", "stream"],
  ["libpod.artifact.delete.multi", "DELETE", "/libpod/artifacts/remove", "-", "write", "plain"],
  ["libpod.artifact.delete", "DELETE", "/libpod/artifacts/{image}", "-", "write", "plain"],
  ["libpod.artifact.add", "POST", "/libpod/artifacts/add", "-", "write", "stream"],
  ["libpod.artifact.add.local", "POST", "/libpod/artifacts/local/add", "-", "write", "plain"],
  ["libpod.artifact.push", "POST", "/libpod/artifacts/{image}/push", "-", "write", "stream"],
  ["libpod.artifact.extract", "GET", "/libpod/artifacts/{image}/extract", "-", "sensitive-read", "stream"],
  ["libpod.container.create", "POST", "/libpod/containers/create", "LIBPOD_CONTAINERS", "write", "plain"],
  ["libpod.container.list", "GET", "/libpod/containers/json", "LIBPOD_CONTAINERS", "read", "plain"],
  ["libpod.container.prune", "POST", "/libpod/containers/prune", "LIBPOD_CONTAINERS", "write", "plain"],
  ["libpod.container.showmounted", "GET", "/libpod/containers/showmounted", "LIBPOD_CONTAINERS", "sensitive-read", "plain"],
  ["libpod.container.delete", "DELETE", "/libpod/containers/{name}", "LIBPOD_CONTAINERS", "write", "plain"],
  ["libpod.container.inspect", "GET", "/libpod/containers/{name}/json", "LIBPOD_CONTAINERS", "sensitive-read", "plain"],
  ["libpod.container.kill", "POST", "/libpod/containers/{name}/kill", "LIBPOD_CONTAINERS", "write", "plain"],
  ["libpod.container.mount", "POST", "/libpod/containers/{name}/mount", "LIBPOD_CONTAINERS", "write", "plain"],
  ["libpod.container.unmount", "POST", "/libpod/containers/{name}/unmount", "LIBPOD_CONTAINERS", "write", "plain"],
  ["libpod.container.logs", "GET", "/libpod/containers/{name}/logs", "LIBPOD_CONTAINERS", "sensitive-read", "stream"],
  ["libpod.container.pause", "POST", "/libpod/containers/{name}/pause", "LIBPOD_CONTAINERS", "write", "plain"],
  ["libpod.container.restart", "POST", "/libpod/containers/{name}/restart", "LIBPOD_CONTAINERS", "write", "plain"],
  ["libpod.container.start", "POST", "/libpod/containers/{name}/start", "LIBPOD_CONTAINERS", "write", "plain"],
  ["libpod.container.stats", "GET", "/libpod/containers/{name}/stats", "LIBPOD_CONTAINERS", "read", "stream"],
  ["libpod.container.stats.all", "GET", "/libpod/containers/stats", "LIBPOD_CONTAINERS", "read", "stream"],
  ["libpod.container.top", "GET", "/libpod/containers/{name}/top", "LIBPOD_CONTAINERS", "sensitive-read", "stream"],
  ["libpod.container.unpause", "POST", "/libpod/containers/{name}/unpause", "LIBPOD_CONTAINERS", "write", "plain"],
  ["libpod.container.wait", "POST", "/libpod/containers/{name}/wait", "LIBPOD_CONTAINERS", "read", "stream"],
  ["libpod.container.exists", "GET", "/libpod/containers/{name}/exists", "LIBPOD_CONTAINERS", "read", "plain"],
  // Podman's own client before 6 asks it; no podman has a route for it.
  ["libpod.container.shouldrestart", "POST", "/libpod/containers/{name}/shouldrestart", "LIBPOD_CONTAINERS", "read", "plain"],
  ["libpod.container.stop", "POST", "/libpod/containers/{name}/stop", "LIBPOD_CONTAINERS", "write", "plain"],
  ["libpod.container.attach", "POST", "/libpod/containers/{name}/attach", "LIBPOD_CONTAINERS", "exec", "tunnel:tcp"],
  ["libpod.container.resize", "POST", "/libpod/containers/{name}/resize", "LIBPOD_CONTAINERS", "write", "plain"],
  ["libpod.container.export", "GET", "/libpod/containers/{name}/export", "LIBPOD_CONTAINERS", "sensitive-read", "stream"],
  ["libpod.container.checkpoint", "POST", "/libpod/containers/{name}/checkpoint", "LIBPOD_CONTAINERS", "write", "plain"],
  ["libpod.container.restore", "POST", "/libpod/containers/{name}/restore", "LIBPOD_CONTAINERS", "write", "stream"],
  ["libpod.container.changes", "GET", "/libpod/containers/{name}/changes", "LIBPOD_CONTAINERS", "read", "plain"],
  ["libpod.container.init", "POST", "/libpod/containers/{name}/init", "LIBPOD_CONTAINERS", "write", "plain"],
  ["libpod.container.rename", "POST", "/libpod/containers/{name}/rename", "LIBPOD_CONTAINERS", "write", "plain"],
  ["libpod.container.update", "POST", "/libpod/containers/{name}/update", "LIBPOD_CONTAINERS", "write", "plain"],
  ["libpod.system.events", "GET", "/libpod/events", "LIBPOD_EVENTS", "sensitive-read", "stream"],
  ["libpod.container.exec.create", "POST", "/libpod/containers/{name}/exec", "LIBPOD_CONTAINERS", "exec", "plain"],
  ["libpod.exec.start", "POST", "/libpod/exec/{name}/start", "LIBPOD_EXEC", "exec", "tunnel:tcp"],
  ["libpod.exec.resize", "POST", "/libpod/exec/{name}/resize", "LIBPOD_EXEC", "write", "plain"],
  ["libpod.exec.inspect", "GET", "/libpod/exec/{name}/json", "LIBPOD_EXEC", "sensitive-read", "plain"],
  ["libpod.exec.remove", "POST", "/libpod/exec/{name}/remove", "LIBPOD_EXEC", "write", "plain"],
  ["libpod.generate.systemd", "GET", "/libpod/generate/{name}/systemd", "LIBPOD_GENERATE", "sensitive-read", "plain"],
  ["libpod.kube.generate", "GET", "/libpod/generate/kube", "LIBPOD_GENERATE", "sensitive-read", "plain"],
  ["libpod.container.healthcheck", "GET", "/libpod/containers/{name}/healthcheck", "LIBPOD_CONTAINERS", "exec", "plain"],
  ["libpod.image.push", "POST", "/libpod/images/{image}/push", "LIBPOD_IMAGES", "write", "stream"],
  ["libpod.image.exists", "GET", "/libpod/images/{image}/exists", "LIBPOD_IMAGES", "read", "plain"],
  ["libpod.image.tree", "GET", "/libpod/images/{image}/tree", "LIBPOD_IMAGES", "read", "plain"],
  ["libpod.image.history", "GET", "/libpod/images/{image}/history", "LIBPOD_IMAGES", "sensitive-read", "plain"],
  ["libpod.image.list", "GET", "/libpod/images/json", "LIBPOD_IMAGES", "read", "plain"],
  ["libpod.image.load", "POST", "/libpod/images/load", "LIBPOD_IMAGES", "write", "stream"],
  ["libpod.image.load.local", "POST", "/libpod/local/images/load", "LIBPOD_IMAGES", "write", "plain"],
  ["libpod.image.import", "POST", "/libpod/images/import", "LIBPOD_IMAGES", "write", "stream"],
  ["libpod.image.delete.multi", "DELETE", "/libpod/images/remove", "LIBPOD_IMAGES", "write", "plain"],
  ["libpod.image.delete", "DELETE", "/libpod/images/{image}", "LIBPOD_IMAGES", "write", "plain"],
  ["libpod.image.pull", "POST", "/libpod/images/pull", "LIBPOD_IMAGES", "write", "stream"],
  ["libpod.image.prune", "POST", "/libpod/images/prune", "LIBPOD_IMAGES", "write", "plain"],
  ["libpod.image.search", "GET", "/libpod/images/search", "LIBPOD_IMAGES", "read", "plain"],
  ["libpod.image.export", "GET", "/libpod/images/{image}/get", "LIBPOD_IMAGES", "sensitive-read", "stream"],
  ["libpod.image.export.multi", "GET", "/libpod/images/export", "LIBPOD_IMAGES", "sensitive-read", "stream"],
  ["libpod.image.inspect", "GET", "/libpod/images/{image}/json", "LIBPOD_IMAGES", "sensitive-read", "plain"],
  ["libpod.image.tag", "POST", "/libpod/images/{image}/tag", "LIBPOD_IMAGES", "write", "plain"],
  ["libpod.container.commit", "POST", "/libpod/commit", "-", "write", "plain"],
  ["libpod.image.untag", "POST", "/libpod/images/{image}/untag", "LIBPOD_IMAGES", "write", "plain"],
  ["libpod.image.changes", "GET", "/libpod/images/{image}/changes", "LIBPOD_IMAGES", "read", "plain"],
  ["libpod.image.build", "POST", "/libpod/build", "-", "exec", "stream"],
  ["libpod.image.build.local", "POST", "/libpod/local/build", "-", "exec", "plain"],
  ["libpod.image.scp", "POST", "/libpod/images/scp/{image}", "LIBPOD_IMAGES", "write", "stream"],
  ["libpod.image.resolve", "GET", "/libpod/images/{image}/resolve", "LIBPOD_IMAGES", "read", "plain"],
  ["libpod.system.info", "GET", "/libpod/info", "LIBPOD_INFO", "read", "plain"],
  ["libpod.kube.play", "POST", "/libpod/play/kube", "LIBPOD_PLAY", "exec", "stream"],
  ["libpod.kube.play", "POST", "/libpod/kube/play", "LIBPOD_PLAY", "exec", "stream"],
  ["libpod.kube.down", "DELETE", "/libpod/play/kube", "LIBPOD_PLAY", "write", "plain"],
  ["libpod.kube.down", "DELETE", "/libpod/kube/play", "LIBPOD_PLAY", "write", "plain"],
  ["libpod.kube.generate", "GET", "/libpod/kube/generate", "LIBPOD_GENERATE", "sensitive-read", "plain"],
  ["libpod.kube.apply", "POST", "/libpod/kube/apply", "LIBPOD_PLAY", "write", "plain"],
  ["libpod.network.delete", "DELETE", "/libpod/networks/{name}", "LIBPOD_NETWORKS", "write", "plain"],
  ["libpod.network.update", "POST", "/libpod/networks/{name}/update", "LIBPOD_NETWORKS", "write", "plain"],
  ["libpod.network.exists", "GET", "/libpod/networks/{name}/exists", "LIBPOD_NETWORKS", "read", "plain"],
  ["libpod.network.list", "GET", "/libpod/networks/json", "LIBPOD_NETWORKS", "read", "plain"],
  ["libpod.network.inspect", "GET", "/libpod/networks/{name}/json", "LIBPOD_NETWORKS", "read", "plain"],
  ["libpod.network.inspect", "GET", "/libpod/networks/{name}", "LIBPOD_NETWORKS", "read", "plain"],
  ["libpod.network.create", "POST", "/libpod/networks/create", "LIBPOD_NETWORKS", "write", "plain"],
  ["libpod.network.connect", "POST", "/libpod/networks/{name}/connect", "LIBPOD_NETWORKS", "write", "plain"],
  ["libpod.network.disconnect", "POST", "/libpod/networks/{name}/disconnect", "LIBPOD_NETWORKS", "write", "plain"],
  ["libpod.network.prune", "POST", "/libpod/networks/prune", "LIBPOD_NETWORKS", "write", "plain"],
  ["libpod.system.ping", "GET", "/libpod/_ping", "LIBPOD_PING", "read", "plain"],
  ["libpod.system.ping", "HEAD", "/libpod/_ping", "LIBPOD_PING", "read", "plain"],
  ["libpod.pod.list", "GET", "/libpod/pods/json", "LIBPOD_PODS", "read", "plain"],
  ["libpod.pod.create", "POST", "/libpod/pods/create", "LIBPOD_PODS", "write", "plain"],
  ["libpod.pod.prune", "POST", "/libpod/pods/prune", "LIBPOD_PODS", "write", "plain"],
  ["libpod.pod.delete", "DELETE", "/libpod/pods/{name}", "LIBPOD_PODS", "write", "plain"],
  ["libpod.pod.inspect", "GET", "/libpod/pods/{name}/json", "LIBPOD_PODS", "sensitive-read", "plain"],
  ["libpod.pod.exists", "GET", "/libpod/pods/{name}/exists", "LIBPOD_PODS", "read", "plain"],
  ["libpod.pod.kill", "POST", "/libpod/pods/{name}/kill", "LIBPOD_PODS", "write", "plain"],
  ["libpod.pod.pause", "POST", "/libpod/pods/{name}/pause", "LIBPOD_PODS", "write", "plain"],
  ["libpod.pod.restart", "POST", "/libpod/pods/{name}/restart", "LIBPOD_PODS", "write", "plain"],
  ["libpod.pod.start", "POST", "/libpod/pods/{name}/start", "LIBPOD_PODS", "write", "plain"],
  ["libpod.pod.stop", "POST", "/libpod/pods/{name}/stop", "LIBPOD_PODS", "write", "plain"],
  ["libpod.pod.unpause", "POST", "/libpod/pods/{name}/unpause", "LIBPOD_PODS", "write", "plain"],
  ["libpod.pod.top", "GET", "/libpod/pods/{name}/top", "LIBPOD_PODS", "sensitive-read", "stream"],
  ["libpod.pod.stats", "GET", "/libpod/pods/stats", "LIBPOD_PODS", "read", "stream"],
  ["libpod.quadlet.list", "GET", "/libpod/quadlets/json", "-", "read", "plain"],
  ["libpod.quadlet.read", "GET", "/libpod/quadlets/{name}/file", "-", "sensitive-read", "plain"],
  ["libpod.quadlet.exists", "GET", "/libpod/quadlets/{name}/exists", "-", "read", "plain"],
  ["libpod.quadlet.install", "POST", "/libpod/quadlets", "-", "write", "plain"],
  ["libpod.quadlet.delete.multi", "DELETE", "/libpod/quadlets", "-", "write", "plain"],
  ["libpod.quadlet.delete", "DELETE", "/libpod/quadlets/{name}", "-", "write", "plain"],
  ["libpod.secret.create", "POST", "/libpod/secrets/create", "LIBPOD_SECRETS", "write", "stream"],
  ["libpod.secret.list", "GET", "/libpod/secrets/json", "LIBPOD_SECRETS", "read", "plain"],
  ["libpod.secret.inspect", "GET", "/libpod/secrets/{name}/json", "LIBPOD_SECRETS", "sensitive-read", "plain"],
  ["libpod.secret.exists", "GET", "/libpod/secrets/{name}/exists", "LIBPOD_SECRETS", "read", "plain"],
  ["libpod.secret.delete", "DELETE", "/libpod/secrets/{name}", "LIBPOD_SECRETS", "write", "plain"],
  ["libpod.system.swagger", "GET", "/libpod/swagger", "-", "read", "plain"],
  ["libpod.system.check", "POST", "/libpod/system/check", "LIBPOD_SYSTEM", "write", "plain"],
  ["libpod.system.prune", "POST", "/libpod/system/prune", "LIBPOD_SYSTEM", "write", "plain"],
  ["libpod.system.df", "GET", "/libpod/system/df", "LIBPOD_SYSTEM", "read", "plain"],
  ["libpod.system.version", "GET", "/libpod/version", "LIBPOD_VERSION", "read", "plain"],
  ["libpod.volume.create", "POST", "/libpod/volumes/create", "LIBPOD_VOLUMES", "write", "plain"],
  ["libpod.volume.exists", "GET", "/libpod/volumes/{name}/exists", "LIBPOD_VOLUMES", "read", "plain"],
  ["libpod.volume.list", "GET", "/libpod/volumes/json", "LIBPOD_VOLUMES", "sensitive-read", "plain"],
  ["libpod.volume.prune", "POST", "/libpod/volumes/prune", "LIBPOD_VOLUMES", "write", "plain"],
  ["libpod.volume.inspect", "GET", "/libpod/volumes/{name}/json", "LIBPOD_VOLUMES", "sensitive-read", "plain"],
  ["libpod.volume.delete", "DELETE", "/libpod/volumes/{name}", "LIBPOD_VOLUMES", "write", "plain"],
  ["libpod.volume.export", "GET", "/libpod/volumes/{name}/export", "LIBPOD_VOLUMES", "sensitive-read", "stream"],
  ["libpod.volume.import", "POST", "/libpod/volumes/{name}/import", "LIBPOD_VOLUMES", "write", "stream"],
  ["libpod.manifest.create", "POST", "/libpod/manifests/create", "LIBPOD_MANIFESTS", "write", "plain", "podman<4"],
  ["libpod.manifest.create", "POST", "/libpod/manifests/{image}", "LIBPOD_MANIFESTS", "write", "plain", "podman>=4"],
  ["libpod.manifest.exists", "GET", "/libpod/manifests/{image}/exists", "LIBPOD_MANIFESTS", "read", "plain"],
  ["libpod.manifest.inspect", "GET", "/libpod/manifests/{image}/json", "LIBPOD_MANIFESTS", "read", "plain"],
  ["libpod.manifest.add", "POST", "/libpod/manifests/{image}/add", "LIBPOD_MANIFESTS", "write", "plain", "podman<4"],
  ["libpod.manifest.modify", "PUT", "/libpod/manifests/{image}", "LIBPOD_MANIFESTS", "write", "stream", "podman>=4"],
  ["libpod.manifest.delete", "DELETE", "/libpod/manifests/{image}", "LIBPOD_MANIFESTS", "write", "plain"],
  ["libpod.manifest.push", "POST", "/libpod/manifests/{image}/push", "LIBPOD_MANIFESTS", "write", "plain", "podman<4"],
  ["libpod.manifest.push", "POST", "/libpod/manifests/{image}/registry/{image}", "LIBPOD_MANIFESTS", "write", "stream", "podman>=4"],
];

/** Every operation, in the order of the table. */
export const OPERATIONS: readonly Operation[] = build(ROWS);

/** Operations by name. */
export const OPERATION_BY_NAME: ReadonlyMap<string, Operation> = new Map(
  OPERATIONS.map((operation) => [operation.name, operation]),
);

/** Every section that governs an operation, such as `CONTAINERS`. */
export const SECTIONS: ReadonlySet<string> = new Set(
  OPERATIONS.flatMap(({ section }) => section === null ? [] : [section]),
);

function build(rows: readonly Row[]): Operation[] {
  const byName = new Map<string, Operation & { routes: Route[] }>();
  for (const [name, method, path, section, access, kind, podman] of rows) {
    const route: Route = {
      method,
      path,
      podman: podman === undefined
        ? null
        : podman === "podman<4"
        ? "<4"
        : ">=4",
    };
    const known = byName.get(name);
    if (known !== undefined) {
      known.routes.push(route);
      continue;
    }
    const [transport, upgrade] = kind.split(":") as [
      Operation["transport"],
      UpgradeProtocol?,
    ];
    byName.set(name, {
      name,
      section: section === "-" ? null : section,
      access,
      transport,
      upgrade: upgrade ?? null,
      routes: [route],
    });
  }
  return [...byName.values()];
}

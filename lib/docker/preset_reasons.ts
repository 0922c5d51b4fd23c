/**
 * Why each preset has the guard and hides what `preset_needs.ts` says, for those
 * who read about it: one line for every preset.
 *
 * @module
 */

const TABLE = `
traefik|It routes by labels, ports and addresses.
traefik-swarm|It routes by labels and addresses of services, tasks and nodes.
nginx-proxy|It routes by these variables, ports and addresses. A template of one's own may read others: name them in env-except.
acme-companion|It runs commands in and restarts the proxy's container as it is, binds included; privileged execs are refused. Who may run commands in a container reads its environment.
swag|It reads labels and ports.
caddy-docker-proxy|It routes by labels and addresses.
registrator|It reads ports, addresses and these variables.
sablier|It starts containers as they are, binds included; checkpoints from elsewhere are refused.
portainer-readonly|Its pages show commands and mounts.
portainer|It edits what it has read. Containers with binds: write the guard with binds: [/srv/data].
portainer-swarm|It edits what it has read, and changes nodes. Services with binds: write the guard with binds.
homepage|It shows states and statistics.
homepage-swarm|It shows states of services.
homarr|It shows states and statistics.
homarr-actions|It starts containers as they are, binds included.
yacht|Its pages show commands and mounts.
yacht-actions|It edits what it has read. Apps with binds or devices: write the guard with binds and devices.
dockge|docker compose recreates from what it has read. Stacks with binds: write the guard with binds: [/srv/data].
dockge-shell|Who may run commands in a container reads its environment.
komodo|docker compose recreates from what it has read. Stacks with binds: write the guard with binds: [/srv/data].
komodo-shell|Who may run commands in a container reads its environment.
arcane|It recreates from what it has read. Stacks with binds: write the guard with binds: [/srv/data].
arcane-shell|Who may run commands in a container reads its environment.
dockhand|It recreates from what it has read, and its own helpers mount volumes. Stacks with binds: write the guard with binds: [/srv/data].
dockhand-shell|Who may run commands in a container reads its environment.
lazydocker|Its pages show commands and mounts, and logs, which may hold anything.
swarmpit|It edits what it has read, and changes nodes. Services with binds: write the guard with binds.
swarmpit-secrets|It edits what it has read.
swarmpit-agent|It reports states and statistics.
watchtower|It makes containers anew as they were, with all binds and capabilities that they have, from what it has read: a guard would refuse them, hidden values would be lost.
watchtower-monitor|It compares images.
watchtower-hooks|It runs commands in containers as they are, binds included; privileged execs are refused.
wud|It compares images.
wud-actions|It makes containers anew as they were, with all binds and capabilities that they have, from what it has read: a guard would refuse them, hidden values would be lost.
drydock|It compares images, and shows states and logs, which may hold anything.
drydock-actions|It makes containers anew as they were, with all binds and capabilities that they have, from what it has read: a guard would refuse them, hidden values would be lost.
diun|It compares images.
diun-swarm|It compares images.
dozzle|It shows logs, which may hold anything, and states. Its pages of volumes need mounts: write hide: [env, args], and container.logs in allow.
dozzle-actions|It starts containers as they are, binds included.
dozzle-shell|It runs commands in containers as they are, binds included; privileged execs are refused. Who may run commands in a container reads its environment.
uptime-kuma|It reads states.
netdata|It makes names of these variables.
prometheus|It finds targets by labels, ports and addresses.
prometheus-swarm|It finds targets by labels and addresses of services, tasks and nodes.
cadvisor|It reads where the engine keeps its files. With --docker_env_metadata_whitelist name those variables in env-except.
glances|It shows states and statistics.
beszel|It shows states and statistics.
beszel-details|It shows the rest of a description, and logs, which may hold anything.
telegraf|It reads states, statistics, logs, and how the engine stores. With tag_env name those variables in env-except.
ctop|It shows states and statistics; its page of a container then has no environment.
vector|It reads logs, which may hold anything, names and labels.
promtail|It reads logs, which may hold anything, and finds them by labels and addresses.
alloy|It reads logs, which may hold anything, and finds them by labels and addresses.
crowdsec|It reads logs, which may hold anything, names and labels.
crowdsec-swarm|It reads logs, which may hold anything, names and labels.
trivy|It looks for secrets in images, and reads them whole.
autoheal|It restarts containers as they are, binds included.
docker-volume-backup|It starts containers as they are, binds included.
docker-volume-backup-exec|It runs commands in containers as they are, binds included; privileged execs are refused.
docker-volume-backup-swarm|It writes services back as it has read them, with all binds that they have.
authentik|It compares environments. Its outposts need nothing of the host.
woodpecker|Its steps mount volumes of its own. Trusted repositories with host volumes: write the guard with binds; privileged plugins are root on the host.
github-actions-runner|Its job containers mount the engine's socket and the runner's folders, so a guard would keep nothing. For service containers alone: guard: standard.
gitlab-runner|Its jobs mount volumes of its own. Host volumes in config.toml: write the guard with binds; privileged = true is root on the host.
act|Its job containers mount the engine's socket and take the host's network, so a guard would keep nothing. With --container-daemon-socket - and --network bridge: guard: standard.
testcontainers|The container of its reaper mounts the engine's socket, and the Java library makes it privileged, so a guard would keep nothing. With TESTCONTAINERS_RYUK_DISABLED=true: guard: standard.
testcontainers-jvm|It prunes.
testcontainers-ryuk|It finds what to delete by labels.
docker-build|Steps of BuildKit run through a tunnel that cannot be judged, and can read what an image holds. Classic builds are judged.
`;

const REASONS: ReadonlyMap<string, string> = new Map(
  TABLE.trim().split("\n").map((line) => {
    const at = line.indexOf("|");
    return [line.slice(0, at), line.slice(at + 1)];
  }),
);

/** Names of the presets that have a reason. */
export const PRESETS_WITH_REASONS: readonly string[] = [...REASONS.keys()];

/** Why the newest version of a preset has its guard and hides what it does; empty for none. */
export function presetReason(name: string): string {
  return REASONS.get(name) ?? "";
}

/**
 * What the known clients of the Docker API need, as data.
 *
 * A row never changes once it is released: if a client needs something else,
 * add a row with the next version below it. The sources: "recorded" means from
 * traffic, "documented" from the client's documentation, "read" from its source
 * code, "inferred" from its purpose and the client library that it uses, until
 * there is a recording.
 *
 * @module
 */

/** One version of one preset. */
export type PresetRow = readonly [
  name: string,
  version: number,
  title: string,
  /** Names of operations, with spaces between them. */
  operations: string,
  source: string,
  /** What it leaves out, and how to add that. */
  note?: string,
];

/** What most clients ask first, to negotiate a version of the API. */
const P = "system.ping system.version";
const INFO = "system.info";
const E = "system.events";
const L = "container.list";
const I = "container.inspect";
const LOGS = "container.logs";
const STATS = "container.stats";
const EXEC = "container.exec.create exec.start";
const SHELL = `${EXEC} exec.resize exec.inspect`;
/** A container's life cycle. */
const RUN = "container.create container.start container.stop container.delete";
const PULL = "image.inspect image.pull";
const NETWORKS = "network.list network.inspect network.create network.delete";
const VOLUMES = "volume.list volume.inspect volume.create volume.delete";

/** `docker compose` up, down, start, stop, restart, pull, ps and logs. */
const COMPOSE =
  `${P} ${INFO} ${E} ${L} ${I} ${LOGS} ${RUN} container.restart container.rename ${PULL} ${NETWORKS} network.connect network.disconnect volume.list volume.inspect volume.create`;

/** What docker-gen asks to render its templates. */
const DOCKER_GEN = `${P} ${INFO} ${L} ${I} ${E} network.list`;

/** What Portainer reads. */
const PORTAINER_READS =
  `${P} ${INFO} ${E} ${L} ${I} container.top ${LOGS} ${STATS} image.list image.inspect image.history network.list network.inspect volume.list volume.inspect plugin.list`;

// Ouroboros is left out: it is no longer maintained.
/** Every version of every preset; the versions of one preset ascend. */
// deno-fmt-ignore
export const PRESET_ROWS: readonly PresetRow[] = [
  // Reverse proxies and their companions.
  ["traefik", 1, "Traefik, Docker provider",
    `${P} ${L} ${I} ${E}`,
    "Recorded: knrdl/docker-socket-protector, profile traefik; read: traefik/traefik, pkg/provider/docker/pdocker.go.",
    "For the swarm provider use preset traefik-swarm."],
  ["traefik-swarm", 1, "Traefik, Swarm provider",
    `${P} service.list task.list network.list node.inspect`,
    "Recorded: Traefik 3.7.9; read: traefik/traefik, pkg/provider/docker/pswarm.go.",
    "If every service has the label traefik.swarm.lbswarm=true: --deny task.list, --deny node.inspect. Reopening Traefik's log files by a signal: --allow container.kill."],
  ["nginx-proxy", 1, "nginx-proxy, docker-gen",
    DOCKER_GEN,
    "Read: nginx-proxy/docker-gen, internal/generator/generator.go.",
    "If docker-gen runs in another container than nginx, it signals or restarts nginx: --allow container.kill, --allow container.restart."],
  ["acme-companion", 1, "acme-companion of nginx-proxy",
    `${DOCKER_GEN} ${EXEC} container.kill container.restart`,
    "Read: nginx-proxy/acme-companion, app/functions.sh, and the docker-gen in its image."],
  ["swag", 1, "SWAG with the auto-proxy mod",
    `system.ping ${L} ${I}`,
    "Read: linuxserver/docker-mods, auto-proxy.sh (docker ps and docker inspect).",
    "Other mods of SWAG may need more."],
  ["sablier", 1, "Sablier, Docker provider",
    `${P} ${L} ${I} ${E} container.start container.stop container.wait`,
    "Read: sablierapp/sablier, pkg/provider/docker.",
    "Pausing instead of stopping: --allow container.pause, --allow container.unpause. Limits that change with the load: --allow container.update."],

  // Dashboards and managers.
  ["portainer-readonly", 1, "Portainer, read-only",
    PORTAINER_READS,
    "Recorded: knrdl/docker-socket-protector, profile portainer-ro.",
    "For changes use preset portainer."],
  ["portainer", 1, "Portainer",
    `${PORTAINER_READS} ${RUN} container.restart container.kill container.pause container.unpause container.rename container.update container.commit container.attach container.resize ${EXEC} exec.resize image.pull image.push image.tag image.build image.load image.export.multi image.delete distribution.inspect network.create network.connect network.disconnect network.delete volume.create volume.delete system.auth`,
    "Recorded: knrdl/docker-socket-protector, profile portainer-rw; inferred: commit, build, push, load and registries.",
    "Plugins and pruning are left out. On a swarm manager add preset portainer-swarm."],
  ["portainer-swarm", 1, "Portainer on a swarm manager, in addition to portainer",
    "service.list service.inspect service.logs service.create service.update service.delete task.list task.inspect task.logs node.list node.inspect node.update config.list config.inspect config.create config.delete secret.list",
    "Inferred from its swarm pages.",
    "Secrets are shown by name only; to change them: --allow secret.inspect, --allow secret.create, --allow secret.delete. The page of join tokens: --allow swarm.inspect, whose reader can join the swarm as a manager."],
  ["homepage", 1, "Homepage",
    `${L} ${I} ${STATS}`,
    "Documented: gethomepage.dev, configs/docker; read: gethomepage/homepage, src/pages/api/docker and src/utils/docker.",
    "Recent releases need no container.inspect: --deny container.inspect. With swarm: true add preset homepage-swarm."],
  ["homepage-swarm", 1, "Homepage with services of a swarm, in addition to homepage",
    "service.list service.inspect task.list",
    "Documented: gethomepage.dev, configs/docker (SERVICES, TASKS); read: gethomepage/homepage, src/utils/docker/status.js."],
  ["homarr", 1, "Homarr",
    `${L} ${STATS}`,
    "Read: homarr-labs/homarr, packages/request-handler/src/docker.ts.",
    "Starting, stopping, restarting and removing: add preset homarr-actions."],
  ["homarr-actions", 1, "Homarr: start, stop, restart, remove, in addition to homarr",
    `${I} container.start container.stop container.restart container.delete`,
    "Read: homarr-labs/homarr, packages/api/src/router/docker/docker-router.ts."],
  ["yacht", 1, "Yacht, read-only",
    `system.version ${L} ${I} container.top ${LOGS} ${STATS} image.list image.inspect network.list network.inspect volume.list volume.inspect`,
    "Read: SelfhostedPro/Yacht, backend/api/actions.",
    "Changes: add preset yacht-actions."],
  ["yacht-actions", 1, "Yacht: deploy, change, prune, in addition to yacht",
    `${RUN} container.restart container.kill container.wait container.prune image.pull image.delete image.prune distribution.inspect network.create network.delete network.prune volume.create volume.delete volume.prune`,
    "Read: SelfhostedPro/Yacht, backend/api/actions.",
    "Updates of an app start a Watchtower on the raw socket; give it its own access instead."],
  ["dockge", 1, "Dockge",
    `${COMPOSE} ${STATS}`,
    "Inferred: it runs docker compose; recorded in part, with docker-compose 1.29.",
    "Terminals: add preset dockge-shell. Building images: add preset docker-build. Removing volumes: --allow volume.delete. Pruning images: --allow image.prune."],
  ["dockge-shell", 1, "Dockge: terminals, in addition to dockge",
    SHELL,
    "Inferred: it runs docker compose exec."],
  ["komodo", 1, "Komodo Periphery",
    `${COMPOSE} ${STATS} container.pause container.unpause container.prune image.list image.history image.delete image.prune network.prune volume.delete volume.prune build.prune system.auth`,
    "Read in part: moghtech/komodo, bin/periphery/src; inferred: what docker and docker compose do for it.",
    "Terminals: add preset komodo-shell. Builds: add preset docker-build. Swarms are left out."],
  ["komodo-shell", 1, "Komodo Periphery: terminals, in addition to komodo",
    SHELL,
    "Inferred: it runs docker exec."],
  ["swarmpit", 1, "Swarmpit",
    `system.version ${INFO} system.auth service.list service.inspect service.logs service.create service.update service.delete task.list task.inspect node.list node.inspect node.update node.delete ${NETWORKS} ${VOLUMES} config.list config.inspect config.create config.delete image.inspect`,
    "Read: swarmpit/swarmpit, src/clj/swarmpit/docker/engine/client.clj.",
    "Secrets: add preset swarmpit-secrets. Facts of the swarm itself, with its join tokens: --allow swarm.inspect. Its agent: preset swarmpit-agent."],
  ["swarmpit-secrets", 1, "Swarmpit: secrets, in addition to swarmpit",
    "secret.list secret.inspect secret.create secret.update secret.delete",
    "Read: swarmpit/swarmpit, src/clj/swarmpit/docker/engine/client.clj.",
    "Docker shows no secret's content here; podman does when asked to."],
  ["swarmpit-agent", 1, "Swarmpit's agent",
    `${E} ${L} ${STATS}`,
    "Read: swarmpit/agent, swarmpit/task.",
    "Recent releases may also show logs: --allow container.logs, --allow container.inspect."],

  // Updates of images.
  ["watchtower", 1, "Watchtower",
    `system.ping ${L} ${I} ${PULL} ${RUN} container.kill container.rename network.connect network.disconnect`,
    "Recorded: containrrr/watchtower 1.7.1 and nicholas-fedor/watchtower 1.21.0; read: their pkg/container; documented: openserbia/watchtower, docs/required-capabilities.md.",
    "The fork of openserbia: --allow system.version, --allow image.tag. Clean-up of old images: --allow image.delete. Lifecycle hooks: add preset watchtower-hooks. Watching events: --allow system.events. Telling podman from Docker: --allow system.info. Waiting for init containers: --allow container.wait."],
  ["watchtower-monitor", 1, "Watchtower, monitor-only",
    `${P} ${L} ${I} ${PULL}`,
    "Documented: openserbia/watchtower, docs/required-capabilities.md.",
    "It pulls newer images. With --no-pull it does not: --deny image.pull."],
  ["watchtower-hooks", 1, "Watchtower: lifecycle hooks, in addition to watchtower",
    `${EXEC} exec.inspect`,
    "Documented: openserbia/watchtower, docs/required-capabilities.md; read: containrrr/watchtower, pkg/container/client.go."],
  ["wud", 1, "What's up Docker (WUD)",
    `${L} ${I} ${E} image.inspect`,
    "Read: getwud/wud, app/watchers/providers/docker.",
    "Updates by its docker trigger: add preset wud-actions."],
  ["wud-actions", 1, "What's up Docker: the docker trigger, in addition to wud",
    `${RUN} container.wait image.list image.pull image.delete`,
    "Read: getwud/wud, app/triggers/providers/docker."],
  ["diun", 1, "Diun, Docker provider",
    `${P} ${L} image.inspect`,
    "Recorded: knrdl/docker-socket-protector, profile diun; read: crazy-max/diun, pkg/docker.",
    "For the swarm provider add preset diun-swarm."],
  ["diun-swarm", 1, "Diun, Swarm provider, in addition to diun",
    "service.list",
    "Read: crazy-max/diun, pkg/docker/service.go."],

  // Logs and metrics.
  ["dozzle", 1, "Dozzle",
    `${P} ${INFO} ${L} ${I} ${E} ${LOGS} ${STATS}`,
    "Recorded: Dozzle 10.7.3; documented: dozzle.dev, guide/remote-hosts; read: amir20/dozzle, internal/docker/client.go.",
    "Start, stop and restart: add preset dozzle-actions. Shells: add preset dozzle-shell. Disk usage of volumes: --allow system.df. Checking for newer images: --allow image.inspect. Updating containers is left out."],
  ["dozzle-actions", 1, "Dozzle: start, stop, restart, in addition to dozzle",
    "container.start container.stop container.restart",
    "Documented: dozzle.dev, guide/actions; read: amir20/dozzle, internal/docker/client.go."],
  ["dozzle-shell", 1, "Dozzle: attach and shells, in addition to dozzle",
    `container.attach ${EXEC} exec.resize`,
    "Documented: dozzle.dev, guide/shell; read: amir20/dozzle, internal/docker/client.go."],
  ["uptime-kuma", 1, "Uptime Kuma",
    `${L} ${I}`,
    "Read: louislam/uptime-kuma, server/docker.js and server/model/monitor.js."],
  ["netdata", 1, "Netdata",
    `system.ping ${INFO} ${L} ${I} image.list`,
    "Read: netdata/netdata, the docker collector of go.d; inferred: container.inspect for the names of cgroups."],
  ["prometheus", 1, "Prometheus, docker_sd_configs",
    `system.ping ${L} network.list`,
    "Read: prometheus/prometheus, discovery/moby.",
    "For dockerswarm_sd_configs use preset prometheus-swarm."],
  ["prometheus-swarm", 1, "Prometheus, dockerswarm_sd_configs",
    "system.ping service.list task.list node.list network.list",
    "Read: prometheus/prometheus, discovery/moby.",
    "Labels of a task's container on the same node: --allow container.inspect."],
  ["cadvisor", 1, "cAdvisor",
    `${P} ${INFO} ${I} image.list`,
    "Read: google/cadvisor, container/docker."],
  ["glances", 1, "Glances",
    `system.version ${L} ${I} ${STATS} image.inspect`,
    "Read: nicolargo/glances, glances/plugins/containers/engines/docker.py, and docker-py."],
  ["beszel", 1, "Beszel agent",
    `system.version ${INFO} ${L} ${STATS}`,
    "Read: henrygd/beszel, agent/docker.go; inferred: system.info.",
    "Details and logs of a container: add preset beszel-details."],
  ["beszel-details", 1, "Beszel agent: details and logs, in addition to beszel",
    `${I} ${LOGS}`,
    "Read: henrygd/beszel, agent/docker.go."],
  ["telegraf", 1, "Telegraf, inputs docker and docker_log",
    `system.ping ${INFO} ${L} ${I} ${LOGS} ${STATS}`,
    "Recorded: knrdl/docker-socket-protector, profile telegraf.",
    "Without the input docker_log: --deny container.logs. Disk usage: --allow system.df. Services of a swarm: --allow service.list, --allow task.list, --allow node.list."],
  ["vector", 1, "Vector, source docker_logs",
    `${P} ${E} ${L} ${I} ${LOGS}`,
    "Inferred from its documentation: vector.dev, sources/docker_logs."],
  ["promtail", 1, "Promtail, docker_sd_configs",
    `system.ping ${L} ${I} ${LOGS} network.list`,
    "Recorded: knrdl/docker-socket-protector, profile promtail."],
  ["alloy", 1, "Grafana Alloy, discovery.docker and loki.source.docker",
    `system.ping ${L} ${I} ${LOGS} network.list`,
    "Read: grafana/alloy, internal/component/loki/source/docker; prometheus/prometheus, discovery/moby."],
  ["crowdsec", 1, "CrowdSec, Docker source",
    `system.ping ${INFO} ${L} ${I} ${LOGS} ${E}`,
    "Read: crowdsecurity/crowdsec, pkg/acquisition/modules/docker.",
    "Services of a swarm: add preset crowdsec-swarm."],
  ["crowdsec-swarm", 1, "CrowdSec: services of a swarm, in addition to crowdsec",
    "service.list service.inspect service.logs",
    "Read: crowdsecurity/crowdsec, pkg/acquisition/modules/docker."],
  ["trivy", 1, "Trivy, images of the engine",
    `system.ping ${L} image.inspect image.history image.export.multi`,
    "Recorded: knrdl/docker-socket-protector, profile trivy."],

  // Programs that act on their own.
  ["autoheal", 1, "Autoheal (willfarrell)",
    `${L} container.restart`,
    "Recorded: autoheal over a unix socket and over TCP; read: willfarrell/docker-autoheal, docker-entrypoint."],
  ["docker-volume-backup", 1, "docker-volume-backup (offen)",
    `system.ping ${INFO} ${L} container.stop container.start`,
    "Documented: offen.github.io/docker-volume-backup, how-tos/use-custom-docker-host.",
    "Without stop-during-backup labels: --deny container.stop, --deny container.start. Commands in containers: add preset docker-volume-backup-exec. On a swarm: add preset docker-volume-backup-swarm."],
  ["docker-volume-backup-exec", 1, "docker-volume-backup: exec labels, in addition to it",
    `${EXEC} exec.inspect`,
    "Documented: offen.github.io/docker-volume-backup, how-tos/use-custom-docker-host."],
  ["docker-volume-backup-swarm", 1, "docker-volume-backup: services of a swarm, in addition to it",
    "service.list service.inspect service.update task.list node.list",
    "Documented: offen.github.io/docker-volume-backup, how-tos/use-custom-docker-host.",
    "Services that no backup stops need no change: --deny service.update."],
  ["authentik", 1, "authentik, Docker integration of outposts",
    `system.version ${INFO} ${L} ${I} ${PULL} container.create container.start container.restart container.kill container.delete`,
    "Documented: docs.goauthentik.io, outposts/integrations/docker; read: goauthentik/authentik, authentik/outposts/controllers/docker.py."],

  // Builds and tests.
  ["woodpecker", 1, "Woodpecker agent, docker backend",
    `system.ping ${INFO} ${I} ${LOGS} container.create container.start container.wait container.stop container.kill container.delete image.pull network.create network.connect network.delete volume.create volume.delete`,
    "Recorded: woodpecker 3.17.0; read: woodpecker-ci/woodpecker, pipeline/backend/docker.",
    "Drone attaches to its steps: --allow container.attach."],
  ["github-actions-runner", 1, "GitHub Actions runner: job, service and action containers",
    `${P} ${L} ${I} ${LOGS} container.create container.start container.attach container.wait container.kill container.delete ${EXEC} exec.inspect ${PULL} network.inspect network.create network.delete network.prune system.auth`,
    "Read: actions/runner, src/Runner.Worker/Container/DockerCommandManager.cs; recorded in part: what docker 28.2 sends for its commands; inferred: docker run and docker exec.",
    "Actions with a Dockerfile: add preset docker-build. Docker calls of the steps themselves are left out."],
  ["gitlab-runner", 1, "GitLab Runner, docker executor",
    `${P} ${INFO} ${L} ${I} ${LOGS} ${RUN} container.attach container.wait container.kill ${PULL} ${NETWORKS} network.disconnect volume.inspect volume.create volume.delete`,
    "Read: gitlab-org/gitlab-runner, helpers/docker/client.go; inferred: system.version.",
    "Interactive web terminals: --allow container.exec.create, --allow exec.start, --allow exec.resize. Docker calls of the jobs themselves are left out."],
  ["act", 1, "act",
    `${P} ${INFO} ${L} ${I} container.create container.start container.attach container.wait container.delete container.archive.put container.archive.get ${EXEC} exec.inspect ${PULL} ${NETWORKS} volume.list volume.delete`,
    "Recorded: act 0.2.87; read: nektos/act, pkg/container.",
    "Actions with a Dockerfile: --allow image.build."],
  ["testcontainers", 1, "Testcontainers",
    `${P} ${INFO} ${L} ${I} ${LOGS} ${RUN} container.restart container.kill container.archive.put container.archive.get ${EXEC} exec.inspect image.list ${PULL} ${NETWORKS} network.connect`,
    "Recorded: testcontainers for Java 2.0.2, Node 11.14.0 and Python 4.15.0.",
    "Images from a Dockerfile: --allow image.build. commit() of the Node library: --allow container.commit. Its reaper, unless it uses the raw socket: add preset testcontainers-ryuk. Without the reaper the Java library prunes: add preset testcontainers-jvm."],
  ["testcontainers-jvm", 1, "Testcontainers for the JVM: its clean-up without the reaper, in addition to testcontainers",
    "network.prune volume.prune image.prune",
    "Recorded: testcontainers for Java 2.0.2.",
    "It asks for its own objects by a label, but could prune all others that are not in use."],
  ["testcontainers-ryuk", 1, "Ryuk, the reaper of Testcontainers",
    `system.ping ${L} container.delete network.list network.delete volume.list volume.delete image.list image.delete`,
    "Read: testcontainers/moby-ryuk, reaper.go."],
  ["docker-build", 1, "docker build and docker buildx with the engine's own builder",
    `system.ping ${INFO} image.build build.session build.grpc build.cancel`,
    "Inferred from the docker command.",
    "Pushing the result: --allow image.push. Pruning the cache: --allow build.prune."],
];

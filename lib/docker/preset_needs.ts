/**
 * What the presets need of bodies and answers, as data: the guard that their
 * clients' requests keep to, and what their clients do without in answers.
 *
 * The table is closed: the newest version of every preset has an entry. An
 * entry never changes once it is released, as a row of `preset_rows.ts` does
 * not: add one with the next version. A version that has no row there has the
 * operations of the version before it. `preset_reasons.ts` says why.
 *
 * An entry is `name version|guard|hide`. The guard:
 *
 * | guard           | what it means                                                 |
 * | --------------- | ------------------------------------------------------------- |
 * | `-`             | none of its operations is judged                              |
 * | `none`          | it needs more than a guard leaves, so it has none             |
 * | `standard FLAG…` | that level, with these knobs set to `allow`                   |
 *
 * What is hidden:
 *
 * | hide                | what it means                                             |
 * | ------------------- | --------------------------------------------------------- |
 * | `-`                 | none of its answers shows what can be hidden              |
 * | `none`              | it needs that, writes it back, or could get it another way |
 * | `WORD… except=A,B`  | these words, but not the values of these variables        |
 *
 * @module
 */

/** What one version of a preset needs. */
export interface PresetNeeds {
  readonly guard: string;
  readonly hide: string;
}

/** Variables of containers by which nginx-proxy routes: read in its nginx.tmpl, of 2026 and before. */
const NGINX_PROXY =
  "VIRTUAL_*,EXTERNAL_HTTP_PORT,EXTERNAL_HTTPS_PORT,CERT_NAME,HTTPS_METHOD,HSTS,SSL_POLICY,NETWORK_ACCESS,SERVER_TOKENS,ENABLE_HTTP_ON_MISSING_CERT,ACME_HTTP_CHALLENGE_LOCATION";
/** Variables of containers from which Registrator makes names, tags and attributes: read in its bridge/util.go. */
const REGISTRATOR = "SERVICE_*";
/** Variables of containers from which Netdata makes names: read in its cgroup-name.sh. */
const NETDATA =
  "NOMAD_NAMESPACE,NOMAD_JOB_NAME,NOMAD_TASK_NAME,NOMAD_SHORT_ALLOC_ID";

const TABLE = `
traefik 2|-|env args mounts
traefik-swarm 2|-|env args mounts
nginx-proxy 2|-|env args mounts except=${NGINX_PROXY}
acme-companion 2|standard targets|none
swag 2|-|env args mounts
caddy-docker-proxy 2|-|env args mounts
registrator 2|-|env args mounts except=${REGISTRATOR}
sablier 2|standard targets|env args mounts
portainer-readonly 2|-|env
portainer 2|standard|none
portainer-swarm 2|standard swarm|none
homepage 2|-|env args mounts
homepage-swarm 2|-|env args mounts
homarr 2|-|env args mounts
homarr-actions 2|standard targets|env args mounts
yacht 2|-|env
yacht-actions 2|standard|none
dockge 2|standard|none
dockge-shell 2|standard|none
komodo 2|standard|none
komodo-shell 2|standard|none
arcane 2|standard|none
arcane-shell 2|standard|none
dockhand 2|standard|none
dockhand-shell 2|standard|none
lazydocker 2|-|env
swarmpit 2|standard swarm|none
swarmpit-secrets 2|standard|none
swarmpit-agent 2|-|env args mounts
watchtower 1|none|none
watchtower-monitor 2|standard|env args mounts
watchtower-hooks 2|standard targets|none
wud 2|-|env args mounts
wud-actions 1|none|none
drydock 2|-|env args mounts
drydock-actions 1|none|none
diun 2|-|env args mounts
diun-swarm 2|-|env args mounts
dozzle 2|-|env args mounts
dozzle-actions 2|standard targets|-
dozzle-shell 2|standard targets|none
uptime-kuma 2|-|env args mounts
netdata 2|-|env args mounts except=${NETDATA}
prometheus 2|-|env args mounts
prometheus-swarm 2|-|env args mounts
cadvisor 2|-|env args
glances 2|-|env args mounts
beszel 2|-|env args mounts
beszel-details 2|-|env args
telegraf 2|-|env args
ctop 2|-|env args mounts
vector 2|-|env args mounts
promtail 2|-|env args mounts
alloy 2|-|env args mounts
crowdsec 2|-|env args mounts
crowdsec-swarm 2|-|env args mounts
trivy 1|-|none
autoheal 2|standard targets|env args mounts
docker-volume-backup 2|standard targets|env args mounts
docker-volume-backup-exec 2|standard targets|none
docker-volume-backup-swarm 1|none|none
authentik 2|standard|none
woodpecker 2|standard|none
github-actions-runner 1|none|none
gitlab-runner 2|standard|none
act 1|none|none
testcontainers 1|none|none
testcontainers-jvm 1|-|-
testcontainers-ryuk 2|-|env args mounts
docker-build 2|standard buildkit remote-context|none
`;

/** The entries by `NAME@VERSION`. */
export function presetNeeds(): ReadonlyMap<string, PresetNeeds> {
  return new Map(
    TABLE.trim().split("\n").map((line) => {
      const [preset = "", guard = "", hide = ""] = line.split("|");
      return [preset.replace(" ", "@"), { guard, hide }];
    }),
  );
}

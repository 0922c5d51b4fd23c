/**
 * Which recordings of `tests/recordings/` prove which presets. The table is
 * closed: the test of the recordings names what is new.
 *
 * @module
 */

import { programRecordings } from "../support/program_recordings.ts";

/** What one recording is held against. */
export interface Proof {
  /** Together they grant all that the program sent; empty for a library or tool that has no preset. */
  readonly presets: readonly string[];
  /** Operations beyond them, which the notes of the presets name. */
  readonly beside?: readonly string[];
}

const NONE: Proof = { presets: [] };

/** By the name of the file. */
export const PROOFS: Readonly<Record<string, Proof>> = {
  "act-0.2.87": { presets: ["act"] },
  "aiodocker-0.27.0": NONE,
  "ansible-community-docker": NONE,
  "autoheal-tcp": { presets: ["autoheal"] },
  "autoheal-unix": { presets: ["autoheal"] },
  "beszel-agent-docker": { presets: ["beszel"] },
  "caddy-docker-proxy-2.13.1": { presets: ["caddy-docker-proxy"] },
  "cadvisor-0.60.5": { presets: ["cadvisor"] },
  "crowdsec-1.4.6": { presets: ["crowdsec"] },
  "ctop": { presets: ["ctop"] },
  "diun": { presets: ["diun"] },
  "docker-api-ruby-2.2.0": NONE,
  "docker-compose-1.29.2": {
    presets: ["dockge", "dockge-shell"],
    // `down -v --rmi local`, and the build, which dockge leaves to docker-build.
    beside: ["volume.delete", "image.delete", "image.build"],
  },
  "docker-gen-0.17.2": { presets: ["nginx-proxy"] },
  "docker-py-7.2.0": NONE,
  "dockerode-5.0.1": NONE,
  "dozzle-10.7.3": { presets: ["dozzle"] },
  "lazydocker": { presets: ["lazydocker"] },
  "learn-aiodocker-0.27.0": NONE,
  "learn-ansible-community-docker-4.8.5": NONE,
  "learn-bollard-0.21.1": NONE,
  "learn-docker-cli-28.2.2": NONE,
  "learn-docker-compose-1.29.2": {
    presets: ["dockge", "dockge-shell"],
    // `down -v`, `top`, and `run`, which no button of dockge is for.
    beside: [
      "volume.delete",
      "container.top",
      "container.attach",
      "container.wait",
    ],
  },
  "learn-docker-java-3.7.0": NONE,
  "learn-docker-py-7.2.0": NONE,
  "learn-dockerode-5.0.1": NONE,
  "learn-prometheus-2.42": { presets: ["prometheus"] },
  "learn-telegraf-1.37.2": { presets: ["telegraf"] },
  "learn-testcontainers-java-2.0.2": {
    presets: ["testcontainers", "testcontainers-jvm"],
  },
  "learn-testcontainers-node-11.14.0": { presets: ["testcontainers"] },
  "podman-py": NONE,
  "prometheus-2.42": { presets: ["prometheus"] },
  "prometheus-swarm-2.42": { presets: ["prometheus-swarm"] },
  "python-on-whales": NONE,
  "registrator-7": { presets: ["registrator"] },
  "testcontainers-java-2.0.2": {
    presets: ["testcontainers", "testcontainers-jvm"],
    beside: ["image.build"],
  },
  "testcontainers-node-11.14.0": {
    presets: ["testcontainers"],
    beside: ["image.build", "container.commit"],
  },
  "testcontainers-python-4.15.0": {
    presets: ["testcontainers"],
    beside: ["image.build"],
  },
  "testcontainers-ryuk": { presets: ["testcontainers-ryuk"] },
  "traefik-2.11.53": { presets: ["traefik"] },
  "traefik-3.7.9": { presets: ["traefik"] },
  "traefik-swarm-3.7.9": { presets: ["traefik-swarm"] },
  "uptime-kuma": { presets: ["uptime-kuma"] },
  "watchtower-containrrr-1.7.1": { presets: ["watchtower"] },
  "watchtower-nicholas-fedor-1.21.0": { presets: ["watchtower"] },
  "woodpecker-3.17.0": { presets: ["woodpecker"] },
};

const RECORDINGS = programRecordings();

/** What a preset's programs were recorded to send, but for what another preset or a note of theirs grants; as `METHOD target`. */
export function recordedCalls(preset: string): string[] {
  return Object.entries(PROOFS).filter(([, { presets }]) =>
    presets[0] === preset && presets.length === 1
  ).flatMap(([name, { beside = [] }]) =>
    RECORDINGS.get(name)!.calls
      .filter(({ operation }) => !beside.includes(operation))
      .map(({ method, target }) => `${method} ${target}`)
  );
}

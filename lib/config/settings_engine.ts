/**
 * The settings of the engine.
 *
 * @module
 */

import type { Setting } from "./setting.ts";

/** Its rows in the table of settings. */
export const ENGINE_SETTINGS: readonly Setting[] = [
  {
    flag: "engine",
    variable: "SOCKWARDEN_ENGINE",
    placeholder: "ADDRESS",
    repeatable: false,
    group: "engine",
    defaultValue: "unix:///var/run/docker.sock",
    help: "unix:///path or tcp://host:port",
  },
  {
    flag: "socket-path",
    variable: "SOCKET_PATH",
    placeholder: "PATH",
    repeatable: false,
    group: "engine",
    defaultValue: "",
    help:
      "as in docker-socket-proxy: a path or unix://; takes precedence over DOCKER_HOST",
  },
  {
    flag: "docker-host",
    variable: "DOCKER_HOST",
    placeholder: "ADDRESS",
    repeatable: false,
    group: "engine",
    defaultValue: "",
    help:
      "as for the docker CLI; in a container that has /var/run/docker.sock, the variable is ignored",
  },
  {
    flag: "watchdog",
    variable: "SOCKWARDEN_WATCHDOG",
    placeholder: "TIME",
    repeatable: false,
    group: "engine",
    defaultValue: "",
    help:
      "time between two probes of the engine, such as 5s; its loss and its return are logged, and told by /readyz and the metrics (docs/hardening.md)",
  },
  {
    flag: "exit-on-engine-loss",
    variable: "SOCKWARDEN_EXIT_ON_ENGINE_LOSS",
    placeholder: "TIME",
    repeatable: false,
    group: "engine",
    defaultValue: "",
    help:
      "with --watchdog: exit with code 69 when the engine has been lost for so long, so that an orchestrator starts it again",
  },
];

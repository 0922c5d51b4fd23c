/**
 * Every setting except the switches, as data: the parser, the help text and the
 * documentation read the same table.
 *
 * @module
 */

import type { Setting } from "./setting.ts";
import { ADMIN_SETTINGS } from "./settings_admin.ts";
import { AUDIT_SETTINGS } from "./settings_audit.ts";
import { ENGINE_SETTINGS } from "./settings_engine.ts";

export type { Setting };

/** The settings in the order of the help text. */
export const SETTINGS: readonly Setting[] = [
  {
    flag: "config",
    variable: "SOCKWARDEN_CONFIG",
    placeholder: "PATH",
    repeatable: false,
    group: "rules",
    defaultValue: "",
    help: "policy file with the rights of each client (docs/policy.md)",
  },
  {
    flag: "watch",
    variable: "SOCKWARDEN_WATCH",
    placeholder: "",
    repeatable: false,
    group: "rules",
    defaultValue: "0",
    help: "reload the policy file when it changes, as on SIGHUP",
  },
  {
    flag: "dry-run",
    variable: "SOCKWARDEN_DRY_RUN",
    placeholder: "",
    repeatable: false,
    group: "rules",
    defaultValue: "0",
    help: "log what the policy would refuse, but forward it",
  },
  {
    flag: "preset",
    variable: "SOCKWARDEN_PRESET",
    placeholder: "NAME",
    repeatable: true,
    group: "rules",
    defaultValue: "",
    help: "grant what a known client needs; see sockwarden presets",
  },
  {
    flag: "allow",
    variable: "SOCKWARDEN_ALLOW",
    placeholder: "RULE",
    repeatable: true,
    group: "rules",
    defaultValue: "",
    help:
      "grant an OPERATION, 'container.*', 'container.*:read', or 'METHOD /path' for a route that is newer than this release",
  },
  {
    flag: "deny",
    variable: "SOCKWARDEN_DENY",
    placeholder: "RULE",
    repeatable: true,
    group: "rules",
    defaultValue: "",
    help: "refuse such requests, even if another setting grants them",
  },
  {
    flag: "allow-self",
    variable: "SOCKWARDEN_ALLOW_SELF",
    placeholder: "RULE",
    repeatable: true,
    group: "rules",
    defaultValue: "",
    help: "let a granted OPERATION reach sockwarden's own container too",
  },
  {
    flag: "allow-origin",
    variable: "SOCKWARDEN_ALLOW_ORIGIN",
    placeholder: "ORIGIN",
    repeatable: true,
    group: "rules",
    defaultValue: "",
    help: "let web pages of this origin attach by WebSocket",
  },
  {
    flag: "guard",
    variable: "SOCKWARDEN_GUARD",
    placeholder: "LEVEL",
    repeatable: false,
    group: "rules",
    defaultValue: "",
    help:
      "judge what is inside of requests: standard (nothing reaches the host or its root), strict, or none where a preset has a guard (docs/guards.md)",
  },
  {
    flag: "guard-binds",
    variable: "SOCKWARDEN_GUARD_BINDS",
    placeholder: "PATH",
    repeatable: true,
    group: "rules",
    defaultValue: "",
    help:
      "a path of the host that a guard lets containers mount: /srv/data, /srv/data:ro, /srv/** (below it too)",
  },
  {
    flag: "hide",
    variable: "SOCKWARDEN_HIDE",
    placeholder: "WORD",
    repeatable: true,
    group: "rules",
    defaultValue: "",
    help:
      "hide in answers: env, args, mounts, swarm, addresses, or none where a preset hides (docs/guards.md)",
  },
  {
    flag: "limits",
    variable: "SOCKWARDEN_LIMITS",
    placeholder: "NAME=VALUE",
    repeatable: true,
    group: "rules",
    defaultValue: "",
    help:
      "how much all clients that the policy file does not name may ask for, together: requests, streams, rate, burst, upload-rate (docs/policy.md)",
  },
  {
    flag: "containers-name",
    variable: "SOCKWARDEN_CONTAINERS_NAME",
    placeholder: "PATTERN",
    repeatable: true,
    group: "rules",
    defaultValue: "",
    help:
      "hold all grants to containers of this name, * for any characters; not the switch CONTAINERS, which grants (docs/scopes.md)",
  },
  {
    flag: "containers-label",
    variable: "SOCKWARDEN_CONTAINERS_LABEL",
    placeholder: "LABEL",
    repeatable: true,
    group: "rules",
    defaultValue: "",
    help: "hold all grants to containers with this label: KEY or KEY=VALUE",
  },
  {
    flag: "containers-project",
    variable: "SOCKWARDEN_CONTAINERS_PROJECT",
    placeholder: "NAME",
    repeatable: true,
    group: "rules",
    defaultValue: "",
    help: "hold all grants to containers of this Compose project or stack",
  },
  {
    flag: "listen",
    variable: "SOCKWARDEN_LISTEN",
    placeholder: "ADDRESS",
    repeatable: true,
    group: "listen",
    defaultValue: "tcp://127.0.0.1:2375",
    help:
      "tcp://host:port, unix:///path?mode=0660&group=docker, or tls://host:port (v8 build) for clients with certificates",
  },
  {
    flag: "tls-cert",
    variable: "SOCKWARDEN_TLS_CERT",
    placeholder: "PATH",
    repeatable: false,
    group: "listen",
    defaultValue: "",
    help:
      "certificate of the tls:// listeners (PEM), followed by the intermediate certificates",
  },
  {
    flag: "tls-key",
    variable: "SOCKWARDEN_TLS_KEY",
    placeholder: "PATH",
    repeatable: false,
    group: "listen",
    defaultValue: "",
    help: "private key of this certificate (PEM, not encrypted)",
  },
  {
    flag: "tls-ca",
    variable: "SOCKWARDEN_TLS_CA",
    placeholder: "PATH",
    repeatable: false,
    group: "listen",
    defaultValue: "",
    help: "certificates (PEM) of the CAs that sign the certificates of clients",
  },
  {
    flag: "bind-config",
    variable: "BIND_CONFIG",
    placeholder: "BIND",
    repeatable: false,
    group: "listen",
    defaultValue: "",
    help: "as in docker-socket-proxy: ':2375', '[::]:2375 v4v6' or 'host:port'",
  },
  {
    flag: "disable-ipv6",
    variable: "DISABLE_IPV6",
    placeholder: "1",
    repeatable: false,
    group: "listen",
    defaultValue: "0",
    help: "listen on 0.0.0.0 instead of [::]",
  },
  ...ADMIN_SETTINGS,
  ...ENGINE_SETTINGS,
  {
    flag: "no-sandbox",
    variable: "",
    placeholder: "",
    repeatable: false,
    group: "limits",
    defaultValue: "",
    help:
      "lean binary: disable the system call filter and the restriction of file access, with a warning",
  },
  {
    flag: "log-level",
    variable: "LOG_LEVEL",
    placeholder: "LEVEL",
    repeatable: false,
    group: "log",
    defaultValue: "info",
    help:
      "emerg, alert, crit, err, warning, notice, info (each request) or debug",
  },
  {
    flag: "log-format",
    variable: "SOCKWARDEN_LOG_FORMAT",
    placeholder: "FORMAT",
    repeatable: false,
    group: "log",
    defaultValue: "text",
    help: "text or json",
  },
  ...AUDIT_SETTINGS,
  {
    flag: "max-connections",
    variable: "SOCKWARDEN_MAX_CONNECTIONS",
    placeholder: "N",
    repeatable: false,
    group: "limits",
    defaultValue: "as the limits of descriptors and memory allow, at most 4000",
    help: "maximum number of client connections; further ones are answered 503",
  },
  {
    flag: "engine-pool",
    variable: "SOCKWARDEN_ENGINE_POOL",
    placeholder: "N",
    repeatable: false,
    group: "limits",
    defaultValue: "64",
    help:
      "maximum number of engine connections that wait up to 10 seconds for the next connection of a client; 0 for none",
  },
  {
    flag: "memory-limit",
    variable: "SOCKWARDEN_MEMORY_LIMIT",
    placeholder: "SIZE",
    repeatable: false,
    group: "limits",
    defaultValue:
      "three quarters of the container's memory limit, if it has one",
    help:
      "memory that the program may hold, such as 24m (lean build only); when little of it is left, new connections are answered 503",
  },
  {
    flag: "max-head-bytes",
    variable: "SOCKWARDEN_MAX_HEAD_BYTES",
    placeholder: "N",
    repeatable: false,
    group: "limits",
    defaultValue: "1048576",
    help:
      "maximum size of a request head in bytes; larger ones are answered 431",
  },
  {
    flag: "max-headers",
    variable: "SOCKWARDEN_MAX_HEADERS",
    placeholder: "N",
    repeatable: false,
    group: "limits",
    defaultValue: "100",
    help: "maximum number of header fields of a request; more are answered 431",
  },
  {
    flag: "max-request-line",
    variable: "SOCKWARDEN_MAX_REQUEST_LINE",
    placeholder: "N",
    repeatable: false,
    group: "limits",
    defaultValue: "1048576",
    help:
      "maximum size of a request line in bytes; longer ones are answered 414",
  },
  {
    flag: "max-held-bytes",
    variable: "SOCKWARDEN_MAX_HELD_BYTES",
    placeholder: "N",
    repeatable: false,
    group: "limits",
    defaultValue: "16777216, or a sixteenth of --memory-limit if that is less",
    help:
      "maximum size in bytes of all large heads and of all bodies that are read whole, half of it by one client, and half of either for heads; more are answered 503",
  },
  {
    flag: "head-timeout",
    variable: "SOCKWARDEN_HEAD_TIMEOUT",
    placeholder: "TIME",
    repeatable: false,
    group: "limits",
    defaultValue: "10s",
    help: "time from the first byte of a request head to its last",
  },
  {
    flag: "idle-timeout",
    variable: "SOCKWARDEN_IDLE_TIMEOUT",
    placeholder: "TIME",
    repeatable: false,
    group: "limits",
    defaultValue: "10m",
    help:
      "time that a connection may be idle between two requests; streams have no timeout",
  },
  {
    flag: "stop-grace",
    variable: "SOCKWARDEN_STOP_GRACE",
    placeholder: "TIME",
    repeatable: false,
    group: "limits",
    defaultValue: "5s",
    help:
      "time from SIGTERM until requests that still run are closed; streams without an end are closed at once",
  },
];

/** Our variables that belong to no setting and no switch. */
export const OTHER_VARIABLES: readonly string[] = [
  "SOCKWARDEN_IGNORE",
  "DOCKER_TLS_VERIFY",
];
